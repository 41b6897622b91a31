import Networks
import Tensors

/// What one stage of a plan runs, forward and backward.
package struct StageLaunches {
    /// The operations it stands for.
    package let name: String
    /// The work of one forward pass over the batch.
    package let cost: Cost
    /// The part of a dense gradient's work that can be other than zero: behind 2×2 pooling a quarter.
    package let gradientShare: Double
    package var forward: [Launch] = []
    package var backward: [Launch] = []
    /// What must know the step before each run, as random numbers depend on it.
    package var stepObservers: [(UInt32) -> Void] = []
    /// Launches that let statistics follow the batch: run behind the gradients, if all numbers are of use.
    package var statistics: [Launch] = []
    /// The batch's moments that those launches read.
    package var moments: [UnsafeMutableBufferPointer<Float>] = []
}

/// Fills in a stage's launches once the places of all buffers are known.
package typealias StageEmitter = (_ memory: PlanMemory, _ launches: inout StageLaunches) -> Void

extension PlanBuilder {
    /// Reserves what stage `index` needs and returns what will fill in its launches.
    package mutating func reserve(stage index: Int, seed: UInt64) -> StageEmitter {
        let emit = reserveAlone(stage: index, seed: seed)
        return addingSharedGradients(of: index, to: emit)
    }

    private mutating func reserveAlone(stage index: Int, seed: UInt64) -> StageEmitter {
        let stage = stages[index]
        switch stage.kind {
        case .convolution(let operation, let dropout, let pools, let rectifies):
            let layer = ConvolutionLayer(
                operation, graph.shape(of: stage.inputs[0]), batch: batch, pools: pools, rectifies: rectifies,
                convolutions, kernels: kernels)
            return reserveConvolution(index, layer, dropout: dropout, seed: seed)
        case .linear(let operation, let rectifies):
            return reserveLinear(index, operation, rectifies: rectifies)
        case .affineSample(let operation, let mode): return reserveAffineSample(index, operation, mode)
        case .gridSample(let sampler): return reserveGridSample(index, sampler)
        case .volumeSample(let sampler): return reserveVolumeSample(index, sampler)
        case .batchNorm(let operation, let rectifies):
            return reserveBatchNorm(index, operation, rectifies: rectifies)
        case .grid(let family, let frame): return reserveGrid(index, family, frame)
        case .windowMatrix(let places): return reserveWindowMatrix(index, places)
        case .matrixProduct: return reserveMatrixProduct(index)
        case .bounds(let operation): return reserveBounds(index, operation)
        case .maxPool(let operation): return reserveMaxPool(index, operation)
        case .averagePool(let operation): return reserveAveragePool(index, operation)
        case .relu: return reserveReLU(index)
        case .activation(let function): return reserveActivation(index, function)
        case .dropout(let dropped): return reserveDropout(index, dropped, seed: seed)
        case .reference(let node): return reserveReference(index, node: node, seed: seed)
        case .sum(let rectifies): return reserveSum(index, rectifies: rectifies)
        case .concatenation: return reserveConcatenation(index)
        case .alias: return { _, _ in }
        }
    }
}
