import Interchange
import ModelFormats
import SpatialTransformers
import TestSupport
import Testing

/// What ONNX Runtime computes from our files, against the library.
@Suite(.enabled(if: Python.peers != nil, Comment(rawValue: Python.peersMissing)))
struct ONNXRuntimeTests {
    @Test(arguments: ONNXOperatorSet.allCases)
    func everyReadyMadeNetworkWithEveryFamilyGivesTheSame(_ operators: ONNXOperatorSet) throws {
        try check(ONNXCase.readyMade, operators)
    }

    @Test(arguments: ONNXOperatorSet.allCases)
    func everyLayerAndOptionGivesTheSame(_ operators: ONNXOperatorSet) throws {
        try check(ONNXCase.options, operators)
    }

    @Test func aWrongWeightIsNoticed() throws {
        let network = try ONNXCase.options[0].classifier()
        try withScratchFolder { folder in
            try write(network, ONNXCase.options[0], ONNXExport(), to: folder)
            let bias = try #require(network.executor.parameters.entries.last)
            let changed = network.executor.parameters.tensor(bias).values.map { $0 + 1e-3 }
            network.executor.parameters.assign(Tensor(bias.specification.shape, changed), to: bias)
            try ONNXExport().model(of: network).write(to: folder + "/0.onnx")
            #expect(try #require(Python.peers).run(tool: "check_onnx.py", [folder]).exitCode == 1)
        }
    }

    private func check(_ cases: [ONNXCase], _ operators: ONNXOperatorSet) throws {
        try withScratchFolder { folder in
            for network in cases {
                var export = ONNXExport()
                export.operatorSet = operators
                try write(try network.classifier(), network, export, to: folder, named: network.name)
            }
            let (exitCode, output) = try #require(Python.peers).run(tool: "check_onnx.py", [folder])
            #expect(exitCode == 0, "\(output)")
            #expect(output.contains("\(cases.count) of \(cases.count) models agree"), "\(output)")
        }
    }

    /// Writes the model, images, and what the library makes of them.
    private func write(
        _ classifier: Classifier, _ network: ONNXCase, _ export: ONNXExport, to folder: String, named name: String = "0"
    ) throws {
        let channels = network.input[2]
        var export = export
        // Off the values that a bug could mistake for none.
        export.normalization = (
            mean: (0..<channels).map { 0.3 + 0.1 * Float($0) }, deviation: (0..<channels).map { 0.5 - 0.1 * Float($0) }
        )
        try export.model(of: classifier).write(to: "\(folder)/\(name).onnx")
        let images = network.images(3)
        let expected = try ExpectedOutputs(of: classifier, images: images, normalization: export.normalization)
        try expected.file.write(to: "\(folder)/\(name).safetensors")
    }
}
