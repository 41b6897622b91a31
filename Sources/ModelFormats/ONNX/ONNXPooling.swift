import Networks
import Tensors

extension MaxPoolOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        writer.add(
            "MaxPool", operands.input,
            attributes: windows.attributes(pads: windows.pads(operands.shapes[0], operands.output)))
    }
}

extension AveragePoolOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) -> String {
        let (input, output) = (operands.shapes[0], operands.output)
        if windows.padding == 0, (windows.height, windows.width) == (input[0], input[1]) {
            return writer.add("GlobalAveragePool", operands.input)
        }
        var (image, pads) = (operands.input, windows.pads(input, output))
        if countIncludePad, windows.padding > 0 {
            // Zeros of the padding count, those beyond it, which the last windows of `ceilMode` reach, do not: the
            // operator has one switch for both. So the padding is written out.
            let padding = windows.padding
            let amounts = writer.list([0, 0, padding, padding, 0, 0, padding, padding], named: "pool_padding")
            image = writer.add("Pad", image, amounts)
            pads = [0, 0, max(pads[2] - padding, 0), max(pads[3] - padding, 0)]
        }
        return writer.add(
            "AveragePool", image, attributes: windows.attributes(pads: pads) + [.integer("count_include_pad", 0)])
    }
}

extension PoolingWindows {
    /// Padding above, left, below and right, with which the operator's own rule, that incomplete windows are dropped,
    /// gives the windows of this type.
    ///
    /// `ceil_mode` is not used: until opset 22 the standard and its runtimes disagreed on the last window.
    fileprivate func pads(_ input: Shape, _ output: Shape) -> [Int] {
        func end(_ extent: Int, _ count: Int, _ window: Int) -> Int {
            max(0, (count - 1) * stride + window - padding - extent)
        }
        return [padding, padding, end(input[0], output[0], height), end(input[1], output[1], width)]
    }

    fileprivate func attributes(pads: [Int]) -> [Onnx_AttributeProto] {
        [
            .integers("kernel_shape", [height, width]), .integers("strides", [stride, stride]),
            .integers("pads", pads),
        ]
    }
}
