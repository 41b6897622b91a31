import Tensors

/// The sum of two values of the same shape, element by element.
///
/// - Shapes: [H, W, C] and [H, W, C] → [H, W, C]; flat values likewise.
/// - Gradient: dOutput, to both.
public struct AddOperation: Operation {
    /// A sum.
    public init() {}

    /// Sum.
    public var name: String { "add" }

    /// As both inputs.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when they differ.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        guard inputs[0] == inputs[1] else {
            throw NetworkError.unsuitableInput(
                operation: name, input: inputs[1], needs: "\(inputs[0]), the shape of what it is added to")
        }
        return inputs[0]
    }

    /// One sum an element.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: Double(inputs[0].count), bytes: 12 * Double(inputs[0].count))
    }

    /// The sum.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        Tensor(inputs[0].shape, zip(inputs[0].values, inputs[1].values).map { $0 + $1 })
    }

    /// dOutput twice.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [dOutput, dOutput])
    }
}

/// Values side by side along their last axis: images of one size with their channels one after the other, or flat values.
///
/// - Shapes: [H, W, C₁], [H, W, C₂] … → [H, W, C₁ + C₂ + …].
/// - Gradient: to each input its part of dOutput.
public struct ConcatenateOperation: Operation {
    /// A concatenation.
    public init() {}

    /// Concatenation.
    public var name: String { "concatenate" }

    /// As the first input, with the last axes added up.
    ///
    /// - Throws: ``NetworkError/unsuitableInput(operation:input:needs:)`` when other axes differ.
    public func outputShape(of inputs: [Shape]) throws -> Shape {
        let outer = inputs[0].dimensions.dropLast()
        for input in inputs where input.rank != inputs[0].rank || input.dimensions.dropLast() != outer {
            throw NetworkError.unsuitableInput(
                operation: name, input: input, needs: "\(inputs[0]) up to the last axis, as its first input has")
        }
        let width = inputs.reduce(0) { $0 + $1[$1.rank - 1] }
        guard let shape = Shape(checking: outer + [width]) else {
            throw NetworkError.unsuitableInput(operation: name, input: inputs[0], needs: "fewer channels in all")
        }
        return shape
    }

    /// All elements are moved.
    public func cost(of inputs: [Shape]) -> Cost {
        Cost(flops: 0, bytes: 8 * Double(inputs.reduce(0) { $0 + $1.count }))
    }

    /// The inputs side by side.
    public func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        let widths = inputs.map { $0.shape[$0.shape.rank - 1] }
        let outer = Array(inputs[0].shape.dimensions.dropLast())
        var values: [Scalar] = []
        for row in 0..<outer.reduce(1, *) {
            for (input, width) in zip(inputs, widths) { values += input.values[row * width..<(row + 1) * width] }
        }
        return Tensor(Shape(outer + [widths.reduce(0, +)]), values)
    }

    /// The parts of dOutput.
    public func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        let total = output.shape[output.shape.rank - 1]
        var first = 0
        let gradients = inputs.map { input in
            let width = input.shape[input.shape.rank - 1]
            defer { first += width }
            let rows = stride(from: first, to: dOutput.values.count, by: max(total, 1))
            return Tensor(input.shape, rows.flatMap { dOutput.values[$0..<$0 + width] })
        }
        return OperationGradients(inputs: gradients)
    }
}
