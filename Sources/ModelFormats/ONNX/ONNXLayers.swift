import Networks
import Tensors

extension ConvolutionOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let constants = operands.parameters.indices.map { operands.constant($0, in: &writer) }
        let (before, after) = (paddingBefore, paddingAfter)
        return writer.add(
            "Conv", to: [operands.input] + constants,
            attributes: [
                .integers("kernel_shape", [kernelHeight, kernelWidth]),
                .integers("strides", [stride.height, stride.width]),
                .integers("pads", [before.height, before.width, after.height, after.width]),
                .integers("dilations", [dilation.height, dilation.width]), .integer("group", groups),
            ])
    }
}

extension LinearOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let (weight, bias) = (operands.constant(0, in: &writer), operands.constant(1, in: &writer))
        return writer.add("Gemm", operands.input, weight, bias, attributes: [.integer("transB", 1)])
    }
}

extension BatchNormOperation: ONNXExpressible {
    /// One that no layer before it takes in.
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let constants = (0..<4).map { operands.constant($0, in: &writer) }
        return writer.add(
            "BatchNormalization", to: [operands.input] + constants, attributes: [.float("epsilon", Float(epsilon))])
    }
}

extension FlattenOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        writer.add("Flatten", operands.input, attributes: [.integer("axis", 1)])
    }
}

extension AddOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        writer.add("Add", to: operands.inputs)
    }
}

extension ConcatenateOperation: ONNXExpressible {
    /// Channels are the first axis behind N, as are the elements of flat values.
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        writer.add("Concat", to: operands.inputs, attributes: [.integer("axis", 1)])
    }
}

// What is there for training alone passes its input on.

extension DropoutOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String { operands.input }
}

extension GradientScaleOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String { operands.input }
}

extension GridPenaltyOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String { operands.input }
}
