import Foundation
import ModelFormats
import SwiftProtobuf
import Testing

/// The messages' field numbers and types are what other programs read: bytes written by hand from the standards.
@Suite struct MessageTests {
    @Test func anAttributeOfZeroIsWritten() throws {
        var attribute = Onnx_AttributeProto()
        (attribute.name, attribute.type, attribute.i) = ("axis", .int, 0)
        let bytes: [UInt8] = [0x0A, 4] + Array("axis".utf8) + [0x18, 0, 0xA0, 0x01, 2]
        #expect(try attribute.serializedBytes() as [UInt8] == bytes)
        #expect(try Onnx_AttributeProto(serializedBytes: bytes).hasI)
    }

    @Test func aModelHasItsFieldsWhereTheStandardSays() throws {
        var model = Onnx_ModelProto()
        model.irVersion = 8
        model.opsetImport = [.with { $0.version = 16 }]
        model.graph = .with {
            $0.initializer = [
                .with { ($0.dims, $0.dataType, $0.name, $0.rawData) = ([1], 1, "w", Data([0, 0, 128, 63])) }
            ]
            $0.input = [.with { $0.name = "x" }]
        }
        let tensor: [UInt8] = [0x08, 1, 0x10, 1, 0x42, 1, 0x77, 0x4A, 4, 0, 0, 128, 63]
        let graph: [UInt8] = [0x2A, UInt8(tensor.count)] + tensor + [0x5A, 3, 0x0A, 1, 0x78]
        let bytes: [UInt8] = [0x08, 8, 0x3A, UInt8(graph.count)] + graph + [0x42, 2, 0x10, 16]
        #expect(try model.serializedBytes() as [UInt8] == bytes)
    }

    @Test func anEventHasItsFieldsWhereTensorBoardReadsThem() throws {
        let event = Tensorboard_Event.with {
            ($0.wallTime, $0.step) = (1, 2)
            $0.summary = .with { $0.value = [.with { ($0.tag, $0.simpleValue) = ("loss", 1) }] }
        }
        let value: [UInt8] = [0x0A, 4] + Array("loss".utf8) + [0x15, 0, 0, 128, 63]
        let bytes: [UInt8] =
            [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 2, 0x2A, UInt8(value.count + 2), 0x0A, UInt8(value.count)]
            + value
        #expect(try event.serializedBytes() as [UInt8] == bytes)
    }

    @Test func hyperparametersAreAMapOfValues() throws {
        let content = Tensorboard_Hparams_HParamsPluginData.with {
            $0.sessionStartInfo = .with { $0.hparams = ["lr": Google_Protobuf_Value(numberValue: 1)] }
        }
        let bytes: [UInt8] = [
            0x1A, 17, 0x0A, 15, 0x0A, 2, 0x6C, 0x72, 0x12, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,
        ]
        #expect(try content.serializedBytes() as [UInt8] == bytes)
    }
}
