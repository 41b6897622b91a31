import CKernels
import Networks
import Tensors

extension ActivationFunction {
    /// The kernels' name for the function.
    package var kernelFunction: Int64 {
        let function: stn_activation_function =
            switch self {
            case .leakyReLU: STN_LEAKY_RELU
            case .gelu: STN_GELU
            case .geluTanh: STN_GELU_TANH
            case .silu: STN_SILU
            case .tanh: STN_TANH
            case .sigmoid: STN_SIGMOID
            }
        return Int64(function.rawValue)
    }

    /// What negative numbers are multiplied by; 0 where that has no meaning.
    package var slope: Float {
        if case .leakyReLU(let slope) = self { return slope }
        return 0
    }
}

extension PlanBuilder {
    /// Launches of an activation function; the gradient is made from the input, which tells more than the output.
    mutating func reserveActivation(_ index: Int, _ function: ActivationFunction) -> StageEmitter {
        let stage = stages[index]
        let (input, output) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let dOutput = gradientSlot(of: stage.output)
        let target = dOutput == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        let (count, kernels) = (count(of: stage.output), kernels)
        return { memory, launches in
            let forward = stn_activation_arguments(
                count: Int64(count), function: function.kernelFunction, slope: function.slope,
                input: memory.floats(input), d_output: nil, output: memory.floats(output))
            launches.forward.append(Launch(kernels.pointee.activation, forward, count: pieces(of: count)))
            guard let dOutput, let target else { return }
            var gradient = forward
            gradient.d_output = UnsafePointer(memory.floats(dOutput))
            gradient.output = memory.floats(target.slot)
            launches.backward.append(
                Launch(kernels.pointee.activation_gradient, gradient, count: pieces(of: count)))
            launches.appendAddition(kernels, target, memory, count: count)
        }
    }
}
