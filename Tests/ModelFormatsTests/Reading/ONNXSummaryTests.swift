import ModelFormats
import SpatialTransformers
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct ONNXSummaryTests {
    private func bytes() throws -> [UInt8] {
        var export = ONNXExport()
        export.metadata = ["class_names": "a\nb"]
        let network = Sequential {
            Conv2d(2, kernel: 3); Flatten(); Linear(2)
        }
        return try export.model(of: try Classifier(network, input: [4, 5, 1], seed: 1, threadCount: 1)).encoded()
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let summary = try ONNXSummary(parsing: try bytes(), named: "m")
        #expect(summary.intermediateRepresentation == 8)
        #expect(summary.operatorSets.map(\.domain) == ["ai.onnx"])
        #expect(summary.operatorSets.map(\.version) == [16])
        #expect((summary.inputs + summary.outputs).map(\.name) == ["images", "logits"])
        #expect((summary.inputs + summary.outputs).map(\.type) == ["float32", "float32"])
        #expect((summary.inputs + summary.outputs).map(\.extents) == [["N", "1", "4", "5"], ["N", "2"]])
        #expect(summary.operators.map(\.type) == ["Conv", "Flatten", "Gemm"])
        #expect(summary.tensors.map(\.name) == ["conv1.weight", "conv1.bias", "fc1.weight", "fc1.bias"])
        #expect(summary.tensors[0].extents == ["2", "1", "3", "3"])
        #expect(summary.metadata.map(\.value) == ["a\nb"])
    }

    @Test func whatIsNoModelIsRefused() throws {
        let model = try bytes()
        // A million empty nodes in two megabytes.
        let nodes = (0..<1_000_001).flatMap { _ in [0x0A, 0x00] as [UInt8] }
        let bomb = try Onnx_ModelProto.with { $0.irVersion = 8 }.serializedBytes() as [UInt8]
        let cases: [(String, [UInt8])] = [
            ("no version", []), ("no message", Array("a text file, which is none".utf8)),
            ("no message", Array(model.dropLast(3))), ("no version", [0x08, 0x08]),
            ("parts", bomb + [0x3A] + EventFile.varint(nodes.count) + nodes),
            ("no message", [0x08] + [UInt8](repeating: 0xFF, count: 11)), ("no message", [0x3A, 0x7F]),
        ]
        for (words, bytes) in cases {
            var refusal: ModelFormatError?
            do throws(ModelFormatError) { _ = try ONNXSummary(parsing: bytes, named: "m") } catch { refusal = error }
            #expect(refusal?.description.contains(words) == true, "\(words): \(refusal?.description ?? "accepted")")
            #expect(refusal?.category.exitCode == 65)
        }
    }

    @Test func arbitraryBytesAndDamagedModelsNeverTrap() throws {
        let model = try bytes()
        var generator = RandomStream(seed: 5, purpose: .testing).generator
        var refused = 0
        for round in 0..<2000 {
            var bytes =
                round % 2 == 0
                ? model : (0..<generator.integer(below: 64)).map { _ in UInt8(generator.integer(below: 256)) }
            for _ in 0..<4 where !bytes.isEmpty {
                bytes[generator.integer(below: bytes.count)] = UInt8(generator.integer(below: 256))
            }
            if (try? ONNXSummary(parsing: bytes, named: "m")) == nil { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test func strangersOperatorSetsTypesAndExtentsAreNamed() throws {
        var model = try Onnx_ModelProto(serializedBytes: try bytes())
        model.opsetImport.append(
            .with {
                $0.domain = "com.example"
                $0.version = 3
            })
        model.graph.input[0].type.tensorType.elemType = 99
        model.graph.input[0].type.tensorType.shape.dim[0] = Onnx_TensorShapeProto.Dimension()
        let summary = try ONNXSummary(parsing: try model.serializedBytes(), named: "m")
        #expect(summary.operatorSets.map(\.domain) == ["ai.onnx", "com.example"])
        #expect(summary.operatorSets.map(\.version) == [16, 3])
        #expect(summary.inputs[0].type == "type 99" && summary.inputs[0].extents == ["?", "1", "4", "5"])
    }
}
