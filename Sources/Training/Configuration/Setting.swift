import Tensors

/// The name of one setting of a run: the same word on the command line (`--batch-size`) and in `config.yaml`.
public enum Setting: String, Sendable, CaseIterable {
    case dataset
    case dataDirectory = "data-dir"
    case difficulty
    case imageSize = "image-size"
    case skipBad = "skip-bad"
    case distort
    case model
    case transform
    case controlPoints = "control-points"
    case cells
    case series
    case sharedPredictor = "shared-predictor"
    case parallel
    case transformedSize = "transformed-size"
    case alignCorners = "align-corners"
    case sampling
    case padding
    case antialias
    case bounds
    case initialSpread = "initial-spread"
    case gradientScale = "gradient-scale"
    case departurePenalty = "departure-penalty"
    case scalePenalty = "scale-penalty"
    case foldingPenalty = "folding-penalty"
    case freezeEpochs = "freeze-epochs"
    case epochs
    case batchSize = "batch-size"
    case optimizer
    case learningRate = "learning-rate"
    case localizationRate = "localization-rate"
    case momentum
    case weightDecay = "weight-decay"
    case schedule
    case stepSize = "step-size"
    case gamma
    case labelSmoothing = "label-smoothing"
    case onNonfinite = "on-nonfinite"
    case precision
    case seed
    case threads
    case logInterval = "log-interval"
    case figureEvery = "figure-every"
    case saveEvery = "save-every"

    /// The setting's name among the metadata of a file of weights.
    package var metadataKey: String { String(rawValue.map { $0 == "-" ? "_" : $0 }) }

    /// The settings that a file of weights is given: those that decide what the network is and what it was tested on.
    package static let inWeights: [Setting] = [
        .dataset, .difficulty, .imageSize, .distort, .model, .transform, .controlPoints, .cells, .series,
        .sharedPredictor, .parallel, .transformedSize, .alignCorners, .sampling, .padding, .antialias, .bounds, .seed,
    ]

    /// The setting that must have a certain value for this one to mean anything.
    var governor: Setting? {
        switch self {
        case .dataDirectory, .difficulty, .imageSize, .skipBad: .dataset
        case .controlPoints, .cells, .series, .sharedPredictor, .parallel, .transformedSize, .alignCorners, .sampling,
            .padding, .antialias, .bounds, .initialSpread, .gradientScale, .departurePenalty, .scalePenalty,
            .foldingPenalty, .freezeEpochs, .localizationRate:
            .transform
        case .momentum: .optimizer
        // Rates and decays suit one optimizer; they are not contradictory with another, so nothing governs them.
        case .stepSize, .gamma: .schedule
        default: nil
        }
    }
}

/// Where a setting was given.
public enum SettingOrigin: Sendable, Equatable {
    /// On the command line.
    case flag
    /// In a configuration file, at a line counted from 1.
    case file(path: String, line: Int)
    /// In what a file of weights says about itself.
    case weights(path: String)

    /// The setting as it was written there: `--epochs`, or `my.yaml:3: epochs`.
    func spelling(of setting: Setting) -> String {
        switch self {
        case .flag: setting == .dataset ? "the data set" : "--\(setting.rawValue)"
        case .file(let path, let line): "\(path):\(line): \(setting.rawValue)"
        case .weights(let path): "\(path): \(setting.metadataKey) in its metadata"
        }
    }

    /// What kind of trouble a wrong value is.
    var category: ErrorCategory {
        switch self {
        case .flag: .usage
        case .file: .badConfiguration
        case .weights: .badData
        }
    }
}

/// Settings as they were given, before anything is checked: some from a file, some from flags.
public struct SettingValues: Sendable, Equatable {
    /// A setting's text and where it stands.
    public struct Value: Sendable, Equatable {
        /// The text as given.
        public var text: String
        /// Where it was given.
        public var origin: SettingOrigin
    }

    private var values: [Setting: Value] = [:]

    /// No settings: a run with every default.
    public init() {}

    /// The value of one setting; nil where it was not given.
    public subscript(setting: Setting) -> Value? { values[setting] }

    /// Records a setting; nil text leaves it as it was.
    public mutating func set(_ setting: Setting, _ text: String?, origin: SettingOrigin = .flag) {
        if let text { values[setting] = Value(text: text, origin: origin) }
    }

    /// The same settings with those of `flags` laid over them.
    ///
    /// A file's settings that depended on a choice which a flag changes (its `step-size` when `--schedule cosine` is
    /// given) go with that choice; only what the user wrote together can contradict. A folder of images in place of
    /// another is no such change.
    public func overridden(by flags: SettingValues) -> SettingValues {
        var merged = self
        for setting in Setting.allCases {
            guard let governor = setting.governor, let chosen = flags.values[governor] else { continue }
            if Self.kind(chosen, of: governor) != Self.kind(values[governor], of: governor) {
                merged.values[setting] = nil
            }
        }
        merged.values.merge(flags.values) { _, flag in flag }
        return merged
    }

    /// The value as far as other settings depend on it: folders of images are all of one kind.
    private static func kind(_ value: Value?, of setting: Setting) -> String? {
        guard setting == .dataset, let text = value?.text else { return value?.text }
        return DatasetRequest.builtIn.contains { $0.name == text } ? text : "folder"
    }
}
