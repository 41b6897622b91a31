import ArgumentParser
import Training

/// `stn evaluate`: the figures of a checkpoint on test images.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Print the accuracy and loss of a checkpoint on the test images.",
        discussion: """
            Dropout is off and nothing is written. With --json the output is one line, \
            {"accuracy":…,"loss":…,"correct":…,"total":…}; accuracy is from 0 to 1, the loss is the mean cross entropy \
            in nats.

            A .safetensors file that lies outside its run says itself what it was trained on; one that PyTorch's save_file \
            wrote does not, and needs --dataset.

            EXAMPLES
              stn evaluate runs/latest
              stn evaluate runs/mnist-affine-001/checkpoints/last.safetensors --json
              stn evaluate weights.safetensors --dataset cifar10
            """)

    @OptionGroup var source: CheckpointOptions

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let (location, configuration) = try source.resolve()
        let images = try configuration.dataset.load(seed: configuration.training.seed, note: Diagnostics.note)
        let model = try ClassifierModel(loading: location, for: configuration, dataset: images)
        let result = try Evaluation.run(
            model, on: images.test, normalization: images.normalization,
            batchSize: configuration.training.batchSize)
        let report = EvaluationReport(result)
        try DescriptorSink.standardOutput.write((json ? report.json : report.text) + "\n")
    }
}
