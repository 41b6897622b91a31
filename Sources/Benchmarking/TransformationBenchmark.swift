import Execution
import SpatialTransformers

/// How long grid generator and bilinear sampler take together for families of transformations, against the affine one.
public struct TransformationBenchmark: Sendable {
    /// One shape and family, and their times.
    public struct Figures: Encodable, Sendable {
        /// [N, H, W, C].
        let shape: [Int]
        let transformation: String
        let forwardMs: Double
        let forwardBackwardMs: Double
        /// How many times as long as the affine family.
        let forwardToAffine: Double
        let forwardBackwardToAffine: Double
    }

    /// An image batch and large feature maps.
    private static let shapes: [Shape] = [[64, 32, 32, 3], [16, 128, 128, 64]]

    /// Threads that compute.
    public let threadCount: Int

    /// A benchmark on `threadCount` threads.
    public init(threadCount: Int) { self.threadCount = threadCount }

    /// Measures every family on every shape; the affine one first.
    ///
    /// - Throws: ``ExecutionError`` when `STN_ISA` is wrong.
    public func run() throws -> [Figures] {
        let families: [any Transformation] = [AffineTransform(), Projective(), ThinPlateSpline()]
        return try Self.shapes.flatMap { shape in
            let times = try families.map { try measure($0, shape) }
            return zip(families, times).map { family, time in
                Figures(
                    shape: shape.dimensions, transformation: family.name, forwardMs: time.forward * 1e3,
                    forwardBackwardMs: (time.forward + time.backward) * 1e3,
                    forwardToAffine: time.forward / times[0].forward,
                    forwardBackwardToAffine: (time.forward + time.backward) / (times[0].forward + times[0].backward))
            }
        }
    }

    private func measure(_ family: any Transformation, _ shape: Shape) throws -> (forward: Double, backward: Double) {
        let channels = shape[3]
        // The layer before has weights, so the gradient of the image is wanted.
        let network = Sequential {
            Conv2d(channels, kernel: 1)
            Warp(transformation: family)
        }
        let graph = try GraphBuilder.graph(of: network, input: [shape[1], shape[2], channels])
        let executor = try Executor(graph: graph, seed: 0, threadCount: threadCount)
        let data = BenchmarkBatch(count: shape[0], classes: executor.classCount, imageSize: executor.inputCount)
        let iterations = max(5, 20 * 64 * 3 * 1024 / shape.count)
        let times = try data.withBuffers { images, labels in
            // Affine grid and sampler are one stage.
            try executor.timeLastStages(family is AffineTransform ? 1 : 2, packs: false, images: images, labels: labels)
            {
                run in fastest(rounds: 5, iterations: iterations) { _ in run() }
            }
        }
        return (times.forward, times.backward)
    }
}

/// A grid around the identity, as a network's transforms are, and a sampler.
private struct Warp: Layer {
    let transformation: any Transformation

    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input), identity = transformation.identity
        let features = try builder.lower([GlobalAvgPool2d(), Flatten(), Linear(identity.count)], from: input)
        let bounds = BoundParametersOperation(
            identity: identity, reach: [Float](repeating: 0.17, count: identity.count))
        let theta = try builder.add(bounds, features)
        let frame = SamplingFrame(height: shape[0], width: shape[1], corners: .edges)
        let grid =
            transformation is AffineTransform
            ? try builder.add(AffineGridOperation(height: shape[0], width: shape[1], corners: .edges), theta)
            : try builder.add(TransformationGridOperation(transformation, frame: frame), theta)
        return try builder.add(GridSampleOperation(sampler: Sampler(corners: .edges)), input, grid)
    }
}
