import ArgumentParser
import ModelFormats
import Training

/// `stn export`: a trained network in a file for other programs.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a trained network as ONNX, or its weights for PyTorch.",
        discussion: """
            onnx: the input is called images, float32 [N, channels, height, width] with pixels from 0 to 1 and any N; the mean \
            and deviation that the network was trained with are a part of the model. The first output is called logits \
            (or probabilities, log_probabilities, by --scores), [N, classes]; then θ, the transformation of each image. Class \
            names and settings are in the metadata. What ONNX cannot express is refused by name: cpab, --antialias, \
            --padding wrap.

            safetensors: the weights under PyTorch's names, in its layouts; load_state_dict takes them.

            EXAMPLES
              stn export runs/latest --format onnx -o model.onnx
              stn export weights.safetensors --format onnx --opset 20 --scores probabilities
              stn export runs/latest --format safetensors -o weights.safetensors
            """)

    @OptionGroup var source: CheckpointOptions

    @Option(
        help: ArgumentHelp("What to write.", valueName: "kind"),
        completion: .list(ModelExport.Format.allCases.map(\.rawValue)))
    var format: ModelExport.Format

    @Option(
        help: ArgumentHelp(
            "onnx: the version of its operators. Default: 16, which more programs read; 20 has a grid generator.",
            valueName: "version"), completion: .list(ONNXOperatorSet.allCases.map { "\($0.rawValue)" }))
    var opset: ONNXOperatorSet?

    @Option(
        help: ArgumentHelp(
            "onnx: what the first output holds. Default: logits.",
            valueName: "kind"), completion: .list(ONNXExport.Scores.allCases.map(\.rawValue)))
    var scores: ONNXExport.Scores?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file to write. Default: the run's or the weights' name with the format's ending, in the working folder.",
            valueName: "file"), completion: .file(extensions: ["onnx", "safetensors"]))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Also write the test images and what stn makes of them, as safetensors, to compare the model with.",
            valueName: "file"), completion: .file(extensions: ["safetensors"]))
    var outputs: String?

    func validate() throws {
        if format != .onnx, opset != nil {
            throw ValidationError("--opset means nothing with --format \(format.rawValue)")
        }
        if format != .onnx, scores != nil {
            throw ValidationError("--scores means nothing with --format \(format.rawValue)")
        }
        for (name, path) in [("--output", output), ("--outputs", outputs)] where path == "" {
            throw ValidationError("\(name) takes a file, not an empty name")
        }
    }

    func run() throws {
        let (location, settings) = try source.settings()
        let model = try ClassifierModel(loading: location, settings: settings, note: Diagnostics.note)
        var export = ModelExport(format)
        export.operatorSet = opset ?? export.operatorSet
        export.scores = scores ?? export.scores
        let path = output ?? export.defaultPath(for: location)
        try export.write(model, of: location, settings: settings, to: path)
        try DescriptorSink.standardOutput.write("wrote \(path)\n")
        guard let outputs else { return }
        let (_, configuration) = try source.resolve()
        let images = try configuration.dataset.load(seed: configuration.training.seed, note: Diagnostics.note).test
        try ExpectedOutputs(of: model, on: images).write(to: outputs)
        try DescriptorSink.standardOutput.write("wrote \(outputs)\n")
    }
}

extension ModelExport.Format: ExpressibleByArgument {}
extension ONNXOperatorSet: ExpressibleByArgument {}
extension ONNXExport.Scores: ExpressibleByArgument {}
