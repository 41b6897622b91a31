import Execution
import TestSupport
import Testing
import Training

@Suite("Optimizers")
struct OptimizerTests {
    /// The weight after each of three steps with the gradients 0.5, −0.25, 1, from 1.
    private func path(_ settings: OptimizerSettings) -> [Double] {
        var weight = 1.0
        var first = 0.0
        var second = 0.0
        return [0.5, -0.25, 1].enumerated().map { step, gradient in
            settings.update(learningRate: settings.learningRate, completedSteps: step)
                .apply(to: &weight, gradient: gradient, firstMoment: &first, secondMoment: &second)
            return weight
        }
    }

    @Test("SGD without momentum subtracts the scaled gradient")
    func plain() {
        expectClose(path(OptimizerSettings(learningRate: 0.1)), [0.95, 0.975, 0.875], relative: 1e-14)
    }

    @Test("SGD with momentum and L2 decay follows torch.optim.SGD by hand")
    func momentum() {
        // g₁ = 0.5 + 0.1·1 = 0.6, b₁ = 0.6, w = 0.94; g₂ = −0.25 + 0.094 = −0.156, b₂ = 0.54 − 0.156 = 0.384,
        // w = 0.9016; g₃ = 1.09016, b₃ = 0.3456 + 1.09016 = 1.43576, w = 0.758024.
        let settings = OptimizerSettings(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1)
        expectClose(path(settings), [0.94, 0.9016, 0.758_024], relative: 1e-13)
    }

    @Test("Adam's first step has the size of the learning rate, whatever the gradient")
    func adamFirstStep() {
        let weights = path(OptimizerSettings(kind: .adam, learningRate: 0.1))
        #expect(abs(weights[0] - 0.9) < 1e-8)
    }

    @Test("Adam follows the paper by hand over three steps")
    func adam() {
        // m: 0.05, 0.02, 0.118; v: 0.00025, 0.00031225, 0.00131193775; corrections 1 − 0.9ᵗ, 1 − 0.999ᵗ.
        func step(_ mean: Double, _ meanCorrection: Double, _ square: Double, _ squareCorrection: Double)
            -> Double
        {
            let denominator = (square / squareCorrection).squareRoot() + 1e-8
            return 0.1 * (mean / meanCorrection) / denominator
        }
        let first = 1 - step(0.05, 0.1, 0.000_25, 0.001)
        let second = first - step(0.02, 0.19, 0.000_312_25, 0.001_999)
        let third = second - step(0.118, 0.271, 0.001_311_937_75, 0.002_997_001)
        expectClose(
            path(OptimizerSettings(kind: .adam, learningRate: 0.1)), [first, second, third], relative: 1e-12)
    }

    @Test("AdamW decays the weight itself, Adam the gradient")
    func decoupledDecay() {
        let decoupled = path(OptimizerSettings(kind: .adamW, learningRate: 0.1, weightDecay: 0.5))
        let coupled = path(OptimizerSettings(kind: .adam, learningRate: 0.1, weightDecay: 0.5))
        // 1 · (1 − 0.05) − 0.1 against 1 − 0.1: in the first step L2 only changes the gradient, whose size cancels.
        #expect(abs(decoupled[0] - 0.85) < 1e-8)
        #expect(abs(coupled[0] - 0.9) < 1e-8)
    }

    @Test(
        "five steps of each rule are PyTorch's",
        arguments: try Golden("optimizers").caseNames.filter { $0 != "sgd_nesterov" })
    func golden(_ name: String) throws {
        let golden = try Golden("optimizers")
        let kind: OptimizerKind = name.hasPrefix("sgd") ? .sgd : name.hasPrefix("adamw") ? .adamW : .adam
        var settings = OptimizerSettings(
            kind: kind, learningRate: golden.number(name, "learningRate"),
            momentum: golden.number(name, "momentum") ?? 0, weightDecay: golden.number(name, "weightDecay") ?? 0)
        settings.beta1 = golden.number(name, "beta1") ?? 0
        settings.beta2 = golden.number(name, "beta2") ?? 0
        settings.epsilon = golden.number(name, "epsilon") ?? 0
        var weights = try golden.doubles(name, "initial").values
        let (gradients, expected) = (try golden.doubles(name, "gradients"), try golden.doubles(name, "afterEachStep"))
        var (first, second) = ([Double](repeating: 0, count: 7), [Double](repeating: 0, count: 7))
        for step in 0..<5 {
            let update = settings.update(learningRate: settings.learningRate, completedSteps: step)
            for index in 0..<7 {
                update.apply(
                    to: &weights[index], gradient: gradients.values[step * 7 + index], firstMoment: &first[index],
                    secondMoment: &second[index])
            }
            // The file holds float32: half a unit in the last place.
            expectClose(
                weights, Array(expected.values[step * 7..<(step + 1) * 7]), relative: 6e-8, "step \(step + 1)")
        }
    }

    @Test("defaults are PyTorch's for each rule")
    func defaults() {
        #expect(OptimizerSettings().learningRate == 0.01)
        #expect(OptimizerSettings(kind: .adam).learningRate == 0.001)
        #expect(OptimizerSettings(kind: .adam).weightDecay == 0)
        #expect(OptimizerSettings(kind: .adamW).weightDecay == 0.01)
    }
}
