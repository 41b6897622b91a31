import ArgumentParser
import Reports

/// What becomes of a picture.
struct WarpTransformationOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Size of what one sees, one factor or one an axis; 0.8 makes it smaller, a negative one mirrors.",
            valueName: "S or X,Y"))
    var scale: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far the top leans to the right, for each unit of height.", valueName: "slope"))
    var shear: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Degrees, counterclockwise as one sees it; angles are kept on any picture.", valueName: "degrees"))
    var rotate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How much the right side and the bottom recede; 0.3 shrinks the right edge by 1.3 and magnifies the left "
                + "by 1/0.7.", valueName: "A,B"))
    var perspective: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "To the right and down, in widths and heights of the picture; of a volume also away, in depths.",
            valueName: "X,Y"))
    var shift: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "volume: degrees by which the bottom and the right side recede; before --rotate.", valueName: "X,Y"))
    var tilt: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "volume: how many pixels slices are apart, so that angles are kept. Default: 1.", valueName: "pixels"))
    var spacing: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A thin-plate spline by chance: its largest displacement, 0 to 1.", valueName: "amount"))
    var bend: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "A flow that never folds (CPAB) by chance: its largest velocity, 0 to 1.", valueName: "amount"))
    var flow: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A field of 16×16 displacements by chance: the largest, 0 to 1.", valueName: "amount"))
    var noise: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Decides what bend, flow and noise do.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp("A family by its name, in place of all the above; see --list.", valueName: "name"),
        completion: .list(TransformationFamily.all.map(\.name)))
    var transform: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The family's numbers: where to read, in −1 to 1 over the picture, y down.", valueName: "N,N,…"))
    var theta: String?

    @Flag(help: "Undo the transformation instead, where its family has inverses.")
    var inverse = false

    func record(in request: inout WarpRequest) {
        (request.scale, request.shear, request.rotate) = (scale, shear, rotate)
        (request.perspective, request.shift) = (perspective, shift)
        (request.tilt, request.spacing) = (tilt, spacing)
        (request.bend, request.flow, request.noise, request.seed) = (bend, flow, noise, seed)
        (request.transform, request.theta, request.inverse) = (transform, theta, inverse)
    }
}

/// How a picture is read, and to what size.
struct WarpReadingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("bilinear, nearest or bicubic.", valueName: "mode"),
        completion: .list(["bilinear", "nearest", "bicubic"]))
    var sampling = "bilinear"

    @Option(
        help: ArgumentHelp(
            "What lies around the picture: zeros (black), border, reflection, wrap, or a colour R,G,B of 0 to 255.",
            valueName: "kind"), completion: .list(["zeros", "border", "reflection", "wrap"]))
    var padding = "zeros"

    @Flag(help: "Let −1 and 1 be the centres of border pixels, not the picture's edges.")
    var alignCorners = false

    @Flag(help: "Average where a pixel of the result covers several of the picture.")
    var antialias = false

    @Option(
        help: ArgumentHelp(
            "Rows and columns of the result, as 240x320; of a volume slices before. Default: the picture's.",
            valueName: "HxW"))
    var size: String?

    func record(in request: inout WarpRequest) {
        (request.sampling, request.padding) = (sampling, padding)
        (request.alignCorners, request.antialias, request.size) = (alignCorners, antialias, size)
    }
}
