import CKernels
import Execution
import Tensors
import Testing
import Warping

/// The affine grid and sampler, run by one instruction set's kernels on guarded memory.
struct FastSampler {
    let image: Tensor<Float>
    let theta: [Float]
    let outputHeight: Int
    let outputWidth: Int
    let alignCorners: Bool
    var mode = SamplingMode.bilinear

    private func arguments(
        _ image: GuardedBuffer<Float>, _ theta: GuardedBuffer<Float>, _ output: GuardedBuffer<Float>?
    ) -> stn_affine_sample_arguments {
        let shape = self.image.shape
        return stn_affine_sample_arguments(
            images: Int64(shape[0]), height: Int64(shape[1]), width: Int64(shape[2]), channels: Int64(shape[3]),
            output_height: Int64(outputHeight), output_width: Int64(outputWidth),
            align_corners: alignCorners ? 1 : 0, mode: mode.kernelMode, input: image.pointer, theta: theta.pointer,
            output: output?.pointer)
    }

    /// The sampled images; a trampled mark fails the test.
    func output(_ set: InstructionSet) throws -> [Float] {
        let (source, theta) = (GuardedBuffer(image.values), GuardedBuffer(theta))
        let count = image.shape[0] * outputHeight * outputWidth * image.shape[3]
        let output = GuardedBuffer<Float>(count: count)
        try run(
            set.table.affine_sample, arguments(source, theta, output), tasks: image.shape[0] * outputHeight)
        #expect(output.isIntact)
        return output.values
    }

    /// The gradients of image and θ; that of the image only if it is asked for.
    func gradients(_ set: InstructionSet, dOutput: [Float], ofImage: Bool = true) throws -> (
        dImage: [Float], dTheta: [Float]
    ) {
        let (source, theta) = (GuardedBuffer(image.values), GuardedBuffer(theta))
        let (gradient, dTheta) = (GuardedBuffer(dOutput), GuardedBuffer<Float>(count: theta.count))
        let dImage = GuardedBuffer<Float>(count: image.values.count)
        let forward = arguments(source, theta, nil)
        let (bands, bytes) = withUnsafePointer(to: forward) {
            (Int(stn_affine_bands($0)), Int(stn_affine_sample_gradient_scratch(set.kernels, $0)))
        }
        let parts = GuardedBuffer<Float>(count: theta.count * bands)
        let scratch = ScratchBuffer(byteCount: bytes * 3)
        let arguments = stn_affine_sample_gradient_arguments(
            forward: forward, d_output: gradient.pointer, d_theta_parts: parts.pointer,
            d_input: ofImage ? dImage.pointer : nil, scratch: scratch.pointer, scratch_bytes: Int64(bytes))
        try run(set.table.affine_sample_gradient, arguments, tasks: image.shape[0] * bands)
        let sum = stn_sum_parts_arguments(
            parts: Int64(bands), width: 6, input: parts.pointer, output: dTheta.pointer)
        try run(set.table.sum_parts, sum, tasks: image.shape[0])
        #expect(dTheta.isIntact && dImage.isIntact && parts.isIntact && scratch.isIntact)
        if !ofImage { #expect(dImage.isUntouched && scratch.isUntouched) }
        return (ofImage ? dImage.values : [], dTheta.values)
    }
}
