import Tensors
import TestSupport
import Testing
import Warping

/// A family with its options, and random parameters around its identity that keep most positions inside.
struct TransformationCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let transformation: any Transformation
    /// How far parameters go from the identity.
    var spread: Float = 0.4

    /// θ of `count` images, the same in every run.
    func theta(_ count: Int, seed: UInt64) -> Tensor<Double> {
        let identity = transformation.identity
        let noise: Tensor<Double> = randomTensor([count, identity.count], seed: seed, -spread, spread)
        return Tensor(
            noise.shape, noise.values.indices.map { noise.values[$0] + Double(identity[$0 % identity.count]) })
    }

    static let all: [TransformationCase] = [
        TransformationCase(testDescription: "translation", transformation: .translation),
        TransformationCase(testDescription: "rotation", transformation: .rotation()),
        TransformationCase(
            testDescription: "rotation in normalised coordinates", transformation: .rotation(aspectAware: false)),
        TransformationCase(testDescription: "attention", transformation: .attention()),
        TransformationCase(testDescription: "attention, a scale an axis", transformation: .attention(.perAxis)),
        TransformationCase(testDescription: "attention, half the size", transformation: .attention(.fixed(0.5))),
        TransformationCase(testDescription: "similarity", transformation: .similarity()),
        TransformationCase(
            testDescription: "similarity in normalised coordinates", transformation: .similarity(aspectAware: false)),
        TransformationCase(testDescription: "affine", transformation: .affine),
        TransformationCase(testDescription: "bounded affine", transformation: AffineTransform().bounded(by: 0.3)),
        TransformationCase(
            testDescription: "bounded similarity", transformation: Similarity().bounded(by: [1.5, 0.5, 1, 1])),
        TransformationCase(testDescription: "projective", transformation: .projective, spread: 0.3),
        TransformationCase(
            testDescription: "projective with a horizon in view", transformation: .projective, spread: 0.9),
        TransformationCase(testDescription: "thin-plate spline", transformation: .thinPlateSpline()),
        TransformationCase(
            testDescription: "thin-plate spline, 2×2", transformation: .thinPlateSpline(controlPoints: 2)),
        TransformationCase(
            testDescription: "bounded thin-plate spline", transformation: ThinPlateSpline().bounded(by: 0.25)),
        TransformationCase(
            testDescription: "CPAB, free border", transformation: .continuousPiecewiseAffine(), spread: 1),
        TransformationCase(
            testDescription: "CPAB, fixed border",
            transformation: .continuousPiecewiseAffine(cells: 2, boundary: .fixed), spread: 1),
        TransformationCase(
            testDescription: "displacement field, one a pixel", transformation: .displacementField(height: 5, width: 7)),
        TransformationCase(
            testDescription: "displacement field, coarse", transformation: .displacementField(height: 3, width: 2)),
    ]

    /// Odd and even, square and not, one pixel, and an output that differs from the input.
    static let frames: [SamplingFrame] = [CornerConvention.edges, .centers].flatMap { corners in
        [
            SamplingFrame(height: 5, width: 7, corners: corners), SamplingFrame(height: 6, width: 4, corners: corners),
            SamplingFrame(height: 1, width: 1, corners: corners), SamplingFrame(height: 1, width: 4, corners: corners),
            SamplingFrame(height: 3, width: 1, corners: corners),
            SamplingFrame(outputHeight: 8, outputWidth: 3, inputHeight: 9, inputWidth: 20, corners: corners),
        ]
    }
}

/// ⟨a, b⟩ over the elements for which both are finite.
func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $1.0.isFinite && $1.1.isFinite ? $0 + $1.0 * $1.1 : $0 }
}
