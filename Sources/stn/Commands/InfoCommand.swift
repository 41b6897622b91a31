import ArgumentParser
import Reports
import Training

/// `stn info`: what a file holds.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Print what a file or a run's folder holds.",
        discussion: """
            Weights (safetensors), ONNX models, TensorBoard's event files, CIFAR-10's .bin and IDX files, also gzipped, \
            pictures and run folders. The file is read with the care that one from a stranger needs, and not changed. With \
            --json the output is one line.

            EXAMPLES
              stn info runs/latest
              stn info runs/latest/checkpoints/best.safetensors
              stn info model.onnx --json
            """)

    @Argument(help: ArgumentHelp("A file, or a run's folder.", valueName: "file"), completion: .file())
    var path: String

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let information = try FileInformation(of: path)
        try DescriptorSink.standardOutput.write(json ? information.json(path: path) + "\n" : information.text)
    }
}
