import ArgumentParser
import Training

/// `stn import`: weights from PyTorch, with a description of what they are.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take over weights from PyTorch.",
        discussion: """
            The file is what this writes, for a network whose layers have the names that stn's have (those of PyTorch's \
            tutorial):

              from safetensors.torch import save_file
              save_file(model.state_dict(), "weights.safetensors")

            The result holds the same weights, and says which network they are of and what it was trained on, so that stn's \
            other commands take it as it is. Networks that were trained before PyTorch 1.3, or with align_corners=True, read \
            differently at the borders: say --legacy-align-corners.

            EXAMPLES
              stn import tutorial.safetensors --model tutorial --dataset mnist -o digits.safetensors
              stn import old.safetensors --model seed --dataset cifar10 --legacy-align-corners -o old-stn.safetensors
            """)

    @Argument(
        help: ArgumentHelp("A .safetensors file.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
    var source: String

    @Option(
        help: ArgumentHelp("The network.", valueName: "name"), completion: .list(ModelChoice.allCases.map(\.rawValue)))
    var model: String

    @Option(
        help: ArgumentHelp(
            "What it was trained on: cifar10, mnist, fashion-mnist, glyphs, or a folder of images.",
            valueName: "data set"),
        completion: .list(DatasetRequest.builtIn.map(\.name)))
    var dataset: String

    @Option(
        help: ArgumentHelp("The spatial transformer, as in training. Default: affine.", valueName: "kind"),
        completion: .list(TransformChoice.allCases.map(\.rawValue)))
    var transform: String?

    @Flag(help: "It was trained before PyTorch 1.3, or with align_corners=True.")
    var legacyAlignCorners = false

    @Option(
        help: ArgumentHelp(
            "Folders: the side in pixels of the images in training. Default: 64.", valueName: "pixels"))
    var imageSize: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var output: String

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output takes a file, not an empty name") }
    }

    func run() throws {
        var settings = SettingValues()
        settings.set(.model, model)
        settings.set(.dataset, dataset)
        settings.set(.transform, transform)
        settings.set(.imageSize, imageSize)
        if legacyAlignCorners { settings.set(.alignCorners, "true") }
        let taken = try ModelImport(RunConfiguration(resolving: settings))
            .run(from: source, to: output, note: Diagnostics.note)
        try DescriptorSink.standardOutput.write("wrote \(output), \(taken) numbers\n")
    }
}
