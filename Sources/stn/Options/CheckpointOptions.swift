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
            "cifar10, mnist, fashion-mnist, glyphs, or a folder of images. Default: what the run was trained on.",
            valueName: "data set"), completion: .list(DatasetRequest.builtIn.map(\.name)))
    var dataset: String?

    @OptionGroup var directory: DataDirectoryOption

    @Option(help: ArgumentHelp("Threads to use. Default: one for each core.", valueName: "count"))
    var threads: String?

    /// The checkpoint with the run's settings under the options'.
    func resolve() throws -> (location: CheckpointLocation, configuration: RunConfiguration) {
        let location = try CheckpointLocation(checkpoint)
        var flags = SettingValues()
        flags.set(.dataset, dataset)
        flags.set(.dataDirectory, directory.dataDirectory)
        flags.set(.threads, threads)
        let settings = try location.settings() ?? SettingValues()
        return (location, try RunConfiguration(resolving: settings.overridden(by: flags)))
    }
}
