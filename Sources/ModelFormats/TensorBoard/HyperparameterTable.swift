import SwiftProtobuf

/// The settings of a run for TensorBoard's table of hyperparameters, which compares runs.
///
/// Each is a value for the add-on `hparams` under a tag of its own.
package enum HyperparameterTable {
    /// The add-on's name.
    private static let plugin = "hparams"

    /// What columns the table has: the settings and the metrics.
    ///
    /// - Parameters:
    ///   - settings: Name and text; a text that is a number or a truth value is one in the table.
    ///   - metrics: Tags of scalars.
    ///   - seconds: Since 1970.
    /// - Returns: The value under its tag.
    /// - Throws: What swift-protobuf throws for a message above 2 GiB.
    package static func experiment(
        settings: [(name: String, text: String)], metrics: [String], at seconds: Double
    ) throws -> (tag: String, value: EventValue) {
        try value("experiment") { data in
            data.experiment.timeCreatedSecs = seconds
            data.experiment.hparamInfos = settings.map { setting in
                .with {
                    $0.name = setting.name
                    $0.type = Self.type(of: setting.text)
                }
            }
            data.experiment.metricInfos = metrics.map { tag in
                .with {
                    $0.name.tag = tag
                    $0.datasetType = .datasetValidation
                }
            }
        }
    }

    /// The run's own settings.
    package static func start(
        settings: [(name: String, text: String)], at seconds: Double
    ) throws -> (tag: String, value: EventValue) {
        try value("session_start_info") { data in
            data.sessionStartInfo.startTimeSecs = seconds
            for setting in settings { data.sessionStartInfo.hparams[setting.name] = Self.cell(setting.text) }
        }
    }

    /// How the run ended.
    package static func end(succeeded: Bool, at seconds: Double) throws -> (tag: String, value: EventValue) {
        try value("session_end_info") { data in
            data.sessionEndInfo.status = succeeded ? .success : .failure
            data.sessionEndInfo.endTimeSecs = seconds
        }
    }

    private static func value(
        _ name: String, _ fill: (inout Tensorboard_Hparams_HParamsPluginData) -> Void
    ) throws -> (tag: String, value: EventValue) {
        var data = Tensorboard_Hparams_HParamsPluginData()
        fill(&data)
        return ("_hparams_/\(name)", .plugin(name: plugin, content: try data.serializedBytes()))
    }

    private static func cell(_ text: String) -> Google_Protobuf_Value {
        if let number = number(text) { return .with { $0.numberValue = number } }
        if let truth = Bool(text) { return .with { $0.boolValue = truth } }
        return .with { $0.stringValue = text }
    }

    private static func type(of text: String) -> Tensorboard_Hparams_DataType {
        number(text) != nil ? .float64 : Bool(text) != nil ? .bool : .string
    }

    /// A finite number in digits; a folder called "inf" is none.
    private static func number(_ text: String) -> Double? {
        text.contains(where: \.isNumber) ? Double(text).flatMap { $0.isFinite ? $0 : nil } : nil
    }
}
