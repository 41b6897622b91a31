import SpatialTransformers

/// Which spatial transformer stands before the classifier, by the names on the command line.
public enum TransformChoice: String, Sendable, CaseIterable {
    /// No transformer: the classifier alone, to compare with.
    case none
    /// A shift: two numbers.
    case translation
    /// A turn, as the paper's for rotated digits: one number.
    case rotation
    /// A window, shifted and scaled, as the paper's attention: three numbers.
    case attention
    /// A window that may turn: four numbers.
    case similarity
    /// Any translation, rotation, scale and shear: six numbers.
    case affine
    /// A plane in perspective: eight numbers.
    case projective
    /// A smooth warp by K×K control points, 4×4 as in the paper unless told otherwise: 2·K² numbers.
    case thinPlateSpline = "thin-plate-spline"
    /// A warp that cannot fold, by a flow over 3×3 cells unless told otherwise.
    case continuousPiecewiseAffine = "cpab"
    /// Displacements of a lattice of K×K points, 6×6 unless told otherwise: 2·K² numbers.
    case displacementField = "displacement-field"

    /// The library's name for the choice.
    ///
    /// - Parameters:
    ///   - controlPoints: Points a side of a spline or a displacement field; nil takes the family's default.
    ///   - cells: Cells a side of a flow; nil takes its default.
    /// - Returns: The family; nil for no transformer.
    public func family(controlPoints: Int? = nil, cells: Int? = nil) -> (any Transformation)? {
        switch self {
        case .none: nil
        case .translation: Translation()
        case .rotation: Rotation()
        case .attention: Attention()
        case .similarity: Similarity()
        case .affine: AffineTransform()
        case .projective: Projective()
        case .thinPlateSpline: controlPoints.map { ThinPlateSpline(controlPoints: $0) } ?? ThinPlateSpline()
        case .continuousPiecewiseAffine:
            cells.map { ContinuousPiecewiseAffine(cells: $0) } ?? ContinuousPiecewiseAffine()
        case .displacementField: DisplacementField(height: controlPoints ?? 6, width: controlPoints ?? 6)
        }
    }

    /// How many control points a side the family can have; nil where it has none.
    var controlPointLimits: ClosedRange<Int>? {
        switch self {
        case .thinPlateSpline: ThinPlateSpline.controlPointLimits
        case .displacementField: 1...64
        default: nil
        }
    }

    /// Whether a series of them is one of them.
    var isComposable: Bool {
        switch self {
        case .none, .thinPlateSpline, .continuousPiecewiseAffine, .displacementField: false
        default: true
        }
    }

    /// Whether they can begin at a part of the image.
    var isWindow: Bool {
        switch self {
        case .attention, .similarity, .affine, .projective: true
        default: false
        }
    }
}

/// What a transformer reads beyond the image, by the names on the command line.
public enum PaddingChoice: String, Sendable, CaseIterable {
    /// The mean colour, since images are normalised: a grey frame.
    case zeros
    /// The nearest pixel of the border.
    case border
    /// The image mirrored.
    case reflection
    /// The image repeated.
    case wrap
    /// Black, as the normalisation maps it.
    case background

    /// The library's padding for images that are normalised in a certain way.
    func padding(mean: [Float], deviation: [Float]) -> SamplingPadding {
        switch self {
        case .zeros: .zeros
        case .border: .border
        case .reflection: .reflection
        case .wrap: .wrap
        case .background: .background(mean: mean, deviation: deviation)
        }
    }
}

/// The transformer of a run: what it learns, how it reads, and what keeps it from running away.
///
/// Every default is what PyTorch's tutorial does, so that curves compare.
public struct TransformerSettings: Sendable, Equatable {
    /// What is learned; affine, which is what the program is for.
    public var choice = TransformChoice.affine
    /// Points a side of a spline or a displacement field; nil takes the family's default.
    public var controlPoints: Int?
    /// Cells a side of a flow; nil takes its default.
    public var cells: Int?
    /// How many there are; one, as in the tutorial.
    public var arrangement = TransformerArrangement.single
    /// Rows and columns of what is passed on; nil for the image's.
    public var transformedSize: ImageSize?
    /// Whether −1 and 1 are the centres of the border pixels; PyTorch's default since 1.3 is false.
    public var alignCorners = false
    /// How the image is read between its pixels.
    public var sampling = SamplingMode.bilinear
    /// What is read beyond the image.
    public var padding = PaddingChoice.zeros
    /// Whether output pixels that cover several of the input average over them.
    public var antialias = false
    /// How far each number of θ may go from the identity, nil for as far as it likes.
    public var bounds: Double?
    /// How far from the identity each number of θ may begin, by chance.
    public var initialSpread = 0.0
    /// What the gradient is multiplied by on its way into the localization network.
    public var gradientScale = 1.0
    /// The weight of the penalty on grids that depart from the identity.
    public var departurePenalty = 0.0
    /// The weight of the penalty on grids that zoom in or out.
    public var scalePenalty = 0.0
    /// The weight of the penalty on grids that fold.
    public var foldingPenalty = 0.0
    /// Epochs at the beginning in which the localization network does not learn.
    public var frozenEpochs = 0

    /// The tutorial's transformer.
    public init() {}

    /// What is learned, within its bounds; nil for no transformer.
    public var transformation: (any Transformation)? {
        guard let family = choice.family(controlPoints: controlPoints, cells: cells) else { return nil }
        return bounds.map { Self.bounded(family, by: Float($0)) } ?? family
    }

    private static func bounded(_ family: some Transformation, by reach: Float) -> any Transformation {
        family.bounded(by: reach)
    }

