import Networks
import Tensors
import Warping

/// Operations that run as one kernel, or stand for nothing.
package struct Stage {
    /// What a stage computes.
    package enum Kind {
        /// Convolution, then any of channel dropout, 2×2 max-pooling and ReLU.
        case convolution(ConvolutionOperation, dropout: Dropped?, pools: Bool, rectifies: Bool)
        /// Linear layer, then perhaps ReLU.
        case linear(LinearOperation, rectifies: Bool)
        /// Affine grid and sampler with zeros outside; the grid is never stored.
        case affineSample(AffineGridOperation, SamplingMode)
        /// Sampler on a grid that another stage made.
        case gridSample(Sampler)
        /// Sampler of volumes on a grid that another stage made.
        case volumeSample(Sampler)
        /// Batch normalisation that no layer before took in, then perhaps ReLU.
        case batchNorm(BatchNormOperation, rectifies: Bool)
        /// The grid of θ, stored.
        case grid(GridFamily, SamplingFrame)
        /// The 2×3 matrix of θ.
        case windowMatrix(WindowPlaces)
        /// One 2×3 matrix times another.
        case matrixProduct
        /// θ within bounds.
        case bounds(BoundParametersOperation)
        case maxPool(MaxPoolOperation)
        case averagePool(AveragePoolOperation)
        case relu
        case activation(ActivationFunction)
        case dropout(Dropped)
        /// The sum of two values, then perhaps ReLU.
        case sum(rectifies: Bool)
        /// Values side by side along the last axis.
        case concatenation
        /// The output is the input under another shape.
        case alias
        /// The operation at a place in the graph, which has no kernel: its plain reference computes it.
        case reference(node: Int)
    }

    /// A dropout and its place in the graph, which its random numbers depend on.
    package struct Dropped {
        package let operation: DropoutOperation
        package let node: Int
    }

    package let kind: Kind
    /// The values read.
    ///
    /// For `affineSample` the image, then θ; for `gridSample` the image, then the grid, and so for volumes.
    package let inputs: [Graph.Value]
    /// Indices of the parameters.
    package let parameters: [Int]
    package let output: Graph.Value
    /// The operations it stands for, for profiles.
    package let nodes: [Int]
    /// Outside training: the batch normalisation by running statistics that weight and bias take in, or, without such, that
    /// the stage is.
    package var normalization: Normalization?

    /// A batch normalisation by running statistics: a factor and a shift for each channel.
    package struct Normalization: Hashable {
        /// Indices of scale, shift, running mean and running variance.
        package let parameters: [Int]
        package let epsilon: Float
    }

    /// The index of the weight, for stages that have one.
    package var weight: Int { parameters[0] }
    /// The index of the bias, if there is one.
    package var bias: Int? { parameters.count > 1 ? parameters[1] : nil }

    /// The part of a dense gradient's work that can be other than zero.
    package var gradientShare: Double {
        if case .convolution(_, _, pools: true, _) = kind { return 0.25 }
        return 1
    }
}

