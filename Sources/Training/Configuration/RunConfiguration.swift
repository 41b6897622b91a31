import Execution

/// What the training loop itself needs to know.
public struct TrainingConfiguration: Sendable, Equatable {
    /// Passes over the training images.
    public var epochs: Int
    /// Images a step.
    public var batchSize: Int
    /// The update rule and its constants.
    public var optimizer: OptimizerSettings
    /// How the learning rate goes.
    public var schedule: LearningRateSchedule
    /// Epochs at the beginning in which localization networks do not learn.
    public var frozenEpochs = 0
    /// How much of every label is spread over all classes; none, as in the tutorial.
    public var labelSmoothing = 0.0
    /// What happens when a step comes to a number that is not finite or beyond all use; it stops the run by default.
    public var onNonfinite = NonfiniteResponse.stop
    /// What initial weights, the order of images and dropout are drawn by.
    public var seed: UInt64

    /// A configuration; every default is that of PyTorch's spatial transformer tutorial, so that curves compare, except
    /// the number of epochs: 50 instead of 20, as CIFAR-10 is harder to learn than the tutorial's MNIST.
    public init(
        epochs: Int = 50, batchSize: Int = 64, optimizer: OptimizerSettings = .init(),
        schedule: LearningRateSchedule = .constant, seed: UInt64 = 0
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.seed = seed
    }
}

/// A complete run, as `config.yaml` holds it: data, model, training, and how it is followed.
public struct RunConfiguration: Sendable, Equatable {
    /// The images.
    public var dataset: DatasetRequest
    /// The network; the tutorial's, whose curve is the one to compare with.
    public var model = ModelChoice.seed
    /// The spatial transformer before it.
    public var transformer = TransformerSettings()
    /// The loop's settings.
    public var training = TrainingConfiguration()
    /// What products are computed in; float32 by default, which differs from PyTorch by rounding only.
    public var precision = Precision.float32
    /// Threads to use, nil for all cores; results do not depend on it.
    public var threads: Int?
    /// Batches between two lines of the log; 500 as in the tutorial.
    public var logInterval = 500
    /// Epochs between two sheets of pictures, 0 for none; 10 gives five over the default 50 epochs.
    public var figureEvery = 10
    /// Steps between two checkpoints to go on from, besides the one after each epoch; nil, the default, for that one alone: an
    /// epoch is a few minutes at most, Ctrl-C saves anyway, and each save writes the weights three times with Adam.
    public var saveEvery: Int?

    /// A run on a data set with all defaults.
    public init(dataset: DatasetRequest) { self.dataset = dataset }

    /// The name of the model in run folders.
    public var modelName: String {
        let transform = transformer.choice == .none ? nil : transformer.choice.rawValue
        guard model != .seed else { return transform ?? "cnn" }
        return [model.rawValue, transform].compactMap(\.self).joined(separator: "-")
    }

    /// Checks settings as they were given and fills in the defaults.
    ///
    /// - Parameters:
    ///   - values: The settings.
    ///   - folderMayBeGone: Whether a folder of images that is not there passes: by default not, as a run needs its images.
    /// - Throws: ``ConfigurationError`` for the first value out of range or the first contradiction.
    public init(resolving values: SettingValues, folderMayBeGone: Bool = false) throws(ConfigurationError) {
        let reader = SettingReader(values: values)
        self.init(dataset: try reader.dataset(folderMayBeGone: folderMayBeGone))
        model = try reader.choice(.model) ?? model
        transformer = try reader.transformer()
        if let size = transformer.transformedSize, let value = values[.transformedSize] {
            // What is passed on is what the classifier sees.
            let smallest = model.smallestImageSide(with: .none)
            guard min(size.height, size.width) >= smallest else {
                throw .badValue(
                    .transformedSize, text: value.text,
                    expected: "at least \(smallest)x\(smallest) with model \(model.rawValue)", suggestion: nil,
                    origin: value.origin)
            }
        }
        training.epochs = try reader.integer(.epochs, 1...1_000_000) ?? training.epochs
        training.batchSize = try reader.integer(.batchSize, 1...65_536) ?? training.batchSize
        training.optimizer = try reader.optimizer()
        training.schedule = try reader.schedule()
        training.frozenEpochs = transformer.frozenEpochs
        training.labelSmoothing = try reader.number(.labelSmoothing, 0...1) ?? training.labelSmoothing
        training.onNonfinite = try reader.choice(.onNonfinite) ?? training.onNonfinite
        training.seed = try reader.seed(.seed) ?? training.seed
        precision = try reader.choice(.precision) ?? precision
        threads = try reader.integer(.threads, 1...1024)
        logInterval = try reader.integer(.logInterval, 1...1_000_000_000) ?? logInterval
        figureEvery = try reader.integer(.figureEvery, 0...1_000_000) ?? figureEvery
        saveEvery = try reader.integer(.saveEvery, 1...1_000_000_000)
    }

