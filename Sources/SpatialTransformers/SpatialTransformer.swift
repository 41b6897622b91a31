import Networks
import Tensors
import Warping

/// A block that learns where to look: a localization network regresses a transformation θ of the image, a grid generator
/// turns θ into sampling positions, and a sampler reads the image there.
///
/// ```swift
/// SpatialTransformer(.affine) {
///     Conv2d(64, kernel: 7); MaxPool2d(2); ReLU()
///     Flatten(); Linear(256); ReLU()
/// }
/// ```
///
/// The layers given are the localization network; a linear layer that gives θ is added behind them. It starts at weight 0
/// and ``TransformerOptions/start`` as bias, so that an untrained transformer passes the image on bit for bit.
///
/// It stands anywhere in a network: on the image, or on features. Several in parallel, each looking at a part of its own,
/// are `Branches` of transformers with tiled starts; several in series that refine one another are a
/// ``TransformerSeries``.
///
/// - Convention: see `CornerConvention`; θ maps output positions to input positions.
/// - Shapes: [H, W, C] → [H, W, C], or the size asked for.
/// - Gradient: through sampler, grid and localization network; no labels beyond the class are needed.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025).
public struct SpatialTransformer: Layer {
    /// What is learned.
    public let transformation: any Transformation
    /// How it is read, how it starts and what holds it.
    public let options: TransformerOptions
    /// The layers that look at the image.
    public let localization: [any Layer]

    /// A transformer with the listed layers as its localization network.
    ///
    /// - Parameters:
    ///   - transformation: What is learned; affine is the paper's and the most general of the simple families.
    ///   - sampling: How the image is read between its pixels; bilinear as in the paper and in PyTorch, the cheapest that
    ///     θ can learn through. With nearest θ has no gradient.
    ///   - alignCorners: PyTorch's flag; false as in PyTorch, because positions then do not depend on the resolution.
    ///   - localization: The layers that look at the image.
    public init(
        _ transformation: some Transformation = AffineTransform(), sampling: SamplingMode = .bilinear,
        alignCorners: Bool = false, @LayerBuilder localization: () -> [any Layer]
    ) {
        let options = TransformerOptions(sampling: sampling, alignCorners: alignCorners)
        self.init(transformation, options: options, localization: localization)
    }

    /// A transformer with options.
    public init(
        _ transformation: any Transformation, options: TransformerOptions,
        @LayerBuilder localization: () -> [any Layer]
    ) {
        self.transformation = transformation
        self.options = options
        self.localization = localization()
    }

    /// Adds localization network, grid generator and sampler.
    ///
    /// Parameters are named as in PyTorch's tutorial: `localization.0…` up to the first `Flatten`, `fc_loc.0…` behind it; a
    /// network's second transformer has `localization2` and `fc_loc2`.
    ///
    /// - Throws: `NetworkError` when the input is no image, a layer does not fit or an option contradicts another;
    ///   `TransformationError` when the family has no such start.
    public func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        let frame = try options.frame(of: builder.shape(of: input))
        let theta = try lowerTheta(input, frame: frame, number: builder.nextLocalizationNumber(), into: &builder)
        let output = try lowerSample(input, at: theta, frame: frame, into: &builder)
        builder.note(
            Graph.Transformer(transformation: unbounded, frame: frame, theta: theta, output: output))
        return output
    }

    /// The family whose θ the graph holds: bounds are an operation of their own.
    var unbounded: any Transformation { (transformation as? any BoundedTransformation)?.unbounded ?? transformation }

    /// Adds the localization network and what holds θ.
    func lowerTheta(
        _ input: Graph.Value, frame: SamplingFrame, number: String, into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        var theta = try builder.lowerTheta(
            localization, from: input, number: number, start: try transformation.initialParameters(options.start))
        if let bounded = transformation as? any BoundedTransformation {
            theta = try builder.add(
                BoundParametersOperation(identity: bounded.unbounded.identity, reach: bounded.reach), theta)
        }
        for (penalty, weight) in options.penalties {
            let operation = GridPenaltyOperation(
                unbounded, frame: frame.coarse, penalty: penalty, weight: weight)
            theta = try builder.add(operation, theta)
        }
        if options.gradientScale != 1 {
            theta = try builder.add(GradientScaleOperation(factor: options.gradientScale), theta)
        }
        return theta
    }

    /// Adds grid generator and sampler.
    func lowerSample(
        _ image: Graph.Value, at theta: Graph.Value, frame: SamplingFrame, into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        let grid: Graph.Value
        if let family = unbounded as? any MatrixTransformation {
            let matrix = try lowerMatrix(theta, of: family, frame: frame, into: &builder)
            grid = try lowerGrid(matrix, frame: frame, into: &builder)
        } else {
            grid = try builder.add(TransformationGridOperation(unbounded, frame: frame), theta)
        }
        return try builder.add(GridSampleOperation(sampler: options.sampler), image, grid)
    }

    /// Adds the matrix of θ, where θ is not the matrix itself.
    func lowerMatrix(
        _ theta: Graph.Value, of family: any MatrixTransformation, frame: SamplingFrame,
        into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        if family is AffineTransform { return theta }
        return try builder.add(TransformationMatrixOperation(family, frame: frame), theta)
    }

    /// Adds the grid of a matrix.
    func lowerGrid(
        _ matrix: Graph.Value, frame: SamplingFrame, into builder: inout GraphBuilder
    ) throws -> Graph.Value {
        let operation = AffineGridOperation(
            height: frame.outputHeight, width: frame.outputWidth, corners: frame.corners)
        return try builder.add(operation, matrix)
    }
}

extension SamplingFrame {
    /// The same with at most 8 × 8 positions: enough to see what a grid does to the image.
    fileprivate var coarse: SamplingFrame {
        SamplingFrame(
            outputHeight: min(8, outputHeight), outputWidth: min(8, outputWidth), inputHeight: inputHeight,
            inputWidth: inputWidth, corners: corners)
    }
}
