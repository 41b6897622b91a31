import CKernels
import Execution
import Networks
import Tensors

extension FastConvolution {
    /// The same in plain loops and Double.
    func expected(dOutput: [Float]) -> (output: [Double], gradients: OperationGradients<Double>) {
        let operation = ConvolutionOperation(
            inputChannels: Int(shape.channels), outputChannels: Int(shape.outputs),
            kernelHeight: Int(shape.kernel_height), kernelWidth: Int(shape.kernel_width),
            padding: .zeros(height: Int(shape.top), width: Int(shape.left)))
        return PlainConvolution(
            operation: operation, shape: [Int(shape.images), Int(shape.height), Int(shape.width), Int(shape.channels)],
            pools: shape.pool == 2, rectifies: shape.relu == 1, input: input, weight: weight, bias: bias, scale: scale
        ).expected(dOutput: dOutput)
    }
}

/// A convolution with what is fused to it, in plain loops and Double.
struct PlainConvolution {
    let operation: ConvolutionOperation
    /// Of the input.
    let shape: Shape
    let pools: Bool
    let rectifies: Bool
    var input: [Float]
    let weight: [Float]
    let bias: [Float]
    /// A factor an image and output channel.
    let scale: [Float]?

    /// Output, and gradients of input, weight and, if there is one, bias.
    func expected(dOutput: [Float]) -> (output: [Double], gradients: OperationGradients<Double>) {
        let context = OperationContext(isTraining: false)
        let parameters = operation.parameters.enumerated().map { index, parameter in
            Tensor(parameter.shape, (index == 0 ? weight : bias).map(Double.init))
        }
        let followers: [any Operation] =
            (pools ? [MaxPoolOperation(window: 2)] : []) + (rectifies ? [ReLUOperation()] : [])
        let input = Tensor<Double>(shape, input.map(Double.init))
        let linear = operation.forward([input], parameters: parameters, context: context)
        var values = [scaled(linear)]
        for follower in followers {
            values.append(follower.forward([values[values.count - 1]], parameters: [], context: context))
        }
        var gradient = Tensor(values[followers.count].shape, dOutput.map(Double.init))
        for (index, follower) in followers.enumerated().reversed() {
            gradient =
                follower.backward(
                    gradient, output: values[index + 1], inputs: [values[index]], parameters: [], context: context
                ).inputs[0]
        }
        let gradients = operation.backward(
            scaled(gradient), output: linear, inputs: [input], parameters: parameters, context: context)
        return (values[followers.count].values, gradients)
    }

    private func scaled(_ tensor: Tensor<Double>) -> Tensor<Double> {
        guard let scale else { return tensor }
        let channels = tensor.shape[3]
        let perImage = tensor.shape.count / tensor.shape[0]
        return Tensor(
            tensor.shape,
            tensor.values.indices.map { index in
                tensor.values[index] * Double(scale[index / perImage * channels + index % channels])
            })
    }
}