    /// Each setting with its text, in the order of `config.yaml`; what does not apply is left out.
    public var entries: [(setting: Setting, text: String)] {
        var entries: [(setting: Setting, text: String)] = [(.dataset, dataset.text)]
        func add(_ setting: Setting, _ value: (some CustomStringConvertible)?) {
            if let value { entries.append((setting, value.description)) }
        }
        add(.dataDirectory, dataset.dataDirectory)
        add(.difficulty, dataset.difficulty?.rawValue)
        add(.imageSize, dataset.imageSize)
        if dataset.isFolder { add(.skipBad, dataset.skipsBadImages) }
        add(.distort, dataset.distortion.rawValue)
        add(.model, model.rawValue)
        entries += transformer.entries
        add(.epochs, training.epochs)
        add(.batchSize, training.batchSize)
        add(.optimizer, training.optimizer.kind.rawValue)
        add(.learningRate, training.optimizer.learningRate)
        if transformer.choice != .none { add(.localizationRate, training.optimizer.localizationRate) }
        if training.optimizer.kind == .sgd { add(.momentum, training.optimizer.momentum) }
        add(.weightDecay, training.optimizer.weightDecay)
        add(.schedule, training.schedule.name.rawValue)
        if case .step(let size, let gamma) = training.schedule {
            add(.stepSize, size)
            add(.gamma, gamma)
        }
        add(.labelSmoothing, training.labelSmoothing)
        add(.onNonfinite, training.onNonfinite.rawValue)
        add(.precision, precision.rawValue)
        add(.seed, training.seed)
        add(.threads, threads)
        add(.logInterval, logInterval)
        add(.figureEvery, figureEvery)
        add(.saveEvery, saveEvery)
        return entries
    }
}

/// The schedules by the names they have on the command line.
public enum ScheduleName: String, Sendable, CaseIterable {
    case constant
    case step
    case cosine
    case oneCycle = "one-cycle"
}

extension LearningRateSchedule {
    /// The schedule's name on the command line.
    public var name: ScheduleName {
        switch self {
        case .constant: .constant
        case .step: .step
        case .cosine: .cosine
        case .oneCycle: .oneCycle
        }
    }
}

extension SettingReader {
    fileprivate func optimizer() throws(ConfigurationError) -> OptimizerSettings {
        let kind = try choice(.optimizer, as: OptimizerKind.self) ?? .sgd
        try refuse(
            .momentum, unless: kind == .sgd,
            "means nothing with optimizer \(kind.rawValue), which has its own betas")
        return OptimizerSettings(
            kind: kind, learningRate: try number(.learningRate, 0...1000, aboveLower: true),
            localizationRate: try number(.localizationRate, 0...1000) ?? 1, momentum: try momentum() ?? 0,
            weightDecay: try number(.weightDecay, 0...1000))
    }

    private func momentum() throws(ConfigurationError) -> Double? {
        // At 1 the buffer forgets nothing and the weights run away; the limit is the last useful value.
        try number(.momentum, 0...0.9999)
    }

    fileprivate func schedule() throws(ConfigurationError) -> LearningRateSchedule {
        let name = try choice(.schedule, as: ScheduleName.self) ?? .constant
        for setting in [Setting.stepSize, .gamma] {
            try refuse(
                setting, unless: name == .step,
                "means nothing with schedule \(name.rawValue); it belongs to schedule step")
        }
        switch name {
        case .constant: return .constant
        case .cosine: return .cosine
        case .oneCycle: return .oneCycle
        case .step:
            guard let given = values[.schedule] else { preconditionFailure("schedule step is never the default") }
            guard let size = try integer(.stepSize, 1...1_000_000) else {
                throw .missing(.stepSize, neededBy: "schedule step", origin: given.origin)
            }
            // A tenth, PyTorch's default.
            return .step(size: size, gamma: try number(.gamma, 0...1, aboveLower: true) ?? 0.1)
        }
    }
}
