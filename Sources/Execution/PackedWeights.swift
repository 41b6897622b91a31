import CKernels
import Tensors

/// Weights rearranged for the kernels, shared by the plans of a network and renewed when the weights have changed.
package final class PackedWeights {
    private struct Key: Hashable {
        let parameter: Int
        let normalization: Stage.Normalization?
        let form: Form
    }

    /// Launches that make weights of one kind, and the version of the parameters they were last run for.
    private struct Derived {
        var launches: [Launch] = []
        var version = -1
    }

    private let kernels: UnsafePointer<stn_kernels>
    private let parameters: ParameterBlock
    private var buffers: [Key: AlignedBuffer] = [:]
    /// Bytes of all of them at the most: each weight once as it is, those of convolutions at 64 places for 9, in both directions.
    private let byteLimit: Int
    private var foldings: [Stage.Normalization: Folded] = [:]
    private var derived = Derived()
    /// Weights with a batch normalisation in them, which training does not use.
    private var normalized = Derived()

    package init(kernels: UnsafePointer<stn_kernels>, parameters: ParameterBlock) {
        self.kernels = kernels
        self.parameters = parameters
        byteLimit = parameters.entries.reduce(0) { total, entry in
            let shape = entry.specification.shape
            return total + 4 * shape.count * (shape.rank == 4 ? 1 + 2 * 8 : 1)
        }
    }

    /// Bytes that plans may still ask for.
    package var bytesToCome: Int { max(0, byteLimit - buffers.values.reduce(0) { $0 + $1.byteCount }) }

    /// How a kernel wants the weights of a layer; the same for every batch size.
    package enum Form: Hashable {
        /// Transposed, block by block.
        case direct
        /// The same, one group of outputs after the other.
        case grouped(Int)
        /// Of all groups together, in blocks of one vector.
        case depthwise
        /// The same in pairs of bfloat16.
        case pairs
        /// For `winograd`.
        case winograd
        /// For `winograd_narrow`.
        case winogradNarrow
        /// For the gradient of the input by Winograd's way.
        case winogradTransposed(Precision)
    }

    /// Weight and bias of a layer that took a batch normalisation in.
    package struct Folded {
        fileprivate let buffer: AlignedBuffer
        /// Laid out as the layer's own; without a layer a factor for each channel.
        package let weight: UnsafeMutablePointer<Float>
        /// One for each output or channel.
        package let bias: UnsafeMutablePointer<Float>
    }

    /// The weight of a stage's layer, made on the next ``renew(on:isTraining:)`` if there is a normalisation in it.
    package func weight(of stage: Stage) -> UnsafePointer<Float>? {
        guard let normalization = stage.normalization else { return parameters.pointer(stage.weight) }
        return UnsafePointer(folded(normalization, layer: stage).weight)
    }

    /// The bias of a stage's layer, likewise; nil if it has none and no normalisation gives it one.
    package func bias(of stage: Stage) -> UnsafePointer<Float>? {
        guard let normalization = stage.normalization else { return stage.bias.flatMap { parameters.pointer($0) } }
        return UnsafePointer(folded(normalization, layer: stage).bias)
    }

    /// A normalisation taken in by the weight and bias of `layer`, or by itself: a factor and a shift for each channel.
    package func folded(_ normalization: Stage.Normalization, layer: Stage?) -> Folded {
        if let folded = foldings[normalization] { return folded }
        let rows = parameters.entries[normalization.parameters[0]].specification.shape.count
        let weights = layer.map { parameters.entries[$0.weight].specification.shape.count } ?? rows
        // The bias starts on a cache line.
        let offset = (weights + 15) / 16 * 16
        let buffer = AlignedBuffer(floats: offset + rows)
        let start = buffer.base.assumingMemoryBound(to: Float.self)
        let folded = Folded(buffer: buffer, weight: start, bias: start + offset)
        let arguments = stn_batch_norm_fold_arguments(
            columns: Int64(weights / max(rows, 1)), epsilon: normalization.epsilon,
            weight: layer.flatMap { parameters.pointer($0.weight) },
            bias: layer?.bias.flatMap { parameters.pointer($0) },
            scale: parameters.pointer(normalization.parameters[0]),
            shift: parameters.pointer(normalization.parameters[1]),
            mean: parameters.pointer(normalization.parameters[2]),
            variance: parameters.pointer(normalization.parameters[3]), folded_weight: folded.weight,
            folded_bias: folded.bias)
        foldings[normalization] = folded
        normalized.launches.append(Launch(kernels.pointee.batch_norm_fold, arguments, count: rows))
        normalized.version = -1
        return folded
    }

    /// The weight of a stage's layer in the form asked for, made on the next ``renew(on:isTraining:)``.
    package func pointer(of stage: Stage, shape: stn_convolution_shape, form: Form) -> UnsafeRawPointer {
        let key = Key(parameter: stage.weight, normalization: stage.normalization, form: form)
        if let buffer = buffers[key] { return UnsafeRawPointer(buffer.base) }
        let (buffer, launch) =
            switch form {
            case .direct, .grouped, .depthwise, .pairs: transposed(weight(of: stage), shape, form)
            case .winograd, .winogradNarrow, .winogradTransposed: transformed(weight(of: stage), shape, form)
            }
        buffers[key] = buffer
        if stage.normalization == nil {
            derived.launches.append(launch)
            derived.version = -1
        } else {
            // Behind the launch that takes the normalisation in.
            normalized.launches.append(launch)
            normalized.version = -1
        }
        return UnsafeRawPointer(buffer.base)
    }

    /// Packs anew if the weights changed since, but what training does not use only for others.
    package func renew(on pool: WorkerPool, isTraining: Bool) {
        renew(&derived, on: pool)
        if !isTraining { renew(&normalized, on: pool) }
    }

    private func renew(_ derived: inout Derived, on pool: WorkerPool) {
        if derived.version == parameters.version { return }
        for launch in derived.launches { launch.run(on: pool) }
        derived.version = parameters.version
    }

    private func transposed(
        _ weight: UnsafePointer<Float>?, _ shape: stn_convolution_shape, _ form: Form
    ) -> (AlignedBuffer, Launch) {
        let groups = if case .grouped(let groups) = form { groups } else { 1 }
        let (rows, columns, inPairs) = (Int(shape.outputs) / groups, shape.columns, form == .pairs)
        let lanes = Int(kernels.pointee.lanes)
        let block =
            switch form {
            case .pairs: 2 * lanes
            case .depthwise: lanes
            default: Int(stn_convolution_block(kernels, Int64(rows)))
            }
        let blocks = (rows + block - 1) / block * groups
        let depth = inPairs ? Int(stn_packed_pairs(kernels, Int64(columns))) : columns
        let buffer = AlignedBuffer(floats: blocks * block * depth)
        let arguments = stn_pack_arguments(
            weight: weight, packed: buffer.base, rows: Int64(rows), columns: Int64(columns),
            block: Int64(block))
        return (buffer, Launch(inPairs ? kernels.pointee.pack_bf16 : kernels.pointee.pack, arguments, count: blocks))
    }

    private func transformed(
        _ weight: UnsafePointer<Float>?, _ shape: stn_convolution_shape, _ form: Form
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
            case .direct, .grouped, .depthwise, .pairs, .winograd:
                (kernels.pointee.winograd_pack, 2 * lanes, outputs, channels)
            }
        let blocks = (rows + block - 1) / block
        let buffer = AlignedBuffer(floats: blocks * block * 64 * depth)
        let arguments = stn_winograd_pack_arguments(
            weight: weight, packed: buffer.base, outputs: shape.outputs,
            channels: shape.channels, taps: shape.kernel_width)
        return (buffer, Launch(kernel, arguments, count: blocks))
    }
}
