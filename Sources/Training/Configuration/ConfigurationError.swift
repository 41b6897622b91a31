import Tensors

/// What can be wrong with the settings of a run.
public enum ConfigurationError: UserFacingError, Equatable {
    /// A value that the setting does not take.
    case badValue(Setting, text: String, expected: String, suggestion: String?, origin: SettingOrigin)
    /// A setting that means nothing beside another's value.
    case contradiction(Setting, origin: SettingOrigin, reason: String)
    /// A choice that needs another setting beside it.
    case missing(Setting, neededBy: String, origin: SettingOrigin)
    /// No data set was named.
    case noDataset
    /// A file of weights that does not say what it was trained on, and no data set was named beside it.
    case noDatasetInWeights(path: String)
    /// A run's configuration without a data set, and none was named beside it.
    case noDatasetInRun(path: String)
    /// Weights for another number of classes than the data set has.
    case otherClasses(path: String, weights: [String], dataset: String, classes: [String])
    /// A data set that is neither built in nor a folder.
    case unknownDataset(String, suggestion: String?, origin: SettingOrigin)
    /// A key that is not a setting.
    case unknownKey(String, suggestion: String?, path: String, line: Int)
    /// A key that stands twice.
    case duplicateKey(String, path: String, line: Int)
    /// A file that is not a flat YAML mapping.
    case malformed(path: String, line: Int?, problem: String)
    /// A file that is not there or cannot be read.
    case unreadable(path: String, reason: String)

    /// Decides the exit code.
    public var category: ErrorCategory {
        switch self {
        case .badValue(_, _, _, _, let origin), .contradiction(_, let origin, _), .missing(_, _, let origin):
            origin.category
        case .unknownDataset(let name, _, let origin):
            // A path that leads nowhere is missing input, wherever it was given; a misspelt name is a mistake.
            name.contains("/") ? .missingInput : origin.category
        case .noDataset, .noDatasetInWeights: .usage
        case .otherClasses: .badData
        case .unknownKey, .duplicateKey, .malformed, .noDatasetInRun: .badConfiguration
        case .unreadable: .missingInput
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .badValue(let setting, let text, let expected, let suggestion, let origin):
            "\(origin.spelling(of: setting)) takes \(expected), not '\(oneLine(text))'\(hint(suggestion))"
        case .contradiction(let setting, let origin, let reason):
            "\(origin.spelling(of: setting)) \(oneLine(reason, limit: 400))"
        case .missing(let setting, let choice, let origin):
            origin == .flag
                ? "--\(choice) needs --\(setting.rawValue)"
                : "\(origin.spelling(of: setting)) is missing beside \(choice)"
        case .noDataset:
            "no data set given; say cifar10, mnist, fashion-mnist, glyphs or a folder of images"
        case .noDatasetInWeights(let path):
            "\(path) does not say what it was trained on; add --dataset cifar10, mnist, fashion-mnist, glyphs or a"
                + " folder of images"
        case .noDatasetInRun(let path):
            "\(path) names no data set, as if it had been emptied; put it back, or add --dataset and the other options of"
                + " training"
        case .otherClasses(let path, let weights, let dataset, let classes):
            "\(path) was trained on \(weights.count) classes (\(oneLine(weights.joined(separator: ", ")))), but"
                + " \(oneLine(dataset, limit: 400)) has \(classes.count) (\(oneLine(classes.joined(separator: ", "))));"
                + " name the data set it belongs to with --dataset"
        case .unknownDataset(let name, _, let origin) where name.contains("/") && origin != .flag:
            "\(origin.spelling(of: .dataset)): there is no folder \(oneLine(name, limit: 400));"
                + " put it back, or name its new place: stn train FOLDER, stn evaluate RUN --dataset FOLDER"
        case .unknownDataset(let name, let suggestion, let origin):
            "\(origin.spelling(of: .dataset)) '\(oneLine(name))' is none of cifar10, mnist, fashion-mnist, glyphs,"
                + " and no folder\(hint(suggestion))"
        case .unknownKey(let key, let suggestion, let path, let line):
            "\(path):\(line): unknown key '\(oneLine(key))'\(hint(suggestion))"
        case .duplicateKey(let key, let path, let line):
            "\(path):\(line): key '\(oneLine(key))' stands twice; delete one"
        case .malformed(let path, let line, let problem):
            "\(path)\(line.map { ":\($0)" } ?? ""): \(oneLine(problem))"
        case .unreadable(let path, let reason):
            "cannot read configuration file \(path): \(reason); check its path and permissions"
        }
    }

    private func hint(_ suggestion: String?) -> String { suggestion.map { "; did you mean '\($0)'?" } ?? "" }
}
