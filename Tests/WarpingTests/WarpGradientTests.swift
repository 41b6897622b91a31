import Tensors
import TestSupport
import Testing
import Warping

/// θ → grid → pixels as one function: every family with every sampler and padding.
@Suite("Warps of every family by every sampler")
struct WarpGradientTests {
    private static let paddings: [SamplingPadding] = [
        .zeros, .border, .reflection, .wrap, .background(mean: [0.5, 0.4], deviation: [0.2, 0.3]),
    ]

    @Test("the gradients for θ and image along random directions are the slopes", arguments: TransformationCase.all)
    func gradient(_ transformationCase: TransformationCase) {
        for mode in SamplingMode.allCases {
            for padding in Self.paddings {
                for corners in [CornerConvention.edges, .centers] {
                    check(transformationCase, Sampler(mode: mode, padding: padding, corners: corners))
                }
            }
        }
    }

    private func check(_ transformationCase: TransformationCase, _ sampler: Sampler) {
        let frame = SamplingFrame(
            outputHeight: 4, outputWidth: 5, inputHeight: 6, inputWidth: 7, corners: sampler.corners)
        let transformation = transformationCase.transformation
        let theta = transformationCase.theta(2, seed: 40)
        let image: Tensor<Double> = randomTensor([2, 6, 7, 2], seed: 41)
        let cotangent: Tensor<Double> = randomTensor([2, 4, 5, 2], seed: 42)
        let dTheta: Tensor<Double> = randomTensor(theta.shape, seed: 43)
        let dImage: Tensor<Double> = randomTensor(image.shape, seed: 44)

        let grid = transformation.grid(theta: theta, frame: frame)
        let gradients = sampler.gradients(dOutput: cotangent, image: image, grid: grid)
        let thetaGradient = transformation.thetaGradient(dGrid: gradients.dGrid, theta: theta, frame: frame)
        let expected = dot(thetaGradient.values, dTheta.values) + dot(gradients.dImage.values, dImage.values)

        func objective(_ distance: Double) -> Double {
            func moved(_ tensor: Tensor<Double>, _ direction: Tensor<Double>) -> Tensor<Double> {
                Tensor(tensor.shape, zip(tensor.values, direction.values).map { $0 + distance * $1 })
            }
            let grid = transformation.grid(theta: moved(theta, dTheta), frame: frame)
            return dot(sampler.sample(moved(image, dImage), at: grid).values, cotangent.values)
        }
        // Small against the distance to the next kink, large against rounding.
        let slope = (objective(1e-7) - objective(-1e-7)) / 2e-7
        func agrees(_ gradient: Double) -> Bool { abs(slope - gradient) <= 1e-5 * max(abs(slope), 0.1) }
        #expect(agrees(expected), "\(sampler): \(slope), \(expected)")
        // That the check itself can fail: no gradient for θ, a wrong sign.
        let onlyImage = dot(gradients.dImage.values, dImage.values)
        #expect(!agrees(onlyImage) || sampler.mode == .nearest || abs(expected - onlyImage) < 1e-5)
        #expect(!agrees(-expected))
    }
}
