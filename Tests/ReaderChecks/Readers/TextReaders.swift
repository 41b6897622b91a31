import Foundation
import Interchange
import Training

extension ReaderCheck {
    /// Configurations: what resolves is written as one that resolves to the same.
    package static let configuration = ReaderCheck("configuration") { bytes, _ in
        let values = try ConfigurationFile.parse(bytes, path: "config.yaml")
        // A folder that is gone passes, so that files decide alone and not this machine.
        let configuration = try RunConfiguration(resolving: values, folderMayBeGone: true)
        let text = try promised("writing it") { try ConfigurationFile.text(of: configuration) }
        let again = try promised("reading it again") {
            try RunConfiguration(
                resolving: try ConfigurationFile.parse(text, path: "config.yaml"), folderMayBeGone: true)
        }
        try require(again == configuration, "another configuration")
    }

    /// JSON: what is taken for JSON here is JSON to Foundation, which decodes the values.
    package static let json = ReaderCheck("json") { bytes, _ in
        if let flaw = JSONText.flaw(in: bytes) { throw Refusal(description: flaw) }
        _ = try promised("Foundation's opinion") {
            try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        }
    }

    /// The lines of `metrics.jsonl`: figures that a chart can hold.
    package static let metrics = ReaderCheck("metrics") { bytes, scratch in
        let lines = try RunFiles.lines(scratch.file("metrics.jsonl", of: bytes), as: EpochMetrics.self)
        for line in lines {
            try require(line.epoch > 0 && abs(line.testLoss) < 1e15 && abs(line.seconds) < 1e15, "no such epoch")
        }
        let ordered = RunRecord.ordered(lines, by: \.epoch).map(\.epoch)
        try require(ordered == Set(lines.map(\.epoch)).sorted(), "epochs are lost")
    }

    /// The lines of `evolution.jsonl`: θ for each image, and what is written again is read as the same.
    package static let evolution = ReaderCheck("evolution") { bytes, scratch in
        for line in try RunFiles.lines(scratch.file("evolution.jsonl", of: bytes), as: EvolutionLine.self) {
            try require(line.images.count == line.theta.count, "θ without an image")
            let written = line.json
            let path = scratch.file("again.jsonl", of: Array((written + "\n").utf8))
            let again = try promised("reading it again") { try RunFiles.lines(path, as: EvolutionLine.self) }
            // Not compared as values: what is not a number equals nothing.
            try require(again.map(\.json) == [written], "another line")
        }
    }

    /// `environment.json`.
    package static let environment = ReaderCheck("environment") { bytes, scratch in
        let path = scratch.file("environment.json", of: bytes)
        guard let value = try RunFiles.value(path, as: RunEnvironment.self) else {
            throw BrokenPromise("a file that is there is not found")
        }
        let text = try promised("writing it") { try value.json }
        let again = try promised("reading it again") {
            try RunFiles.value(scratch.file("again.json", of: Array(text.utf8)), as: RunEnvironment.self)
        }
        try require(again == value, "another environment")
    }
}
