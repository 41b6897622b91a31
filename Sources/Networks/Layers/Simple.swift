import Tensors

/// max(x, 0), element by element.
public struct ReLU: Layer {
    /// A rectifier.
    public init() {}

    /// Adds the rectifier.
    ///
    /// - Throws: Nothing; every shape fits.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(ReLUOperation(), input)
    }
}

/// An image as one row of numbers.
public struct Flatten: Layer {
    /// A change of shape.
    public init() {}

    /// Adds the change of shape.
    ///
    /// - Throws: Nothing; every shape fits.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let shape = builder.shape(of: input)
        let value = try builder.add(FlattenOperation(), input)
        builder.noteFlattened(value, from: shape)
        return value
    }
}

/// While training, sets each element to zero with a given probability and scales the rest up by 1/(1 − probability).
public struct Dropout: Layer {
    /// The probability of zero.
    public let probability: Float

    /// Dropout of single elements.
    ///
    /// A half is the value of the paper that introduced it (Hinton et al. 2012).
    public init(_ probability: Float = 0.5) { self.probability = probability }

    /// Adds the dropout.
    ///
    /// - Throws: ``NetworkError`` when the probability is outside 0 ..< 1.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(DropoutOperation(probability: probability, wholeChannels: false), input)
    }
}

/// While training, sets each channel of each image to zero with a given probability and scales the rest up.
public struct Dropout2d: Layer {
    /// The probability of zero.
    public let probability: Float

    /// Dropout of whole channels; a half is PyTorch's default.
    public init(_ probability: Float = 0.5) { self.probability = probability }

    /// Adds the dropout.
    ///
    /// - Throws: ``NetworkError`` when the probability is outside 0 ..< 1 or the input has no channels.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(DropoutOperation(probability: probability, wholeChannels: true), input)
    }
}
