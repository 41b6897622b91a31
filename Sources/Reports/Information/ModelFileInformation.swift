import Foundation
import Interchange
import ModelFormats
import Training

/// What files of networks and of their training hold.
enum ModelFileInformation {
    private typealias Entry = InformationValue.Entry

    static func safetensors(_ path: String) throws -> [InformationValue.Entry] {
        try Seal.check(path)
        let (metadata, tensors) = try SafetensorsFile.outline(of: path)
        return [
            Entry("metadata", .texts(metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
            Entry("numbers", .integer(tensors.reduce(0) { $0 + $1.shape.count })),
            Entry("bytes", .integer(tensors.reduce(0) { $0 + $1.shape.count * $1.type.byteCount })),
            Entry(
                "tensors",
                .table(
                    columns: ["name", "type", "shape"],
                    rows: tensors.map { [.text($0.name), .text($0.type.rawValue), .integers($0.shape.dimensions)] })),
        ]
    }

    static func onnx(_ path: String) throws -> [InformationValue.Entry] {
        let model = try ONNXSummary(contentsOf: path)
        func table(_ values: [ONNXSummary.Value]) -> InformationValue {
            .table(
                columns: ["name", "type", "shape"],
                rows: values.map { value in
                    // A name stands for an extent that is free.
                    let extents = value.extents.map { Int($0).map(InformationValue.integer) ?? .text($0) }
                    return [.text(value.name), .text(value.type), .list(extents)]
                })
        }
        return [
            Entry("producer", .text(model.producer)),
            Entry("ir_version", .integer(model.intermediateRepresentation)),
            Entry("operator_sets", .record(model.operatorSets.map { Entry($0.domain, .integer($0.version)) })),
            Entry("metadata", .texts(model.metadata.map { ($0.key, $0.value) })),
            Entry("inputs", table(model.inputs)), Entry("outputs", table(model.outputs)),
            Entry("nodes", .integer(model.operators.reduce(0) { $0 + $1.count })),
            Entry(
                "operators",
                .table(
                    columns: ["operator", "nodes"], rows: model.operators.map { [.text($0.type), .integer($0.count)] })),
            Entry("tensors", table(model.tensors)),
        ]
    }

    static func events(_ path: String) throws -> [InformationValue.Entry] {
        let events = try EventSummary(contentsOf: path)
        let rows = events.series.map { series -> [InformationValue] in
            [
                .text(series.tag), .text(series.kind), .integer(series.count), .integer(series.firstStep),
                .integer(series.lastStep), series.lastValue.map { .number(Double($0)) } ?? .text(""),
            ]
        }
        return [
            Entry("version", .text(events.fileVersion)), Entry("events", .integer(events.eventCount)),
            Entry("first_written", .text(events.times.map { time($0.lowerBound) } ?? "")),
            Entry("last_written", .text(events.times.map { time($0.upperBound) } ?? "")),
            Entry("resumed_at_steps", .integers(events.resumedAt)), Entry("cut_off", .flag(events.isCutOff)),
            Entry(
                "series",
                .table(columns: ["tag", "kind", "values", "first_step", "last_step", "last_value"], rows: rows)),
        ]
    }

    /// The time in UTC; "" for one that no calendar holds.
    private static func time(_ seconds: Double) -> String {
        guard (0..<253_402_300_800).contains(seconds) else { return "" }
        return Date(timeIntervalSince1970: seconds).formatted(.iso8601)
    }
}
