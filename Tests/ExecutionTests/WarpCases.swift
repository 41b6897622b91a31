import Networks
import Tensors
import Warping

/// A transformer of any family, put together from operations; θ stays around the identity.
private struct Warp: Layer {
    let transformation: any Transformation
    var reach: Float = 0.3
    var sampler = Sampler(corners: .edges)
    /// Whether the result is warped again by the same θ, whose gradient then has two parts.
    var isTwice = false
    /// Whether anything is read at all; else the output is the grid.
    var samples = true

    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        let frame = SamplingFrame(height: shape[0], width: shape[1], corners: sampler.corners)
        let identity = transformation.identity
        let raw = try Linear(identity.count).lower(Flatten().lower(input, into: &builder), into: &builder)
        let bounds = BoundParametersOperation(
            identity: identity, reach: [Float](repeating: reach, count: identity.count))
        let theta = try builder.add(bounds, raw)
        var output = input
        for _ in 0..<(isTwice ? 2 : 1) {
            let grid = try builder.add(TransformationGridOperation(transformation, frame: frame), theta)
            if !samples { return grid }
            output = try builder.add(GridSampleOperation(sampler: sampler), output, grid)
        }
        return output
    }
}

/// A window, turned afterwards: the product of two matrices, read by a grid that is stored where the sampler needs one.
private struct TurnedWindow: Layer {
    let sampler: Sampler
    /// Whether the window is looked at through itself instead.
    var isSquared = false

    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        let frame = SamplingFrame(height: shape[0], width: shape[1], corners: sampler.corners)
        let features = try Flatten().lower(input, into: &builder)
        let families: [any MatrixTransformation] =
            isSquared ? [Attention(.perAxis)] : [Attention(.perAxis), Similarity()]
        let factors = try families.map { family in
            let raw = try Linear(family.parameterCount).lower(features, into: &builder)
            let bounds = BoundParametersOperation(
                identity: family.identity, reach: [Float](repeating: 0.4, count: family.parameterCount))
            let theta = try builder.add(bounds, raw)
            return try builder.add(TransformationMatrixOperation(family, frame: frame), theta)
        }
        let matrix = try builder.add(AffineCompositionOperation(), factors[0], factors[factors.count - 1])
        let affine = AffineGridOperation(height: shape[0], width: shape[1], corners: sampler.corners)
        let grid = try builder.add(affine, matrix)
        return try builder.add(GridSampleOperation(sampler: sampler), input, grid)
    }
}

extension NetworkCase {
    private static func warp(_ name: String, _ warp: any Layer, input: Shape = [11, 13, 3]) -> NetworkCase {
        NetworkCase(
            name: name, input: input, batch: 3,
            network: Sequential {
                Conv2d(5, kernel: 1); warp; Conv2d(4, kernel: 3); ReLU(); Flatten(); Linear(4)
            })
    }

    /// Every family, with and without the fused sampler.
    static let warps: [NetworkCase] = [
        warp("a homography", Warp(transformation: .projective, reach: 0.2)),
        warp(
            "a stored affine grid, twice by one θ",
            Warp(
                transformation: .affine, sampler: Sampler(padding: .reflection, corners: .centers), isTwice: true)),
        warp("a spline", Warp(transformation: .thinPlateSpline(), sampler: Sampler(padding: .border, corners: .edges))),
        warp("a spline, twice by one θ", Warp(transformation: .thinPlateSpline(controlPoints: 3), isTwice: true)),
        warp("a displacement for each pixel", Warp(transformation: .displacementField(height: 11, width: 13))),
        warp("displacements on a coarse lattice", Warp(transformation: .displacementField(height: 3, width: 4))),
        warp("a flow of velocities", Warp(transformation: .continuousPiecewiseAffine(), reach: 0.7)),
        warp("a turned window, fused", TurnedWindow(sampler: Sampler(corners: .edges))),
        warp("a turned window, its grid stored", TurnedWindow(sampler: Sampler(padding: .border, corners: .centers))),
        warp("a window in itself", TurnedWindow(sampler: Sampler(corners: .edges), isSquared: true)),
        grid("a spline's grid, in several bands of rows", Warp(transformation: .thinPlateSpline(), samples: false)),
        grid("a homography's grid, in several bands of rows", Warp(transformation: .projective, samples: false)),
        grid(
            "a flow's grid, in several bands of rows",
            Warp(
                transformation: ContinuousPiecewiseAffine(cells: 2, steps: 2), reach: 0.7, samples: false)),
    ]

    /// A grid that is looked at itself: so large a one would have a sampler's kinks.
    private static func grid(_ name: String, _ warp: Warp) -> NetworkCase {
        NetworkCase(
            name: name, input: [70, 71, 1], batch: 2,
            network: Sequential {
                warp; Conv2d(3, kernel: 2); AvgPool2d(35); Flatten(); Linear(4)
            })
    }
}
