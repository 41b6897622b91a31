import Networks

extension ReLUOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        writer.add("Relu", operands.input)
    }
}

extension ActivationOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let x = operands.input
        switch function {
        case .leakyReLU(let slope): return writer.add("LeakyRelu", x, attributes: [.float("alpha", slope)])
        case .tanh: return writer.add("Tanh", x)
        case .sigmoid: return writer.add("Sigmoid", x)
        case .silu: return writer.add("Mul", x, writer.add("Sigmoid", x))
        case .gelu: return gelu(x, approximation: "none", to: &writer) ?? exactGELU(x, to: &writer)
        case .geluTanh: return gelu(x, approximation: "tanh", to: &writer) ?? tanhGELU(x, to: &writer)
        }
    }

    /// The standard's own operator, where it has one.
    private func gelu(_ x: String, approximation: String, to writer: inout ONNXGraphWriter) -> String? {
        if writer.operatorSet == .version16 { return nil }
        return writer.add("Gelu", x, attributes: [.string("approximate", approximation)])
    }

    /// x · (1 + erf(x / √2)) / 2.
    private func exactGELU(_ x: String, to writer: inout ONNXGraphWriter) -> String {
        let (root, one, half) = (
            writer.scalar(2.0.squareRoot(), named: "root_of_2"), writer.scalar(1, named: "one"),
            writer.scalar(0.5, named: "half")
        )
        let erf = writer.add("Erf", writer.add("Div", x, root))
        let share = writer.add("Mul", writer.add("Add", erf, one), half)
        return writer.add("Mul", x, share)
    }

    /// x · sigmoid(2 · √(2/π) · x · (1 + 0.044715 · x²)), which is the formula with the tangent.
    private func tanhGELU(_ x: String, to writer: inout ONNXGraphWriter) -> String {
        let (cubic, one, scale) = (
            writer.scalar(0.044715, named: "gelu_cubic"), writer.scalar(1, named: "one"),
            writer.scalar(2 * (2 / Double.pi).squareRoot(), named: "gelu_scale")
        )
        let square = writer.add("Mul", writer.add("Mul", x, x), cubic)
        let argument = writer.add("Mul", writer.add("Mul", x, scale), writer.add("Add", square, one))
        return writer.add("Mul", x, writer.add("Sigmoid", argument))
    }
}
