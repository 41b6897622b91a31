import CKernels
import Networks
import Tensors

/// A convolution of any stride, padding, dilation and groups, as the product of its patches and the weights.
package struct PatchConvolution {
    /// A 1×1 convolution that takes a patch for a pixel.
    package let shape: stn_convolution_shape
    /// Where the patches lie in the input.
    package let geometry: stn_patch_geometry
    /// Whether the kernels for groups of one channel or few compute it.
    package let isDepthwise: Bool
    private let kernels: UnsafePointer<stn_kernels>

    package init(
        _ operation: ConvolutionOperation, _ input: Shape, batch: Int, pools: Bool, rectifies: Bool,
        kernels: UnsafePointer<stn_kernels>
    ) {
        self.kernels = kernels
        let (before, positions) = (operation.paddingBefore, operation.positions(height: input[0], width: input[1]))
        let numbers = operation.kernelHeight * operation.kernelWidth * (input[2] / operation.groups)
        let shape = stn_convolution_shape(
            images: Int64(batch), height: Int64(positions.height), width: Int64(positions.width),
            channels: Int64(numbers),
            kernel_height: 1, kernel_width: 1, outputs: Int64(operation.outputChannels), pool: pools ? 2 : 1,
            relu: rectifies ? 1 : 0)
        let geometry = stn_patch_geometry(
            height: Int64(input[0]), width: Int64(input[1]), channels: Int64(input[2]),
            kernel_height: Int64(operation.kernelHeight), kernel_width: Int64(operation.kernelWidth),
            stride_height: Int64(operation.stride.height), stride_width: Int64(operation.stride.width),
            dilation_height: Int64(operation.dilation.height), dilation_width: Int64(operation.dilation.width),
            top: Int64(before.height), left: Int64(before.width), groups: Int64(operation.groups))
        (self.shape, self.geometry) = (shape, geometry)
        isDepthwise = withUnsafePointer(to: shape) { shape in
            withUnsafePointer(to: geometry) { stn_depthwise_fits(kernels, shape, $0) != 0 }
        }
    }

    /// Tasks of the forward pass, and bytes of scratch memory that a thread needs.
    package var forwardSizes: (tasks: Int, bytes: Int) {
        if isDepthwise { return (Int(shape.images * (shape.height / shape.pool)), 0) }
        return withUnsafePointer(to: shape) {
            (Int(stn_patch_convolution_tasks($0)), Int(stn_patch_convolution_scratch(kernels, $0)))
        }
    }

    /// Parts of the gradients, tasks that make them, and bytes of scratch memory that a thread needs.
    package var gradientSizes: (parts: Int, tasks: Int, bytes: Int) {
        withUnsafePointer(to: shape) { shape in
            let parts = Int(stn_patch_parts(shape))
            if isDepthwise { return (parts, parts, Int(stn_depthwise_gradient_scratch(kernels, shape))) }
            let bytes = withUnsafePointer(to: geometry) { stn_patch_gradient_scratch(kernels, shape, $0) }
            return (parts, parts * Int(geometry.groups), Int(bytes))
        }
    }

    /// How the forward pass wants the weights.
    var form: PackedWeights.Form {
        isDepthwise ? .depthwise : geometry.groups == 1 ? .direct : .grouped(Int(geometry.groups))
    }
}

extension PlanBuilder {
    /// The forward pass: positions are shared out, of depthwise convolutions rows of outputs.
    mutating func reservePatchForward(_ index: Int, _ patches: PatchConvolution) -> ConvolutionForward {
        let (kernels, shape, (tasks, bytes)) = (kernels, patches.shape, patches.forwardSizes)
        let threadBytes = (bytes + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: threadBytes * threadCount, from: index, to: index)
        let weights = packed.pointer(of: stages[index], shape: shape, form: patches.form)
        return { memory, arguments in
            var arguments = stn_patch_convolution_arguments(
                convolution: arguments, geometry: patches.geometry,
                scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self), scratch_bytes: Int64(threadBytes))
            arguments.convolution.shape = shape
            arguments.convolution.packed = weights
            let kernel = patches.isDepthwise ? kernels.pointee.depthwise : kernels.pointee.patch_convolution
            return Launch(kernel, arguments, count: tasks)
        }
    }

    /// Both gradients in parts, then their sums.
    mutating func reservePatchGradients(
        _ index: Int, _ patches: PatchConvolution, dOutput: MemoryPlanner.Slot, dInput: MemoryPlanner.Slot?
    ) -> GradientEmitter {
        let (stage, moment, kernels, parameters) = (stages[index], backwardMoment(index), kernels, parameters)
        let (shape, (parts, tasks, bytes)) = (patches.shape, patches.gradientSizes)
        let threadBytes = (bytes + 63) / 64 * 64
        let scratch = memory.reserve(byteCount: threadBytes * threadCount, from: moment, to: moment)
        let outputs = Int(shape.outputs)
        let weights = PartialSums(
            sums: outputs, parts: parts, width: shape.columns, of: stage.weight, at: moment, in: &memory)
        let biases = stage.bias.map {
            PartialSums(sums: 1, parts: parts, width: outputs, of: $0, at: moment, in: &memory)
        }
        return { memory, operands, launches in
            let arguments = stn_patch_gradient_arguments(
                shape: shape, geometry: patches.geometry,
                operands: operands.gradientOperands(memory.floats(dOutput)), input: operands.input,
                weight: parameters.pointer(stage.weight), d_input: memory.floats(dInput),
                d_weight_parts: weights.pointer(memory, parameters),
                d_bias_parts: biases.flatMap { $0.pointer(memory, parameters) },
                scratch: memory.bytes(scratch).assumingMemoryBound(to: CChar.self), scratch_bytes: Int64(threadBytes))
            let kernel = patches.isDepthwise ? kernels.pointee.depthwise_gradients : kernels.pointee.patch_gradients
            launches.backward.append(
                Launch(kernel, arguments, count: tasks, share: dInput == nil ? 1 : 2))
            for sums in [weights, biases].compactMap(\.self) { sums.append(to: &launches, kernels, memory, parameters) }
        }
    }
}

/// The gradient of a parameter in parts that are yet to be added; a single part is the gradient itself.
private struct PartialSums {
    let sums: Int
    let parts: Int
    let width: Int
    let parameter: Int
    let slot: MemoryPlanner.Slot?

    init(sums: Int, parts: Int, width: Int, of parameter: Int, at moment: Int, in memory: inout MemoryPlanner) {
        (self.sums, self.parts, self.width, self.parameter) = (sums, parts, width, parameter)
        slot = parts > 1 ? memory.reserve(byteCount: 4 * sums * parts * width, from: moment, to: moment) : nil
    }

    func pointer(_ memory: PlanMemory, _ parameters: ParameterBlock) -> UnsafeMutablePointer<Float>? {
        memory.floats(slot) ?? parameters.gradientPointer(parameter)
    }

    func append(
        to launches: inout StageLaunches, _ kernels: UnsafePointer<stn_kernels>, _ memory: PlanMemory,
        _ parameters: ParameterBlock
    ) {
        guard let slot else { return }
        let arguments = stn_sum_parts_arguments(
            parts: Int64(parts), width: Int64(width), input: memory.floats(slot),
            output: parameters.gradientPointer(parameter))
        launches.backward.append(Launch(kernels.pointee.sum_parts, arguments, count: sums, share: 0))
    }
}
