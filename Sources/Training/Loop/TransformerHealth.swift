import SpatialTransformers

/// What a transformer does to a sample of test images: whether it looks out of the frame, zooms, folds,
/// collapses or does nothing.
public struct TransformerHealth: Sendable, Equatable, Codable {
    /// The share of positions that read outside the image.
    public var outside: Double
    /// The mean linear scale of what is read: below 1 the transformer looks closer.
    public var meanScale: Double
    /// The mean signed area of what is read, as a share of the image.
    public var meanDeterminant: Double
    /// The share of the image that is turned over or has no area.
    public var folded: Double
    /// The mean distance between where a position is and where it reads, half an image's side being 1.
    public var meanDeparture: Double
    /// The standard deviation over images of that distance.
    public var departureDeviation: Double
    /// The mean distance between where an image's positions read and where those of the average image do: near zero where all
    /// images are treated alike.
    ///
    /// Nil in what earlier versions recorded.
    public var variety: Double?

    /// θ of each image: how the transformer's numbers are spread, for who wants more than means.
    public var theta: [[Float]]

    /// Below this share of the image what is read is a point or a line, and pictures are of one colour.
    public static let collapsedArea = 0.01
    /// Less than a fifth of a pixel in an image 32 wide.
    public static let idleDeparture = 0.0125

    /// The share of positions outside above which a transformer looks out of the frame, and of folds that are too many.
    public static let limits = (outside: 0.5, folded: 0.05)

    /// What can be wrong, the worst first.
    public enum Trouble: Sendable, Equatable, CaseIterable {
        /// Next to nothing of the image is read.
        case collapsed
        /// Most of what is read lies outside.
        case outOfFrame
        /// Parts of the image are turned over.
        case folded
        /// The image is passed on as it is.
        case idle
        /// All images are treated alike, so that a fixed crop would do.
        case constant
    }

    /// What is wrong; nil when nothing is.
    public var trouble: Trouble? {
        if abs(meanDeterminant) < Self.collapsedArea { return .collapsed }
        if outside > Self.limits.outside { return .outOfFrame }
        if folded > Self.limits.folded { return .folded }
        if meanDeparture < Self.idleDeparture { return .idle }
        return variety.map { $0 < Self.idleDeparture } == true ? .constant : nil
    }

    /// The trouble in words, with a remedy; `name` is which transformer it is.
    public func warning(of trouble: Trouble, name: String = "the transformer") -> String {
        switch trouble {
        case .collapsed:
            "\(name) has collapsed: it reads \(Self.percent(abs(meanDeterminant))) of the image; lower "
                + "--localization-rate or --gradient-scale, or set --bounds or --scale-penalty"
        case .outOfFrame:
            "\(name) looks out of the frame: \(Self.percent(outside)) of what it reads lies outside the image; "
                + "try --padding border or background, or --departure-penalty"
        case .folded:
            "\(name) folds \(Self.percent(folded)) of the image over; set --folding-penalty"
        case .idle:
            "\(name) does nothing: it moves what it reads by \(Self.percent(meanDeparture / 2)) of the image's "
                + "side on average; raise --localization-rate, or leave it out"
        case .constant:
            "\(name) treats all images alike: from one to another it moves what it reads by "
                + "\(Self.percent((variety ?? 0) / 2)) of the image's side; raise --localization-rate, or leave it out"
        }
    }

    private static func percent(_ share: Double) -> String {
        let tenths = (share * 1000).rounded() / 10
        return "\(tenths)%"
    }
}

extension TransformerHealth {
    /// The health of each transformer of a network on normalised images; none without images.
    ///
    /// - Throws: ``ExecutionError/wrongInputSize(given:needed:)``.
    public static func all(of classifier: Classifier, on images: Tensor<Float>) throws -> [TransformerHealth] {
        if images.shape[0] == 0 { return [] }
        return try classifier.transformations(of: images).map { TransformerHealth(of: $0.transformer, theta: $0.theta) }
    }

    /// The health of a transformer whose θ for images are these.
    ///
    /// Grids are taken at 16×16 positions, which is enough for means.
    private init(of transformer: Graph.Transformer, theta: Tensor<Float>) {
        let frame = SamplingFrame(
            outputHeight: 16, outputWidth: 16, inputHeight: transformer.frame.inputHeight,
            inputWidth: transformer.frame.inputWidth, corners: .edges)
        let grid = transformer.transformation.grid(theta: theta, frame: frame)
        let statistics = GridStatistics(of: grid, frame: frame)
        outside = statistics.outside
        folded = statistics.folded
        meanScale = statistics.meanScale ?? 0
        meanDeterminant = statistics.meanDeterminant ?? 0
        let departures = Self.distances(of: grid, from: frame.positions())
        meanDeparture = departures.reduce(0, +) / Double(departures.count)
        let mean = meanDeparture
        let variance = departures.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(departures.count)
        departureDeviation = variance.squareRoot()
        let varieties = Self.distances(of: grid, from: Self.average(of: grid))
        variety = varieties.reduce(0, +) / Double(varieties.count)
        let count = theta.shape[1]
        self.theta = (0..<theta.shape[0]).map { Array(theta.values[$0 * count..<($0 + 1) * count]) }
    }

    /// The mean distance of each image's positions from others; those that are not finite count as one image's side.
    private static func distances(of grid: Tensor<Float>, from others: Tensor<Float>) -> [Double] {
        let count = others.values.count / 2
        return (0..<grid.shape[0]).map { image in
            let sum = (0..<count).reduce(0.0) { sum, position in
                let at = (image * count + position) * 2
                let x = Double(grid.values[at] - others.values[position * 2])
                let y = Double(grid.values[at + 1] - others.values[position * 2 + 1])
                let distance = (x * x + y * y).squareRoot()
                return sum + (distance.isFinite ? distance : 2)
            }
            return sum / Double(count)
        }
    }

    /// The mean over images of where each position reads.
    private static func average(of grid: Tensor<Float>) -> Tensor<Float> {
        let images = grid.shape[0], count = grid.values.count / images
        let sums = (0..<count).map { place in
            (0..<images).reduce(0.0) { $0 + Double(grid.values[$1 * count + place]) }
        }
        return Tensor(Shape(Array(grid.shape.dimensions.dropFirst())), sums.map { Float($0 / Double(images)) })
    }
}