/// Groups the operations of a graph into stages.
///
/// An operation joins the one before when that is its only reader and nobody looks at the value between. The order of the
/// result is that of the graph.
package struct Fusion {
    private let graph: Graph
    private let isTraining: Bool
    private let readers: [Graph.Value: Int]
    private var fused: Set<Int> = []

    private init(_ graph: Graph, isTraining: Bool) {
        self.graph = graph
        self.isTraining = isTraining
        readers = graph.nodes.flatMap(\.inputs).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// The stages of `graph`; dropout is part of them only while training.
    package static func stages(of graph: Graph, isTraining: Bool) -> [Stage] {
        var fusion = Fusion(graph, isTraining: isTraining)
        var stages: [Stage] = []
        for node in graph.nodes.indices where !fusion.fused.contains(node) {
            if let stage = fusion.stage(startingAt: node) { stages.append(stage) }
        }
        return stages
    }

    private mutating func stage(startingAt node: Int) -> Stage? {
        switch graph.nodes[node].operation {
        case let operation as ConvolutionOperation: return convolution(operation, at: node)
        case let operation as LinearOperation:
            let norm = isTraining ? nil : next(after: node) { $0 is BatchNormOperation }
            let relu = next(after: norm ?? node) { $0 is ReLUOperation }
            return stage(
                .linear(operation, rectifies: relu != nil), [node, norm, relu].compactMap(\.self),
                normalizedBy: norm)
        // Nothing to run on its own where the sampler that reads the grid makes it.
        case let operation as AffineGridOperation:
            return fusedSampler(ofGridAt: node) == nil ? stage(operation.kind, [node]) : nil
        case let operation as TransformationGridOperation:
            let family = GridFamily(operation.transformation)
            return stage(family.map { .grid($0, operation.frame) } ?? .reference(node: node), [node])
        case let operation as TransformationMatrixOperation:
            let places = WindowPlaces(operation.transformation, frame: operation.frame)
            return stage(places.map { .windowMatrix($0) } ?? .reference(node: node), [node])
        case is AffineCompositionOperation:
            // The kernel would write both gradients of a matrix times itself to one buffer.
            let isSquare = graph.nodes[node].inputs[0] == graph.nodes[node].inputs[1]
            return stage(isSquare ? .reference(node: node) : .matrixProduct, [node])
        case let operation as BoundParametersOperation: return stage(.bounds(operation), [node])
        case let operation as GridSampleOperation: return sample(operation, at: node)
        case let operation as BatchNormOperation:
            let relu = next(after: node) { $0 is ReLUOperation }
            return stage(
                .batchNorm(operation, rectifies: relu != nil), [node, relu].compactMap(\.self),
                normalizedBy: isTraining ? nil : node)
        case let operation as MaxPoolOperation: return stage(.maxPool(operation), [node])
        case let operation as AveragePoolOperation: return stage(.averagePool(operation), [node])
        case is ReLUOperation: return stage(.relu, [node])
        case let operation as ActivationOperation: return stage(.activation(operation.function), [node])
        case is AddOperation:
            let relu = next(after: node) { $0 is ReLUOperation }
            return stage(.sum(rectifies: relu != nil), [node, relu].compactMap(\.self))
        case is ConcatenateOperation: return stage(.concatenation, [node])
        case is FlattenOperation: return stage(.alias, [node])
        case let operation as DropoutOperation:
            let dropped = Stage.Dropped(operation: operation, node: node)
            return stage(isTraining ? .dropout(dropped) : .alias, [node])
        default: return stage(.reference(node: node), [node])
        }
    }

    private mutating func convolution(_ operation: ConvolutionOperation, at node: Int) -> Stage {
        var nodes = [node]
        var dropout: Stage.Dropped?
        var (pools, rectifies) = (false, false)
        var normalizer: Int?
        while let last = nodes.last,
            let index = next(
                after: last,
                where: { follower in
                    switch follower {
                    // Channel dropout commutes with pooling and ReLU, as its factor is not negative; one is enough.
                    case let follower as DropoutOperation: follower.wholeChannels && dropout == nil
                    case is BatchNormOperation: !isTraining && normalizer == nil && !pools && !rectifies
                    case let follower as MaxPoolOperation: follower.windows == .halving && !pools
                    case is ReLUOperation: true
                    default: false
                    }
                })
        {
            nodes.append(index)
            switch graph.nodes[index].operation {
            case let follower as DropoutOperation where isTraining:
                dropout = Stage.Dropped(operation: follower, node: index)
            case is BatchNormOperation: normalizer = index
            case is MaxPoolOperation: pools = true
            case is ReLUOperation: rectifies = true
            default: break
            }
        }
        return stage(
            .convolution(operation, dropout: dropout, pools: pools, rectifies: rectifies), nodes,
            normalizedBy: normalizer)
    }

    /// The sampler that makes the affine grid of `node` itself.
    private func fusedSampler(ofGridAt node: Int) -> Int? {
        guard let affine = graph.nodes[node].operation as? AffineGridOperation,
            let reader = next(
                after: node, where: { ($0 as? GridSampleOperation)?.sampler.fuses(with: affine) ?? false }),
            graph.nodes[reader].inputs[0] != graph.output(ofNode: node)
        else { return nil }
        return reader
    }

    private mutating func sample(_ operation: GridSampleOperation, at node: Int) -> Stage {
        let (image, grid) = (graph.nodes[node].inputs[0], graph.nodes[node].inputs[1])
        if let generator = graph.producer(of: grid), let affine = generator.operation as? AffineGridOperation,
            fusedSampler(ofGridAt: grid.index - 1) == node
        {
            return Stage(
                kind: .affineSample(affine, operation.sampler.mode), inputs: [image, generator.inputs[0]],
                parameters: [], output: graph.output(ofNode: node), nodes: [grid.index - 1, node], normalization: nil)
        }
        // Kernels would write both gradients of an image that is its own grid to one buffer.
        guard !operation.sampler.antialias, image != grid else { return stage(.reference(node: node), [node]) }
        let isVolume = graph.shape(of: image).rank == 4
        return stage(isVolume ? .volumeSample(operation.sampler) : .gridSample(operation.sampler), [node])
    }

    /// The only reader of a node's output, if it satisfies `condition` and the value is not looked at.
    private func next(after node: Int, where condition: (any Operation) -> Bool) -> Int? {
        let value = graph.output(ofNode: node)
        guard readers[value] == 1, value != graph.output, !graph.marks.values.contains(value),
            let index = graph.nodes.firstIndex(where: { $0.inputs.contains(value) }),
            condition(graph.nodes[index].operation)
        else { return nil }
        return index
    }

    private mutating func stage(_ kind: Stage.Kind, _ nodes: [Int], normalizedBy norm: Int? = nil) -> Stage {
        fused.formUnion(nodes.dropFirst())
        let normalization = norm.flatMap { norm in
            (graph.nodes[norm].operation as? BatchNormOperation).map { operation in
                Stage.Normalization(
                    parameters: Array(graph.nodes[norm].parameters.prefix(4)), epsilon: Float(operation.epsilon))
            }
        }
        return Stage(
            kind: kind, inputs: graph.nodes[nodes[0]].inputs, parameters: graph.nodes[nodes[0]].parameters,
            output: graph.output(ofNode: nodes[nodes.count - 1]), nodes: nodes, normalization: normalization)
    }
}

extension AffineGridOperation {
    /// The stage that stores its grid.
    fileprivate var kind: Stage.Kind {
        .grid(
            .homography(parameterCount: AffineTransform.parameterCount),
            SamplingFrame(height: height, width: width, corners: corners))
    }
}

extension Sampler {
    /// Whether the fused kernel does what this sampler does on that grid.
    fileprivate func fuses(with grid: AffineGridOperation) -> Bool {
        padding == .zeros && !antialias && corners == grid.corners
    }
}
