import Networks
import Warping

extension GridSampleOperation: ONNXExpressible {
    func write(_ operands: ONNXOperands, to writer: inout ONNXGraphWriter) throws(ONNXError) -> String {
        guard operands.shapes[0].rank == 3 else {
            throw .inexpressible(operation: "grid_sample", reason: "runtimes do not agree on volumes")
        }
        if sampler.antialias {
            throw .inexpressible(operation: "antialias", reason: "the standard's sampler reads one place a pixel")
        }
        let (image, grid) = (operands.inputs[0], operands.inputs[1])
        guard case .constant(let values) = sampler.padding else {
            return masked(sample(image, grid, padding: try padding(), to: &writer), at: grid, &writer)
        }
        // Weights add up to 1, so a constant outside is zeros outside of what the constant is subtracted from.
        let channels = operands.shapes[0][2]
        let colors = values.count == 1 ? [Float](repeating: values[0], count: channels) : values
        let constant = writer.constant(colors, dimensions: [channels, 1, 1], named: "padding_constant")
        let sampled = sample(writer.add("Sub", image, constant), grid, padding: "zeros", to: &writer)
        return writer.add("Add", masked(sampled, at: grid, &writer), constant)
    }

    private func padding() throws(ONNXError) -> String {
        switch sampler.padding {
        case .zeros, .constant: return "zeros"
        case .border: return "border"
        case .reflection: return "reflection"
        case .wrap:
            throw .inexpressible(operation: "padding wrap", reason: "the standard's sampler does not repeat images")
        }
    }

    private func sample(
        _ image: String, _ grid: String, padding: String, to writer: inout ONNXGraphWriter
    ) -> String {
        let isNamedAnew = writer.operatorSet == .version20
        let mode =
            switch sampler.mode {
            case .nearest: "nearest"
            case .bilinear: isNamedAnew ? "linear" : "bilinear"
            case .bicubic: isNamedAnew ? "cubic" : "bicubic"
            }
        return writer.add(
            "GridSample", image, grid,
            attributes: [
                .string("mode", mode), .string("padding_mode", padding),
                .integer("align_corners", sampler.corners.alignCorners ? 1 : 0),
            ])
    }

    /// Zero where the grid says that a position reads nothing, whatever the padding.
    private func masked(_ sampled: String, at grid: String, _ writer: inout ONNXGraphWriter) -> String {
        writer.masks[grid].map { writer.add("Mul", sampled, $0) } ?? sampled
    }
}
