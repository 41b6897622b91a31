import ArgumentParser
import Reports
import Training

/// `stn predict`: what a trained network says of images.
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Say what images show: the likeliest classes, and what the transformer did.",
        discussion: """
            Images are PNG or JPEG files, folders, which are walked in the order of names, or - for standard input. An image \
            of any size will do: transparency is laid over white, grey and colour are turned into one another as the network \
            needs it, and the whole image is stretched to the network's size, as the images of a folder are in training.

            Each image gives a line on standard output: its name, the likeliest class with its probability, the next ones, and \
            the window that the transformer reads. An image that cannot be read gives a line on standard error and holds \
            nothing else up; the exit code then is 65, or 66 for one that is not there.

            Weights that stn train wrote say themselves what images they take. Older ones, and those that PyTorch's save_file \
            wrote, need --dataset or what belongs to it.

            EXAMPLES
              stn predict runs/latest photo.png
              stn predict runs/latest digits/ --csv > digits.csv
              stn predict runs/latest scan.png --invert --top 5
              stn predict runs/latest photo.png --save-aligned aligned/ --enlarge 8
              curl -s https://example.org/a.png | stn predict runs/latest - --json
            """)

    @OptionGroup var source: CheckpointOptions

    @Argument(
        help: ArgumentHelp("PNG or JPEG files, folders of them, or - for standard input.", valueName: "image"),
        completion: .file(extensions: ["png", "jpg", "jpeg"]))
    var images: [String]

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Classes to name for each image, 1 to 1000; more than there are means all.", valueName: "count"))
    var top = 3

    @Flag(help: "Invert images: for networks that learnt light on dark, as MNIST is, and scans of dark on light.")
    var invert = false

    @Flag(help: "Print an object of JSON for each image.")
    var json = false

    @Flag(help: "Print comma-separated values under a line of names.")
    var csv = false

    @Option(
        help: ArgumentHelp(
            "Save what the transformer makes of each image as a PNG in this folder, which is made if need be.",
            valueName: "folder"), completion: .directory)
    var saveAligned: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Save each pixel of those as a square of so many pixels a side, 1 to 64.", valueName: "factor"))
    var enlarge = 1

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        if json, csv { throw ValidationError("--json and --csv contradict each other; drop one") }
        guard (1...1000).contains(top) else { throw ValidationError("--top takes 1 to 1000, not \(top)") }
        guard (1...64).contains(enlarge) else { throw ValidationError("--enlarge takes 1 to 64, not \(enlarge)") }
        if enlarge != 1, saveAligned == nil { throw ValidationError("--enlarge needs --save-aligned") }
        if saveAligned == "" { throw ValidationError("--save-aligned takes a folder, not an empty name") }
    }

    func run() throws {
        let (location, settings) = try source.settings()
        let model = try ClassifierModel(loading: location, settings: settings, note: Diagnostics.note)
        let run = try PredictionRun(
            Predictor(model, top: top, inverts: invert), on: images, format: json ? .json : csv ? .csv : .text,
            alignedFolder: saveAligned, enlargement: enlarge)
        // Lines on the same terminal are progress enough, and would be drawn over.
        let showsLines = Terminal.current().outputIsTerminal
        let bar = quiet.bar("predicting", count: showsLines ? 0 : run.imageCount)
        let summary = try run.start(DescriptorSink.standardOutput, problem: Failure.say, progress: bar.show)
        bar.clear()
        if let saveAligned, summary.classified > 0 {
            let pictures = summary.classified == 1 ? "1 picture" : "\(grouped(Double(summary.classified))) pictures"
            if !quiet.quiet { Diagnostics.note("wrote \(pictures) into \(saveAligned)") }
        } else {
            quiet.suggest("stn predict \(source.checkpoint) IMAGE --save-aligned aligned/ --enlarge 4")
        }
        if let worst = summary.worst { throw ExitCode(worst.exitCode) }
    }
}
