/// Moves parameters and images between this library's channels-last order and PyTorch's channels-first order.
///
/// All of them are one operation: among the elements, the channels of an `outer` group change places with the positions.
/// What an axis is called, and whether it is one image or one output, does not matter to it.
///
/// | | this library | PyTorch | outer |
/// | --- | --- | --- | --- |
/// | images | [N, H, W, C] | [N, C, H, W] | N |
/// | convolution weights | [O, kH, kW, I] | [O, I, kH, kW] | O |
/// | linear weights after a flatten | [O, H·W·C] | [O, C·H·W] | O |
///
/// Biases, and linear weights whose input never was an image, are the same in both.
public enum PyTorchLayout {
    /// Images from [N, C, H, W] to [N, H, W, C].
    ///
    /// - Precondition: `values.count == count * channels * height * width`.
    public static func imagesFromPyTorch(
        _ values: [Float], count: Int, channels: Int, height: Int, width: Int
    ) -> [Float] {
        interchanged(values, outer: count, rows: channels, columns: height * width)
    }

    /// Images from [N, H, W, C] to [N, C, H, W].
    ///
    /// - Precondition: `values.count == count * channels * height * width`.
    public static func imagesToPyTorch(
        _ values: [Float], count: Int, channels: Int, height: Int, width: Int
    ) -> [Float] {
        interchanged(values, outer: count, rows: height * width, columns: channels)
    }

    /// Convolution weights from PyTorch's [O, I, kH, kW] to [O, kH, kW, I].
    ///
    /// - Precondition: `values.count == outputs * inputs * kernelHeight * kernelWidth`.
    public static func convolutionWeightFromPyTorch(
        _ values: [Float], outputs: Int, inputs: Int, kernelHeight: Int, kernelWidth: Int
    ) -> [Float] {
        interchanged(values, outer: outputs, rows: inputs, columns: kernelHeight * kernelWidth)
    }

    /// Convolution weights from [O, kH, kW, I] to PyTorch's [O, I, kH, kW].
    ///
    /// - Precondition: `values.count == outputs * inputs * kernelHeight * kernelWidth`.
    public static func convolutionWeightToPyTorch(
        _ values: [Float], outputs: Int, inputs: Int, kernelHeight: Int, kernelWidth: Int
    ) -> [Float] {
        interchanged(values, outer: outputs, rows: kernelHeight * kernelWidth, columns: inputs)
    }

    /// Linear weights [O, K] whose input is a flattened image: columns from PyTorch's order (c, y, x) to (y, x, c).
    ///
    /// - Precondition: `values.count == outputs * channels * height * width`.
    public static func flattenedLinearWeightFromPyTorch(
        _ values: [Float], outputs: Int, channels: Int, height: Int, width: Int
    ) -> [Float] {
        interchanged(values, outer: outputs, rows: channels, columns: height * width)
    }

    /// Linear weights [O, K] whose input is a flattened image: columns from (y, x, c) to PyTorch's order (c, y, x).
    ///
    /// - Precondition: `values.count == outputs * channels * height * width`.
    public static func flattenedLinearWeightToPyTorch(
        _ values: [Float], outputs: Int, channels: Int, height: Int, width: Int
    ) -> [Float] {
        interchanged(values, outer: outputs, rows: height * width, columns: channels)
    }

    /// [outer, rows, columns] → [outer, columns, rows].
    private static func interchanged(_ values: [Float], outer: Int, rows: Int, columns: Int) -> [Float] {
        precondition(
            values.count == outer * rows * columns,
            "\(values.count) values for [\(outer), \(rows), \(columns)]")
        var result: [Float] = []
        result.reserveCapacity(values.count)
        for group in 0..<outer {
            let start = group * rows * columns
            for column in 0..<columns {
                for row in 0..<rows { result.append(values[start + row * columns + column]) }
            }
        }
        return result
    }
}
