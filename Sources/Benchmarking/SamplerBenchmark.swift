import CKernels
import Foundation
import SpatialTransformers

/// How fast the affine sampler is on its own, forward and with gradients, on the shapes of the peer's script.
public struct SamplerBenchmark: Sendable {
    /// One shape and mode, and their times.
    public struct Figures: Sendable {
        /// [N, H, W, C].
        public let shape: Shape
        /// How it reads between pixels.
        public let mode: SamplingMode
        /// One forward pass.
        public let forwardMilliseconds: Double
        /// Forward pass and all gradients.
        public let forwardBackwardMilliseconds: Double
    }

    /// Batch, height, width and channels: an image batch, a feature map, large feature maps, one full-HD picture.
    public static let shapes: [Shape] = [[64, 32, 32, 3], [64, 28, 28, 32], [16, 128, 128, 64], [1, 1080, 1920, 3]]

    /// Threads that compute.
    public let threadCount: Int

    /// A benchmark on `threadCount` threads.
    public init(threadCount: Int) { self.threadCount = threadCount }

    /// Measures every shape in every mode.
    ///
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public func run() throws -> [Figures] {
        let set = try InstructionSet.best()
        guard let kernels = set.kernels else { throw ExecutionError.unavailableInstructionSet(set) }
        let pool = WorkerPool(threadCount: threadCount)
        return SamplerBenchmark.shapes.flatMap { shape in
            [SamplingMode.bilinear, .nearest, .bicubic].map { measure(shape, $0, kernels, pool) }
        }
    }

    private func measure(
        _ shape: Shape, _ mode: SamplingMode, _ kernels: UnsafePointer<stn_kernels>, _ pool: WorkerPool
    ) -> Figures {
        let buffers = (0..<4).map { _ in AlignedBuffer(floats: shape.count) }
        let thetas = (0..<2).map { _ in AlignedBuffer(floats: shape[0] * 6) }
        var generator = RandomStream(seed: 0, purpose: .testing).generator
        for index in 0..<shape.count { buffers[0].floats[index] = generator.uniform(-2, 2) }
        for index in 0..<shape[0] * 6 {
            // Around the identity, as a network's transforms are.
            thetas[0].floats[index] = (index % 6 == 0 || index % 6 == 4 ? 1 : 0) + generator.uniform(-0.17, 0.17)
        }
        for index in 0..<shape.count { buffers[2].floats[index] = 1 }
        let arguments = stn_affine_sample_arguments(
            images: Int64(shape[0]), height: Int64(shape[1]), width: Int64(shape[2]), channels: Int64(shape[3]),
            output_height: Int64(shape[1]), output_width: Int64(shape[2]), align_corners: 0,
            mode: mode.kernelMode, input: buffers[0].floats.baseAddress, theta: thetas[0].floats.baseAddress,
            output: buffers[1].floats.baseAddress)
        let (bands, bytes) = withUnsafePointer(to: arguments) {
            (Int(stn_affine_bands($0)), (Int(stn_affine_sample_gradient_scratch(kernels, $0)) + 63) / 64 * 64)
        }
        let parts = AlignedBuffer(floats: shape[0] * bands * 6)
        let scratch = AlignedBuffer(byteCount: bytes * threadCount)
        let gradients = stn_affine_sample_gradient_arguments(
            forward: arguments, d_output: buffers[2].floats.baseAddress, d_theta_parts: parts.floats.baseAddress,
            d_input: buffers[3].floats.baseAddress, scratch: scratch.base.assumingMemoryBound(to: CChar.self),
            scratch_bytes: Int64(bytes))
        let sum = stn_sum_parts_arguments(
            parts: Int64(bands), width: 6, input: parts.floats.baseAddress, output: thetas[1].floats.baseAddress)
        let forward = Launch(kernels.pointee.affine_sample, arguments, count: shape[0] * shape[1])
        let backward = Launch(kernels.pointee.affine_sample_gradient, gradients, count: shape[0] * bands)
        let combine = Launch(kernels.pointee.sum_parts, sum, count: shape[0])
        let repeats = max(1, 20 * 64 * 3 * 1024 / shape.count)
        // The launches hold bare pointers; without this the buffers could be freed after their last mention above.
        return withExtendedLifetime((buffers, thetas, parts, scratch)) {
            Figures(
                shape: shape, mode: mode,
                forwardMilliseconds: fastest(repeats) { forward.run(on: pool) },
                forwardBackwardMilliseconds: fastest(repeats) {
                    forward.run(on: pool)
                    backward.run(on: pool)
                    if bands > 1 { combine.run(on: pool) }
                })
        }
    }

    private func fastest(_ repeats: Int, _ body: () -> Void) -> Double {
        body()
        var best = Double.infinity
        for _ in 0..<5 {
            let start = DispatchTime.now().uptimeNanoseconds
            for _ in 0..<repeats { body() }
            best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-6 / Double(repeats))
        }
        return best
    }
}
