import Imaging
import SpatialTransformers

/// What to do to pictures or volumes, as it is written on a command line; nil where nothing is said.
public struct WarpRequest: Sendable {
    /// Motions of what one sees, in the order in which they are applied; see ``PictureWarp``.
    public var scale, shear, rotate, perspective, shift: String?
    /// Of volumes alone: angles about the horizontal and the vertical axis, and how many pixels slices are apart.
    public var tilt, spacing: String?
    /// Sizes of distortions drawn by chance, in widths and heights of the picture.
    public var bend, flow, noise: String?
    /// Decides what distortions are drawn.
    public var seed: UInt64 = 0
    /// A family by name, and its θ.
    public var transform, theta: String?
    /// How the picture is read; what is said by default is the library's default.
    public var sampling = "bilinear", padding = "zeros"
    /// See ``Sampler``.
    public var alignCorners = false, antialias = false
    /// Rows × columns of the result, "240x320", of volumes slices before; the picture's own by default.
    public var size: String?
    /// Whether the warp is undone instead.
    public var inverse = false

    /// Nothing: the identity.
    public init() {}

    /// The warp.
    ///
    /// - Throws: ``WarpError`` for values that cannot be had or contradict one another.
    public func resolved() throws(WarpError) -> PictureWarp {
        if let (option, _) = [("--tilt", tilt), ("--spacing", spacing)].first(where: { $0.1 != nil }) {
            throw .contradiction("\(option) is for volumes; say --volume, or for pictures --perspective")
        }
        return PictureWarp(
            motion: try motion(), others: try distortions() + [try named()].compactMap(\.self),
            sampling: try samplingMode(), padding: try samplingPadding(),
            corners: CornerConvention(alignCorners: alignCorners), antialias: antialias, size: try outputSize(),
            inverse: inverse)
    }

    private func motion() throws(WarpError) -> WarpMotion? {
        if [scale, shear, rotate, perspective, shift].allSatisfy({ $0 == nil }) { return nil }
        var motion = WarpMotion()
        if let scale {
            let needs = "one factor or X,Y, not 0 and from 0.001 to 1000 in size"
            let factors = try WarpNumbers.parse(scale, of: "--scale", counts: 1...2, needs: needs)
            guard factors.allSatisfy({ abs($0) >= 0.001 }) else {
                throw .unsuitableValue(option: "--scale", value: scale, needs: needs)
            }
            motion.scale = (factors[0], factors[factors.count - 1])
        }
        if let shear { motion.shear = try number(shear, of: "--shear", limit: 1000) }
        if let rotate { motion.degrees = try number(rotate, of: "--rotate", limit: 1e6) }
        if let perspective { motion.tilt = try pair(perspective, of: "--perspective") }
        if let shift { motion.shift = try pair(shift, of: "--shift") }
        return motion
    }

    func number(_ text: String, of option: String, limit: Double) throws(WarpError) -> Double {
        try WarpNumbers.parse(
            text, of: option, counts: 1...1, limit: limit, needs: "a number from -\(Int(limit)) to \(Int(limit))")[0]
    }

    private func pair(_ text: String, of option: String) throws(WarpError) -> (x: Double, y: Double) {
        let numbers = try WarpNumbers.parse(
            text, of: option, counts: 2...2, needs: "two numbers X,Y from -1000 to 1000")
        return (numbers[0], numbers[1])
    }

    private func distortions() throws(WarpError) -> [WarpStep] {
        var steps: [WarpStep] = []
        for (kind, text) in zip(WarpDistortion.allCases, [bend, flow, noise]) {
            guard let text else { continue }
            let needs = "a size from 0 to 1, in widths and heights of the picture"
            let amount = try WarpNumbers.parse(text, of: kind.option, counts: 1...1, limit: 1, needs: needs)[0]
            guard amount >= 0 else { throw .unsuitableValue(option: kind.option, value: text, needs: needs) }
            steps.append(kind.step(amount: amount, seed: seed))
        }
        return steps
    }

    private func named() throws(WarpError) -> WarpStep? {
        guard let transform else {
            if theta == nil { return nil }
            throw .contradiction("--theta needs --transform, to say what the numbers mean")
        }
        guard let theta else {
            throw .contradiction("--transform needs --theta; stn warp --list tells how many numbers")
        }
        let friendly = [scale, shear, rotate, perspective, shift, bend, flow, noise]
        guard friendly.allSatisfy({ $0 == nil }) else {
            throw .contradiction("--transform says all there is to do; drop it, or the other transformations")
        }
        let numbers = try WarpNumbers.parse(
            theta, of: "--theta", counts: 1...8192, limit: 1e6, needs: "numbers from -1000000 to 1000000, as 1,0,0.5")
        return WarpStep(try TransformationFamily.member(named: transform, count: numbers.count), theta: numbers)
    }

    func samplingMode() throws(WarpError) -> SamplingMode {
        guard let mode = SamplingMode(rawValue: sampling) else {
            throw .unsuitableValue(option: "--sampling", value: sampling, needs: "bilinear, nearest or bicubic")
        }
        return mode
    }

    func samplingPadding() throws(WarpError) -> SamplingPadding {
        let named: [String: SamplingPadding] = [
            "zeros": .zeros, "border": .border, "reflection": .reflection, "wrap": .wrap,
        ]
        if let padding = named[padding] { return padding }
        let needs = "zeros, border, reflection, wrap or a colour R,G,B of 0 to 255"
        let color = try WarpNumbers.parse(padding, of: "--padding", counts: 3...3, limit: 255, needs: needs)
        guard color.allSatisfy({ $0 >= 0 }) else {
            throw .unsuitableValue(option: "--padding", value: padding, needs: needs)
        }
        return .constant(color.map { Float($0 / 255) })
    }

    private func outputSize() throws(WarpError) -> (height: Int, width: Int)? {
        guard let size else { return nil }
        let limits = ImageLimits.default
        let sides = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.count == 2, sides.allSatisfy({ (1...limits.side).contains($0) }),
            sides[0] * sides[1] <= limits.pixels
        else {
            throw .unsuitableValue(
                option: "--size", value: size,
                needs: "rows and columns, as 240x320: up to \(limits.side) a side and \(limits.pixels) in all")
        }
        return (sides[0], sides[1])
    }
}
