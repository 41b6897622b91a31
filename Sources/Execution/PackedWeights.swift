import CKernels
import Tensors

/// Weights rearranged for the kernels, shared by the plans of a network and renewed when the weights have changed.
package final class PackedWeights {
    private struct Key: Hashable {
        let parameter: Int
        let form: Form
    }

    private let kernels: UnsafePointer<stn_kernels>
    private let parameters: ParameterBlock
    private var buffers: [Key: AlignedBuffer] = [:]
    private var launches: [Launch] = []
    private var version = -1

    package init(kernels: UnsafePointer<stn_kernels>, parameters: ParameterBlock) {
        self.kernels = kernels
        self.parameters = parameters
    }

    /// How a kernel wants the weights of a layer; the same for every batch size.
    package enum Form: Hashable {
        /// Transposed, block by block.
        case direct
        /// The same in pairs of bfloat16.
        case pairs
        /// For `winograd`.
        case winograd
        /// For `winograd_narrow`.
        case winogradNarrow
        /// For the gradient of the input by Winograd's way.
        case winogradTransposed(Precision)
    }

    /// A parameter of `shape` in the form asked for, made on the next ``renew(on:)``.
    package func pointer(parameter: Int, shape: stn_convolution_shape, form: Form) -> UnsafeRawPointer {
        let key = Key(parameter: parameter, form: form)
        if let buffer = buffers[key] { return UnsafeRawPointer(buffer.base) }
        let (buffer, launch) =
            switch form {
            case .direct, .pairs: transposed(parameter, shape, inPairs: form == .pairs)
            case .winograd, .winogradNarrow, .winogradTransposed: transformed(parameter, shape, form)
            }
        buffers[key] = buffer
        launches.append(launch)
        version = -1
        return UnsafeRawPointer(buffer.base)
    }

    /// Packs anew if the weights changed since.
    package func renew(on pool: WorkerPool) {
        if version == parameters.version { return }
        for launch in launches { launch.run(on: pool) }
        version = parameters.version
    }

    private func transposed(
        _ parameter: Int, _ shape: stn_convolution_shape, inPairs: Bool
    ) -> (AlignedBuffer, Launch) {
        let (rows, columns) = (Int(shape.outputs), shape.columns)
        let block = inPairs ? 2 * Int(kernels.pointee.lanes) : Int(stn_convolution_block(kernels, shape.outputs))
        let blocks = (rows + block - 1) / block
        let depth = inPairs ? Int(stn_packed_pairs(kernels, Int64(columns))) : columns
        let buffer = AlignedBuffer(floats: blocks * block * depth)
        let arguments = stn_pack_arguments(
            weight: parameters.pointer(parameter), packed: buffer.base, rows: Int64(rows), columns: Int64(columns),
            block: Int64(block))
        return (buffer, Launch(inPairs ? kernels.pointee.pack_bf16 : kernels.pointee.pack, arguments, count: blocks))
    }

    private func transformed(
        _ parameter: Int, _ shape: stn_convolution_shape, _ form: Form
    ) -> (AlignedBuffer, Launch) {
        let lanes = Int(kernels.pointee.lanes)
        let (outputs, channels) = (Int(shape.outputs), Int(shape.channels))
        // Blocks of rows, rows of a block, and what each row meets at each of the 64 places; bfloat16 takes half of it.
        let (kernel, block, rows, depth) =
            switch form {
            case .winogradNarrow: (kernels.pointee.winograd_narrow_pack, lanes, outputs, channels)
            case .winogradTransposed(.mixed):
                (kernels.pointee.winograd_pack_transposed_bf16, 2 * lanes, channels, outputs)
            case .winogradTransposed: (kernels.pointee.winograd_pack_transposed, 2 * lanes, channels, outputs)
            case .direct, .pairs, .winograd: (kernels.pointee.winograd_pack, 2 * lanes, outputs, channels)
            }
        let blocks = (rows + block - 1) / block
        let buffer = AlignedBuffer(floats: blocks * block * 64 * depth)
        let arguments = stn_winograd_pack_arguments(
            weight: parameters.pointer(parameter), packed: buffer.base, outputs: shape.outputs,
            channels: shape.channels, taps: shape.kernel_width)
        return (buffer, Launch(kernel, arguments, count: blocks))
    }
}
