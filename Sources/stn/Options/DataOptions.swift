import ArgumentParser
import Training

/// Where data sets are; shared by all commands that read images.
struct DataDirectoryOption: ParsableArguments {
    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp(
            "Where data sets are kept. Default: $STN_DATA_DIR, else $XDG_CACHE_HOME/stn, else ~/.cache/stn.",
            valueName: "folder"),
        completion: .directory)
    var dataDirectory: String?
}

/// What is done with a folder's images that cannot be read; shared by all commands that read folders.
struct BadImagesOption: ParsableArguments {
    @Flag(help: "Folders: leave unreadable images out and count them; otherwise they are an error.")
    var skipBad = false

    func record(in values: inout SettingValues) { values.set(.skipBad, skipBad ? "true" : nil) }
}

/// How the images of a run are made.
struct DataOptions: ParsableArguments {
    @OptionGroup var directory: DataDirectoryOption

    @Option(
        help: ArgumentHelp(
            "glyphs: how hard they are to tell apart; easy, normal or hard. Default: normal, on which a transformer "
                + "shows its worth.", valueName: "level"), completion: .list(["easy", "normal", "hard"]))
    var difficulty: String?

    @Option(
        help: ArgumentHelp(
            "Folders: the side in pixels of the square that images are resized to, 18 to 1024. Default: 64.",
            valueName: "pixels"))
    var imageSize: String?

    @OptionGroup var badImages: BadImagesOption

    func record(in values: inout SettingValues) {
        values.set(.dataDirectory, directory.dataDirectory)
        values.set(.difficulty, difficulty)
        values.set(.imageSize, imageSize)
        badImages.record(in: &values)
    }
}

/// What the network is.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The spatial transformer: affine, or none for the classifier alone, to compare with. Default: affine.",
            valueName: "kind"), completion: .list(["affine", "none"]))
    var transform: String?

    @Flag(
        inversion: .prefixedNo,
        help: """
            Whether -1 and 1 mean the centres of the border pixels rather than the outer edges of the image. Default: no, \
            PyTorch's own.
            """)
    var alignCorners: Bool?

    func record(in values: inout SettingValues) {
        values.set(.transform, transform)
        values.set(.alignCorners, alignCorners.map(String.init))
    }
}
