import CKernels
import Foundation
import Networks
import Tensors
import Warping

extension Tensor where Scalar == Float {
    /// The volumes warped by a transformation: grid and sampler as functions, with no network around them.
    ///
    /// ```swift
    /// let turned = try volumes.warped(by: .affine3D, theta: Tensor([1, 12], matrix))
    /// ```
    ///
    /// - Convention: θ maps output positions to input positions: what is read is turned, what one sees turns the other way.
    /// - Shapes: [N, D, H, W, C] with `theta` [N·M, P] → [N·M, D, H, W, C], or the size asked for. The first M rows of θ warp
    ///   the first volume, the next M the second, and so on.
    /// - Numerics: the grid is the family's, bit for bit; the sampler is the kernels', which a few units in the last place
    ///   separate from `Sampler.sample(_:at:)`, or with antialiasing the plain one. The identity returns the volumes bit for bit.
    ///   Results do not depend on the number of threads.
    /// - Gradient: none is computed; a network has it (`VolumeGridOperation`, `GridSampleOperation`).
    /// - Complexity: the family's cost and the sampler's for each position. Works through slices, so that beside volumes and
    ///   results it takes a slice's grid a thread.
    /// - Parameters:
    ///   - transformation: The family.
    ///   - theta: Its parameters, a row for each result.
    ///   - sampler: How the volumes are read; trilinear with zeros around, as in the paper and in PyTorch.
    ///   - outputSize: Slices, rows and columns of the results; nil keeps the volumes'.
    ///   - threadCount: Threads that compute; nil takes one a processor.
    ///   - instructionSet: The kernels; nil takes the widest that this processor has and `STN_ISA` allows.
    /// - Returns: The warped volumes, in the order of θ's rows.
    /// - Throws: `NetworkError` when shapes or sizes do not fit, ``ExecutionError`` when `STN_ISA` is wrong.
    public func warped(
        by transformation: some VolumeTransformation, theta: Tensor<Float>,
        sampler: Sampler = Sampler(corners: .edges), outputSize: (depth: Int, height: Int, width: Int)? = nil,
        threadCount: Int? = nil, instructionSet: InstructionSet? = nil
    ) throws -> Tensor<Float> {
        let size = outputSize ?? (shape.rank == 5 ? (shape[1], shape[2], shape[3]) : (0, 0, 0))
        let result = try VolumeWarp.resultShape(
            of: shape, theta: theta.shape, by: transformation, sampler: sampler, size: size)
        let set = if let instructionSet { instructionSet } else { try InstructionSet.best() }
        guard let kernels = set.kernels else { throw ExecutionError.unavailableInstructionSet(set) }
        let pool = WorkerPool(threadCount: threadCount ?? min(1024, ProcessInfo.processInfo.activeProcessorCount))
        let values = [Float](unsafeUninitializedCapacity: result.count) { buffer, initialized in
            if let output = buffer.baseAddress, result.count > 0 {
                let warp = VolumeWarp(
                    of: self, by: transformation, theta: theta, sampler: sampler, size: size, kernels: kernels,
                    output: output)
                Launch(named: "warp", count: warp.taskCount) { for task in $0 { warp.run(task) } }.run(on: pool)
            }
            initialized = result.count
        }
        return Tensor(result, values)
    }
}

/// One warp of a batch of volumes, cut into tasks: the slices of each result.
private struct VolumeWarp {
    private let transformation: any VolumeTransformation
    private let theta: Tensor<Float>
    private let sampler: Sampler
    private let frame: VolumeFrame
    private let kernels: UnsafePointer<stn_kernels>
    private let volumes: Tensor<Float>
    /// One volume's [D, H, W, C].
    private let shape: Shape
    private let constant: [Float]?
    private let output: UnsafeMutablePointer<Float>

    init(
        of volumes: Tensor<Float>, by transformation: any VolumeTransformation, theta: Tensor<Float>,
        sampler: Sampler, size: (depth: Int, height: Int, width: Int), kernels: UnsafePointer<stn_kernels>,
        output: UnsafeMutablePointer<Float>
    ) {
        (self.transformation, self.theta, self.sampler) = (transformation, theta, sampler)
        (self.kernels, self.output, self.volumes) = (kernels, output, volumes)
        frame = VolumeFrame(depth: size.depth, height: size.height, width: size.width, corners: sampler.corners)
        shape = Shape(Array(volumes.shape.dimensions.dropFirst()))
        constant = sampler.padding.kernelConstant(channels: shape[3])
    }

