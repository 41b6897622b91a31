import ModelFormats
import SpatialTransformers
import TestSupport
import Testing

/// What stands in the file: names, shapes, operators and attributes.
@Suite struct ONNXStructureTests {
    private func model(
        _ network: some Layer, input: Shape = [8, 9, 3], _ change: (inout ONNXExport) -> Void = { _ in }
    ) throws -> Onnx_ModelProto {
        var export = ONNXExport()
        change(&export)
        return try export.model(of: try Classifier(network, input: input, seed: 1, threadCount: 1)).message
    }

    private var affine: Sequential {
        Sequential {
            SpatialTransformer {
                Flatten(); Linear(4)
            }; Flatten(); Linear(5)
        }
    }

    @Test func theHeaderSaysWhatTheFileNeeds() throws {
        for (operators, version) in [(ONNXOperatorSet.version16, Int64(8)), (.version20, 9)] {
            let model = try model(affine) {
                $0.operatorSet = operators
                $0.metadata = ["class_names": "a\nb", "accuracy": "0.5"]
            }
            #expect(model.irVersion == version)
            #expect(model.opsetImport.map(\.version) == [Int64(operators.rawValue)])
            #expect(model.metadataProps.map(\.key) == ["accuracy", "class_names"])
            #expect(model.metadataProps.last?.value == "a\nb")
        }
    }

    @Test func inputAndOutputsAreNamedWithAFreeBatch() throws {
        let graph = try model(affine).graph
        #expect(graph.input.map(shape) == ["images [N, 3, 8, 9]"])
        #expect(graph.output.map(shape) == ["logits [N, 5]", "theta [N, 6]"])
        #expect(graph.output.allSatisfy { $0.type.tensorType.elemType == 1 })
    }

    @Test func scoresMayBeProbabilities() throws {
        let types = [ONNXExport.Scores.logits: "Gemm", .probabilities: "Softmax", .logProbabilities: "LogSoftmax"]
        for (scores, type) in types {
            let graph = try model(affine) { $0.scores = scores }.graph
            #expect(graph.node.first { $0.output == [scores.outputName] }?.opType == type)
            #expect(graph.output.first?.name == scores.outputName)
        }
    }

    @Test func theOlderSetHasTheOlderNamesAndNoGridGenerator() throws {
        let older = try model(affine).graph, newer = try model(affine) { $0.operatorSet = .version20 }.graph
        #expect(!older.node.contains { $0.opType == "AffineGrid" })
        #expect(newer.node.count { $0.opType == "AffineGrid" } == 1)
        #expect(try attribute("mode", of: older) == "bilinear")
        #expect(try attribute("mode", of: newer) == "linear")
        #expect(try attribute("padding_mode", of: older) == "zeros")
    }

    @Test func cornersAndPaddingArePassedOn() throws {
        var options = TransformerOptions(sampling: .bicubic, alignCorners: true)
        options.padding = .reflection
        let network = Sequential {
            SpatialTransformer(.affine, options: options) {
                Flatten(); Linear(4)
            }; Flatten(); Linear(5)
        }
        let graph = try model(network).graph
        let sampler = try #require(graph.node.first { $0.opType == "GridSample" })
        #expect(sampler.attribute.first { $0.name == "align_corners" }?.i == 1)
        #expect(try attribute("padding_mode", of: graph) == "reflection")
        #expect(try attribute("mode", of: graph) == "bicubic")
    }

    @Test func normalisationsAreFoldedAndWhatIsForTrainingIsLeftOut() throws {
        let network = ReadyMade.residual(classes: 4)
        let graph = try model(network, input: [16, 16, 3]).graph
        #expect(!graph.node.contains { $0.opType == "BatchNormalization" || $0.opType == "Dropout" })
        let convolutions = graph.node.filter { $0.opType == "Conv" }
        #expect(convolutions.count == 11)
        #expect(convolutions.allSatisfy { $0.input.count == 3 })
    }

    @Test func pixelsAreNormalisedWithinTheModel() throws {
        let graph = try model(affine) { $0.normalization = ([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]) }.graph
        #expect(graph.node.prefix(2).map(\.opType) == ["Sub", "Div"])
        #expect(graph.initializer.first { $0.name == "mean" }?.dims == [3, 1, 1])
        #expect(graph.node[0].input == ["images", "mean"])
    }

    @Test func weightsHavePyTorchsNamesAndShapes() throws {
        let graph = try model(ReadyMade.seed(classes: 10), input: [32, 32, 3]).graph
        let dimensions = Dictionary(graph.initializer.map { ($0.name, $0.dims) }) { first, _ in first }
        #expect(dimensions["localization.0.weight"] == [64, 3, 7, 7])
        #expect(dimensions["fc_loc.2.bias"] == [6])
        #expect(dimensions["fc2.weight"] == [10, 1024])
    }

    @Test func aPredictorThatIsSharedIsStoredOnce() throws {
        let step = SpatialTransformer {
            Flatten(); Linear(4)
        }
        let network = Sequential {
            TransformerSeries(3, sharesPredictor: true, of: step); Flatten(); Linear(5)
        }
        let names = try model(network).graph.initializer.map(\.name)
        #expect(names.count { $0.hasPrefix("fc_loc.0.weight") } == 1)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: ONNXOperatorSet.allCases, ONNXCase.readyMade + ONNXCase.options)
    func everyValueIsMadeOnceAndBeforeItIsRead(_ operators: ONNXOperatorSet, _ network: ONNXCase) throws {
        let graph = try model(network.network, input: network.input) { $0.operatorSet = operators }.graph
        var known = Set(graph.initializer.map(\.name) + graph.input.map(\.name))
        #expect(known.count == graph.initializer.count + 1)
        for node in graph.node {
            #expect(node.input.allSatisfy(known.contains), "\(node.name)")
            for output in node.output { #expect(known.insert(output).inserted, "\(output)") }
        }
        #expect(graph.output.map(\.name).allSatisfy(known.contains))
        #expect(Set(graph.node.map(\.name)).count == graph.node.count)
    }

    @Test func equalModelsAreEqualBytes() throws {
        let classifier = try Classifier(affine, input: [8, 9, 3], seed: 1, threadCount: 1)
        let (first, second) = (try ONNXExport().model(of: classifier), try ONNXExport().model(of: classifier))
        #expect(try first.encoded() == second.encoded())
    }

    /// `name [N, 3, 8, 9]`.
    private func shape(_ value: Onnx_ValueInfoProto) -> String {
        let extents = value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
        return "\(value.name) [\(extents.joined(separator: ", "))]"
    }

    private func attribute(_ name: String, of graph: Onnx_GraphProto) throws -> String {
        let sampler = try #require(graph.node.first { $0.opType == "GridSample" })
        return String(decoding: try #require(sampler.attribute.first { $0.name == name }).s, as: UTF8.self)
    }
}
