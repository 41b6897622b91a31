import ArgumentParser
import Reports
import Training

/// `stn warp`: transformations of pictures, with no network.
struct WarpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warp",
        abstract: "Turn, bend or otherwise transform pictures, with no network.",
        discussion: """
            Options say what becomes of the picture one sees. They are applied in this order, whatever the order they are \
            given in: scale, shear, rotate, perspective, shift, all about the middle and in one reading; then bend, flow \
            and noise, each a pass of its own. --transform gives θ itself, which says where to read: the inverse. --print \
            shows the θ of what the other options say.

            Pictures are PNG or JPEG, results PNG; a file that is there already is replaced, but never an input. Several \
            pictures go into a folder under their own names.

            With --volume the pictures are the slices of one volume, the nearest first: it is scaled, tilted, rotated and \
            shifted in space, and its slices go into a folder, or on one sheet where --output ends in .png.

            EXAMPLES
              stn warp photo.jpg --rotate 30 --scale 0.8 -o turned.png
              stn warp photo.jpg --scale -1,1 -o mirrored.png
              stn warp a.png b.png --bend 0.1 --seed 7 --padding border -o bent/
              stn warp photo.jpg --rotate 20 --padding border --mask -o turned.png
              stn warp photo.jpg --size 120x160 --antialias -o small.png
              stn warp photo.jpg --transform affine --theta 0.5,0,0.2,0,0.5,0 -o closer.png
              stn warp --sample --flow 0.2 --grid -o flow.png
              stn warp scan/*.png --volume --tilt 0,30 --spacing 2.5 -o turned/
              stn warp --list -o families.png
            """)

    @Argument(
        help: ArgumentHelp("PNG or JPEG files.", valueName: "image"),
        completion: .file(extensions: ["png", "jpg", "jpeg"]))
    var images: [String] = []

    @OptionGroup(title: "Transformations") var transformation: WarpTransformationOptions
    @OptionGroup(title: "Reading") var reading: WarpReadingOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The result's file, or the folder of several.", valueName: "file or folder"),
        completion: .file(extensions: ["png"]))
    var output: String?

    @Flag(help: "Draw the picture under the lines of the sampling grid, beside the result.")
    var grid = false

    @Flag(
        help: """
            Write NAME-mask.png beside each result, too: white where it was read inside the picture, black where beyond.
            """)
    var mask = false

    @Flag(name: .customLong("print"), help: "Print θ, and what it means in words.")
    var printsTheta = false

    @Flag(help: "Take a picture that the program draws.")
    var sample = false

    @Flag(help: "Take the pictures as the slices of one volume.")
    var volume = false

    @Flag(help: "Name all transformations; with --output draw an example of each, on the picture or the sample.")
    var list = false

    @OptionGroup var quiet: QuietOption

    func validate() throws {
        if sample, !images.isEmpty { throw ValidationError("--sample takes the place of pictures; drop one") }
        if list {
            if images.count > 1 { throw ValidationError("--list draws on one picture, not \(images.count)") }
            if volume || mask { throw ValidationError("--list draws examples; drop it, or --volume and --mask") }
            return
        }
        if !sample, images.isEmpty { throw ValidationError("no picture given; name some, or say --sample") }
        if output == nil, !printsTheta { throw ValidationError("say where the result goes with --output") }
        if output == nil, grid { throw ValidationError("--grid needs --output, to say where it is drawn") }
        if output == nil, mask { throw ValidationError("--mask needs --output, to say where it lies") }
        if mask, grid || volume { throw ValidationError("--mask is of a picture's warp alone; drop it, or the others") }
        if volume, grid { throw ValidationError("--grid draws on a picture; drop it, or --volume") }
        if output == "" { throw ValidationError("--output takes a file or folder, not an empty name") }
    }

    func run() throws {
        if list {
            for line in TransformationFamily.lines { try show(line) }
            if output == nil { return }
        }
        if volume { return try warpVolume() }
        let warp = try request.resolved()
        let jobs = try WarpJob.all(inputs: images, output: output, withMasks: mask)
        // The line that each job ends with is progress enough on the same terminal.
        let bar = quiet.bar("warping", count: Terminal.current().outputIsTerminal ? 0 : jobs.count)
        defer { bar.clear() }
        for (number, job) in jobs.enumerated() {
            bar.show(number)
            let picture = try job.picture()
            if printsTheta {
                for line in try warp.lines(for: picture) { try show(line) }
            }
            guard let output = job.output else { continue }
            let result =
                list
                ? try TransformationFamily.sheet(of: picture)
                : grid ? try warp.figure(of: picture) : try warp.apply(to: picture)
            try job.write(result)
            try show("wrote \(output)")
            if mask, let path = try job.write(mask: warp.mask(of: picture)) { try show("wrote \(path)") }
        }
    }

    private func warpVolume() throws {
        let warp = try request.resolvedForVolumes()
        let job = VolumeJob(inputs: images, output: output)
        try job.check(slices: warp.depth ?? images.count)
        let volume = try job.volume()
        if printsTheta {
            for line in try warp.lines(for: volume) { try show(line) }
        }
        if output == nil { return }
        if let written = try job.write(warp.apply(to: volume)) { try show("wrote \(written)") }
    }

    private var request: WarpRequest {
        var request = WarpRequest()
        transformation.record(in: &request)
        reading.record(in: &request)
        return request
    }

    private func show(_ line: String) throws { try DescriptorSink.standardOutput.write(line + "\n") }
}
