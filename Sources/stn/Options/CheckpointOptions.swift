import ArgumentParser
import Training

/// A checkpoint, and the data set to run it on.
struct CheckpointOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A run's folder, which stands for its best weights, or a .safetensors file.",
            valueName: "run or file"),
        completion: .file())
    var checkpoint: String

    @Option(
        help: ArgumentHelp(
            "cifar10, mnist, fashion-mnist, glyphs, or a folder of images. Default: what the weights were trained on.",
            valueName: "data set"), completion: .list(DatasetRequest.builtIn.map(\.name)))
    var dataset: String?

    @Option(
        help: ArgumentHelp(
            "The spatial transformer, as in training. Default: what the run or the file says, else what its tensors show.",
            valueName: "kind"), completion: .list(TransformChoice.allCases.map(\.rawValue)))
    var transform: String?

    @Option(
        help: ArgumentHelp(
            "The network, as in training. Default: what the run or the file says, else seed.", valueName: "name"),
        completion: .list(ModelChoice.allCases.map(\.rawValue)))
    var model: String?

    @Flag(
        inversion: .prefixedNo,
        help: "As in training, where neither the run nor the file says. Default: no, PyTorch's own.")
    var alignCorners: Bool?

    @Option(
        help: ArgumentHelp(
            "Folders: the side in pixels of the images in training. Default: what the run or the file says, else 64.",
            valueName: "pixels"))
    var imageSize: String?

    @Option(
        help: ArgumentHelp(
            "glyphs: easy, normal or hard. Default: what the run or the file says, else normal.",
            valueName: "level"),
        completion: .list(["easy", "normal", "hard"]))
    var difficulty: String?

    @OptionGroup var badImages: BadImagesOption

    @OptionGroup var distortion: DistortionOption

    @OptionGroup var directory: DataDirectoryOption

    @Option(
        help: ArgumentHelp(
            "float32 or mixed. Default: what the run was trained with, else float32.", valueName: "kind"),
        completion: .list(["float32", "mixed"]))
    var precision: String?

    @Option(help: ArgumentHelp("Threads to use. Default: one for each core.", valueName: "count"))
    var threads: String?

    /// The checkpoint with the run's settings under the options', checked.
    func resolve() throws -> (location: CheckpointLocation, configuration: RunConfiguration) {
        let (location, settings) = try settings()
        if settings[.dataset] == nil { throw location.noDataset }
        return (location, try RunConfiguration(resolving: settings))
    }

    /// The checkpoint with the run's settings under the options'.
    func settings() throws -> (location: CheckpointLocation, settings: SettingValues) {
        let location = try CheckpointLocation(checkpoint)
        try location.requireIntactWeights()
        var flags = SettingValues()
        flags.set(.dataset, dataset)
        flags.set(.dataDirectory, directory.dataDirectory)
        flags.set(.difficulty, difficulty)
        flags.set(.imageSize, imageSize)
        badImages.record(in: &flags)
        flags.set(.distort, distortion.distort)
        flags.set(.model, model)
        flags.set(.transform, transform)
        flags.set(.alignCorners, alignCorners.map(String.init))
        flags.set(.precision, precision)
        flags.set(.threads, threads)
        return (location, try location.settings().overridden(by: flags))
    }
}
