import Training

extension ReportSection {
    /// Configuration and environment of a run.
    static func setup(_ record: RunRecord) -> ReportSection {
        let settings = Setting.allCases.compactMap { setting in
            record.settings[setting].map { (setting.rawValue, $0.text) }
        }
        return ReportSection("setup", "How it was trained") {
            Markup("details") {
                Markup("summary") { "Configuration, \(settings.count) settings" }
                list(settings)
                Markup.note(
                    "Do it again with stn train --config \(record.path)/config.yaml. What is not listed has its default."
                )
            }
            if let environment = record.environment {
                Markup("details") {
                    Markup("summary") { "Environment, \(environment.processor)" }
                    list([
                        ("program", "stn \(environment.version), Swift \(environment.swift)"),
                        ("processor", environment.processor), ("kernels", environment.instructionSet),
                        ("threads", "\(environment.threads)"), ("system", environment.system),
                        ("started", environment.date),
                    ])
                }
            }
        }
    }

    private static func list(_ pairs: [(String, String)]) -> Markup {
        Markup("dl", ["class": "settings"]) {
            for (name, value) in pairs {
                Markup("dt") { name }
                Markup("dd") { value }
            }
        }
    }
}
