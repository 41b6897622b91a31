import ArgumentParser
import Datasets
import SpatialTransformers
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

/// What is done to every image; shared by all commands that read images.
struct DistortionOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Distort every image, in training and test, by the seed: none, rotation, rotation-scale-translation (which "
                + "enlarges images by half), projection or elastic. Default: none, or as in training.",
            valueName: "kind"), completion: .list(Distortion.allCases.map(\.rawValue)))
    var distort: String?
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

    @OptionGroup var distortion: DistortionOption

    func record(in values: inout SettingValues) {
        values.set(.dataDirectory, directory.dataDirectory)
        values.set(.difficulty, difficulty)
        values.set(.imageSize, imageSize)
        badImages.record(in: &values)
        values.set(.distort, distortion.distort)
    }
}

/// What the network is.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network: seed, the tutorial's widened for colour; tutorial, as it stands there; "
                + "paper-cnn or paper-fcn, those of the paper's first table; residual, the smallest ResNet for CIFAR-10. Default: seed.",
            valueName: "name"),
        completion: .list(ModelChoice.allCases.map(\.rawValue)))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "The spatial transformer: translation, rotation, attention, similarity, affine, projective, thin-plate-spline, "
                + "cpab, displacement-field, or none for the classifier alone, to compare with. Default: affine.",
            valueName: "kind"), completion: .list(TransformChoice.allCases.map(\.rawValue)))
    var transform: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "transform thin-plate-spline (2 to 16) and displacement-field (1 to 64): points a side; more bend finer. "
                + "Default: 4, for the field 6.", valueName: "count"))
    var controlPoints: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "transform cpab: cells a side, 1 to 8; more bend finer. Default: 3.", valueName: "count"))
    var cells: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Transformers one after another, each refining what the last one saw; matrices alone. Default: 1.",
            valueName: "count"))
    var series: String?

    @Flag(
        inversion: .prefixedNo,
        help: "series: let one localization network look again and again, as a recurrent one. Default: no.")
    var sharedPredictor: Bool?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Transformers side by side, each beginning at a part of the image, their results as further channels: attention, "
                + "similarity, affine, projective. Default: 1.", valueName: "count"))
    var parallel: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Rows and columns of what the transformer passes on, as 24x24; smaller is faster, and right for crops. "
                + "Default: the image's.", valueName: "HxW"))
    var transformedSize: String?

    @Flag(
        inversion: .prefixedNo,
        help: """
            Whether -1 and 1 mean the centres of the border pixels rather than the outer edges of the image. Default: no, \
            PyTorch's own.
            """)
    var alignCorners: Bool?

    @Option(
        help: ArgumentHelp(
            "How images are read between their pixels: bilinear, bicubic (sharper) or nearest (nothing to learn from). "
                + "Default: bilinear.", valueName: "mode"), completion: .list(SamplingMode.allCases.map(\.rawValue)))
    var sampling: String?

    @Option(
        help: ArgumentHelp(
            "What is read beyond the image: zeros (a grey frame on normalised images), background (black), border, reflection "
                + "or wrap. Default: zeros, as in the tutorial.", valueName: "kind"),
        completion: .list(PaddingChoice.allCases.map(\.rawValue)))
    var padding: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Average where the transformer looks from further away, so that nothing flickers. Default: no.")
    var antialias: Bool?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Keeps each number of the transformation within this distance of the identity, by tanh. Default: no bounds.",
            valueName: "number"))
    var bounds: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Lets each number of the transformation begin up to this far from the identity, at random: against transformers that "
                + "never leave it. Default: 0.", valueName: "number"))
    var initialSpread: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Multiplies the gradient on its way into the localization network; below 1 the transformer moves only when many "
                + "images agree. Default: 1.", valueName: "number"))
    var gradientScale: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Weight of a penalty on departing from the identity: pulls the transformer back where the classes do not care. "
                + "Default: 0.", valueName: "number"))
    var departurePenalty: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Weight of a penalty on zooming in or out: against transformers that collapse to a point or to a speck. Default: 0.",
            valueName: "number"))
    var scalePenalty: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Weight of a penalty on turning parts of the image over: for thin-plate-spline and displacement-field. Default: 0.",
            valueName: "number"))
    var foldingPenalty: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Epochs at the beginning in which the localization network does not learn, so that the classifier can guide it "
                + "afterwards. Default: 0.", valueName: "count"))
    var freezeEpochs: String?

    func record(in values: inout SettingValues) {
        values.set(.model, model)
        values.set(.transform, transform)
        values.set(.controlPoints, controlPoints)
        values.set(.cells, cells)
        values.set(.series, series)
        values.set(.sharedPredictor, sharedPredictor.map(String.init))
        values.set(.parallel, parallel)
        values.set(.transformedSize, transformedSize)
        values.set(.alignCorners, alignCorners.map(String.init))
        values.set(.sampling, sampling)
        values.set(.padding, padding)
        values.set(.antialias, antialias.map(String.init))
        values.set(.bounds, bounds)
        values.set(.initialSpread, initialSpread)
        values.set(.gradientScale, gradientScale)
        values.set(.departurePenalty, departurePenalty)
        values.set(.scalePenalty, scalePenalty)
        values.set(.foldingPenalty, foldingPenalty)
        values.set(.freezeEpochs, freezeEpochs)
    }
}
