import Datasets
import Imaging
import SpatialTransformers

/// A warp that is applied to pictures of any size.
///
/// The motions (scale, then shear, rotation, perspective and shift) are one transformation, so that the picture is read
/// once for all of them. Each distortion behind them is a pass of its own over the result.
public struct PictureWarp: Sendable {
    /// Nil where nothing moves.
    let motion: WarpMotion?
    var others: [WarpStep]
    let sampling: SamplingMode
    let padding: SamplingPadding
    let corners: CornerConvention
    let antialias: Bool
    /// Of the result; nil keeps the picture's.
    let size: (height: Int, width: Int)?
    /// Whether all is undone instead, last first.
    let inverse: Bool

    /// The steps, in the order in which they are applied to a picture; at least one.
    ///
    /// - Throws: ``WarpError`` when there is no such θ.
    public func steps(for picture: Image) throws(WarpError) -> [WarpStep] {
        let frame = SamplingFrame(height: picture.height, width: picture.width, corners: corners)
        var steps = others
        if let motion { steps.insert(try motion.step(in: frame), at: 0) }
        if steps.isEmpty { steps = [try WarpMotion().step(in: frame)] }
        guard inverse else { return steps }
        var undone: [WarpStep] = []
        for step in steps.reversed() { undone.append(try step.inverse(in: frame)) }
        return undone
    }

    /// The lines of each step: its θ, and what it does in words.
    ///
    /// - Throws: ``WarpError`` when there is no such θ.
    public func lines(for picture: Image) throws(WarpError) -> [String] {
        try steps(for: picture).flatMap(\.lines)
    }

    /// The picture, warped.
    ///
    /// - Numerics: pixels are read as numbers from 0 to 1, as they are, and rounded to bytes once, at the end; what bicubic
    ///   sampling overshoots is clipped. The identity returns the picture.
    /// - Throws: ``WarpError``, ``ExecutionError``.
    public func apply(to picture: Image) throws -> Image {
        let picture = picture.converted(toChannels: padding.needsColor ? 3 : picture.channels)
        let steps = try steps(for: picture)
        var images = picture.tensor
        for (index, step) in steps.enumerated() {
            images = try images.warped(
                by: step.transformation, theta: Tensor([1, step.theta.count], step.theta), sampler: sampler,
                outputSize: index == steps.count - 1 ? size : nil)
        }
        return Normalization.none(channels: picture.channels).pictures(of: images)[0]
    }

    /// How much of each pixel of the result was read inside the picture: white where all was, black where nothing was.
    ///
    /// - Throws: ``WarpError``, ``ExecutionError``.
    public func mask(of picture: Image) throws -> Image {
        let steps = try steps(for: picture)
        var mask = Tensor<Float>([1, picture.height, picture.width, 1], repeating: 1)
        let around = Sampler(mode: sampling, corners: corners, antialias: antialias)
        for (index, step) in steps.enumerated() {
            mask = try mask.warped(
                by: step.transformation, theta: Tensor([1, step.theta.count], step.theta), sampler: around,
                outputSize: index == steps.count - 1 ? size : nil)
        }
        return Normalization.none(channels: 1).pictures(of: mask)[0]
    }

    private var sampler: Sampler {
        Sampler(mode: sampling, padding: padding, corners: corners, antialias: antialias)
    }
}

extension SamplingPadding {
    /// Whether it is a colour that a grey picture cannot show.
    var needsColor: Bool {
        if case .constant(let color) = self { return color.count == 3 }
        return false
    }
}

extension Normalization {
    /// Pixels from 0 to 1, as they are.
    fileprivate static func none(channels: Int) -> Normalization {
        Normalization(
            mean: [Float](repeating: 0, count: channels), deviation: [Float](repeating: 1, count: channels))
    }
}

extension Image {
    /// The picture as a batch of one, [1, H, W, C], its samples from 0 to 1.
    fileprivate var tensor: Tensor<Float> {
        let levels = (0...255).map { Float($0) / 255 }
        return Tensor([1, height, width, channels], pixels.map { levels[Int($0)] })
    }
}