    /// The library's options for images that are normalised in a certain way; `seed` decides where θ begins.
    public func options(mean: [Float], deviation: [Float], seed: UInt64) -> TransformerOptions {
        var options = TransformerOptions(sampling: sampling, alignCorners: alignCorners)
        if initialSpread > 0 { options.start = .perturbed(by: Float(initialSpread), seed: seed) }
        options.outputSize = transformedSize.map { ($0.height, $0.width) }
        options.padding = padding.padding(mean: mean, deviation: deviation)
        options.antialias = antialias
        options.gradientScale = Float(gradientScale)
        let penalties: [(GridPenalty, Double)] = [
            (.departure, departurePenalty), (.scale(area: 1), scalePenalty), (.folding(margin: 0), foldingPenalty),
        ]
        options.penalties = penalties.filter { $0.1 > 0 }.map { ($0.0, Float($0.1)) }
        return options
    }
}

extension SettingReader {
    /// The transformer, or the first contradiction: without a transformer its settings mean nothing.
    func transformer() throws(ConfigurationError) -> TransformerSettings {
        var settings = TransformerSettings()
        settings.choice = try choice(.transform) ?? settings.choice
        for setting in Setting.allCases where setting.governor == .transform {
            try refuse(setting, unless: settings.choice != .none, "means nothing with transform none")
        }
        try arrange(&settings)
        settings.alignCorners = try flag(.alignCorners) ?? settings.alignCorners
        settings.sampling = try choice(.sampling) ?? settings.sampling
        settings.padding = try choice(.padding) ?? settings.padding
        settings.antialias = try flag(.antialias) ?? settings.antialias
        settings.bounds = try number(.bounds, 0...1000, aboveLower: true)
        settings.initialSpread = try number(.initialSpread, 0...1) ?? settings.initialSpread
        if case .parallel = settings.arrangement {
            try refuse(.initialSpread, unless: false, "means nothing with parallel, which begin at parts of the image")
        }
        settings.gradientScale = try number(.gradientScale, 0...1000) ?? settings.gradientScale
        settings.departurePenalty = try number(.departurePenalty, 0...1_000_000) ?? settings.departurePenalty
        settings.scalePenalty = try number(.scalePenalty, 0...1_000_000) ?? settings.scalePenalty
        settings.foldingPenalty = try number(.foldingPenalty, 0...1_000_000) ?? settings.foldingPenalty
        settings.frozenEpochs = try integer(.freezeEpochs, 0...1_000_000) ?? settings.frozenEpochs
        return settings
    }

    /// How fine the family is, how many transformers there are, and what they pass on.
    private func arrange(_ settings: inout TransformerSettings) throws(ConfigurationError) {
        let name = settings.choice.rawValue, pointLimits = settings.choice.controlPointLimits
        try refuse(
            .controlPoints, unless: pointLimits != nil,
            "means nothing with transform \(name), only with thin-plate-spline and displacement-field")
        if let pointLimits { settings.controlPoints = try integer(.controlPoints, pointLimits) }
        try refuse(
            .cells, unless: settings.choice == .continuousPiecewiseAffine,
            "means nothing with transform \(name), only with cpab")
        settings.cells = try integer(.cells, ContinuousPiecewiseAffine.cellLimits)
        settings.arrangement = try arrangement(of: settings.choice)
        settings.transformedSize = try imageSize(.transformedSize)
    }

    private func arrangement(of choice: TransformChoice) throws(ConfigurationError) -> TransformerArrangement {
        let steps = try integer(.series, 1...16) ?? 1, parts = try integer(.parallel, 1...16) ?? 1
        try refuse(.sharedPredictor, unless: steps > 1, "means nothing without a series of 2 and more")
        try refuse(
            .series, unless: steps == 1 || choice.isComposable,
            "is for matrices, which can be multiplied, not for transform \(choice.rawValue)")
        try refuse(
            .parallel, unless: parts == 1 || choice.isWindow,
            "needs transform attention, similarity, affine or projective, which can begin at a part of the image")
        try refuse(.parallel, unless: parts == 1 || steps == 1, "and series are two ways; drop one")
        if parts > 1 { return .parallel(parts) }
        return steps > 1 ? .series(steps, sharesPredictor: try flag(.sharedPredictor) ?? false) : .single
    }
}

extension TransformerSettings {
    /// Each setting with its text; what is at a default that versions before knew nothing else of is left out, as their runs
    /// could not be resumed otherwise.
    var entries: [(setting: Setting, text: String)] {
        if choice == .none { return [(.transform, choice.rawValue)] }
        var entries: [(setting: Setting, text: String)] = [(.transform, choice.rawValue)]
        if let controlPoints { entries.append((.controlPoints, "\(controlPoints)")) }
        if let cells { entries.append((.cells, "\(cells)")) }
        switch arrangement {
        case .single: break
        case .series(let count, let sharesPredictor):
            entries += [(.series, "\(count)"), (.sharedPredictor, "\(sharesPredictor)")]
        case .parallel(let count): entries.append((.parallel, "\(count)"))
        }
        if let transformedSize { entries.append((.transformedSize, transformedSize.description)) }
        entries += [
            (.alignCorners, "\(alignCorners)"), (.sampling, sampling.rawValue),
            (.padding, padding.rawValue), (.antialias, "\(antialias)"),
        ]
        if let bounds { entries.append((.bounds, "\(bounds)")) }
        if initialSpread > 0 { entries.append((.initialSpread, "\(initialSpread)")) }
        return entries + [
            (.gradientScale, "\(gradientScale)"), (.departurePenalty, "\(departurePenalty)"),
            (.scalePenalty, "\(scalePenalty)"), (.foldingPenalty, "\(foldingPenalty)"),
            (.freezeEpochs, "\(frozenEpochs)"),
        ]
    }
}