    var taskCount: Int { theta.shape[0] * frame.depth }

    func run(_ task: Int) {
        let (result, slice) = task.quotientAndRemainder(dividingBy: frame.depth)
        let theta = Tensor<Float>([1, transformation.parameterCount], self.theta.row(result))
        let volume = result / (self.theta.shape[0] / volumes.shape[0])
        let count = frame.height * frame.width * shape[3]
        if sampler.antialias {
            average(slice, theta: theta, of: volume, to: output + task * count)
        } else {
            let grid = transformation.grid(theta: theta, frame: frame.slices(slice..<slice + 1))
            sample(volume, at: grid.values, to: output + task * count)
        }
    }

    /// Reads a volume at the positions of a slice.
    private func sample(_ volume: Int, at grid: [Float], to target: UnsafeMutablePointer<Float>) {
        var arguments = sampler.volumeArguments(
            volumes: 1, shape: shape, output: (1, frame.height, frame.width))
        arguments.output = target
        volumes.values.withUnsafeBufferPointer { values in
            grid.withUnsafeBufferPointer { positions in
                (constant ?? []).withUnsafeBufferPointer { constant in
                    arguments.input = values.baseAddress.map { $0 + volume * shape.count }
                    arguments.grid = positions.baseAddress
                    arguments.constant = self.constant == nil ? nil : constant.baseAddress
                    withUnsafePointer(to: arguments) {
                        kernels.pointee.volume_sample?(UnsafeRawPointer($0), 0, Int64(frame.height), 0)
                    }
                }
            }
        }
    }

    /// Reads a volume on average over the footprints of a slice.
    private func average(
        _ slice: Int, theta: Tensor<Float>, of volume: Int, to target: UnsafeMutablePointer<Float>
    ) {
        // A footprint's shape comes from the slices beside it too.
        let around = max(0, slice - 1)..<min(frame.depth, slice + 2)
        let grid = transformation.grid(theta: theta, frame: frame.slices(around))
        let input =
            volumes.shape[0] == 1
            ? volumes
            : Tensor(
                shape.prefixed(by: 1), Array(volumes.values[volume * shape.count..<(volume + 1) * shape.count]))
        let read = sampler.sample(input, at: grid).values
        let count = frame.height * frame.width * shape[3], first = (slice - around.lowerBound) * count
        for place in 0..<count { target[place] = read[first + place] }
    }

    /// The shape of a warp's results.
    ///
    /// - Throws: `NetworkError` when there is no such warp.
    static func resultShape(
        of volumes: Shape, theta: Shape, by transformation: any VolumeTransformation, sampler: Sampler,
        size: (depth: Int, height: Int, width: Int)
    ) throws -> Shape {
        let name = "a warp of volumes by \(transformation.name)"
        guard volumes.rank == 5 else {
            throw NetworkError.unsuitableInput(
                operation: name, input: volumes, needs: "volumes, depth, height, width and channels")
        }
        guard theta.rank == 2, theta[1] == transformation.parameterCount,
            volumes[0] > 0 ? theta[0] % volumes[0] == 0 : theta[0] == 0
        else {
            throw NetworkError.unsuitableInput(
                operation: name, input: theta,
                needs: "\(transformation.parameterCount) numbers for each result, and as many results for each volume")
        }
        guard size.depth > 0, size.height > 0, size.width > 0,
            let shape = Shape(checking: [theta[0], size.depth, size.height, size.width, max(3, volumes[4])])
        else {
            throw NetworkError.invalidSetting(
                layer: name, setting: "outputSize", value: "\(size.depth)×\(size.height)×\(size.width)",
                needs: "positive, and no more than can be addressed")
        }
        let volume = try GridSampleOperation(sampler: sampler).outputShape(
            of: [Shape(Array(volumes.dimensions.dropFirst())), [size.depth, size.height, size.width, 3]])
        return volume.prefixed(by: shape[0])
    }
}
