import ArgumentParser
import Training

/// `stn visualize`: pictures of what a transformer does.
struct VisualizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visualize",
        abstract: "Draw test images beside what the spatial transformer makes of them.",
        discussion: """
            EXAMPLES
              stn visualize runs/latest
              stn visualize runs/latest --count 64 --output before-after.png
            """)

    @OptionGroup var source: CheckpointOptions

    @Option(
        help: ArgumentHelp("The picture's file. Default: in the run's figures folder.", valueName: "file"),
        completion: .file(extensions: ["png"]))
    var output: String?

    @Option(help: ArgumentHelp("Images to draw, 1 to 1024; 32 fill a screen.", valueName: "count"))
    var count = 32

    func validate() throws {
        guard (1...1024).contains(count) else {
            throw ValidationError("--count takes 1 to 1024, not \(count)")
        }
    }

    func run() throws {
        let (location, configuration) = try source.resolve()
        let request = VisualizationRequest(
            checkpoint: location, configuration: configuration, output: output, count: count)
        for path in try Backend.current.visualize(request) {
            try DescriptorSink.standardOutput.write("wrote \(path)\n")
        }
    }
}
