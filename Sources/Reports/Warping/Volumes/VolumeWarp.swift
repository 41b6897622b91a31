import Imaging
import SpatialTransformers

/// An affine warp that is applied to volumes of any size.
public struct VolumeWarp: Sendable {
    /// What is wanted of the volume, or θ itself.
    enum Wish: Sendable {
        /// A motion of what one sees.
        case motion(VolumeMotion)
        /// Twelve numbers: where to read.
        case theta([Double])
    }

    let wish: Wish
    /// How many pixels slices are apart.
    let spacing: Double
    let sampler: Sampler
    /// Of the result; nil keeps the volume's.
    let size: (depth: Int, height: Int, width: Int)?
    /// Whether it is undone instead.
    let inverse: Bool

    /// Slices of the result; nil for as many as the volume has.
    public var depth: Int? { size?.depth }

    /// Where the result of a volume reads.
    ///
    /// - Throws: ``WarpError/cannotBeUndone(family:)``.
    func theta(of stack: SliceStack) throws(WarpError) -> [Float] {
        let wished =
            switch wish {
            case .motion(let motion): motion.theta(of: VolumeAxis.all(of: stack, spacing: spacing, sampler.corners))
            case .theta(let theta): theta
            }
        guard let theta = inverse ? Affine3D().inverse(of: wished) : wished else {
            throw .cannotBeUndone(family: "affine")
        }
        // Adding zero drops the sign of −0, which says nothing to who reads the numbers.
        return theta.map { Float($0) + 0 }
    }

    /// θ, as it can be given again, and what it does in words: two lines.
    ///
    /// - Throws: ``WarpError/cannotBeUndone(family:)``.
    public func lines(for stack: SliceStack) throws(WarpError) -> [String] {
        let theta = try theta(of: stack)
        // In pixels, where angles are what one sees.
        let axes = VolumeAxis.all(of: stack, spacing: spacing, sampler.corners)
        let inPixels = theta.enumerated().map { place, entry in
            place % 4 == 3 ? entry : Float(Double(entry) * axes[place / 4].half / axes[place % 4].half)
        }
        return [
            "--volume --transform affine --theta \(theta.map { "\($0)" }.joined(separator: ","))",
            "reads: \(Affine3D().meaning(of: inPixels)); the volume does the opposite",
        ]
    }

    /// The volume, warped.
    ///
    /// - Numerics: samples are read as numbers from 0 to 1, and rounded to bytes once, at the end; what bicubic sampling
    ///   overshoots is clipped. The identity returns the volume.
    /// - Throws: ``WarpError``, `MemoryShortage`, `NetworkError`.
    public func apply(to stack: SliceStack) throws -> SliceStack {
        let stack = stack.converted(toChannels: sampler.padding.needsColor ? 3 : stack.channels)
        let size = size ?? (stack.slices.count, stack.height, stack.width)
        let samples = stack.slices.count * stack.height * stack.width + size.depth * size.height * size.width
        // As numbers, as bytes, cut into slices, and on a sheet with its margins.
        try MemoryShortage.check(8 * samples * stack.channels, for: "the volume and its warp")
        let theta = try theta(of: stack)
        return SliceStack(
            try stack.tensor.warped(by: .affine3D, theta: Tensor([1, 12], theta), sampler: sampler, outputSize: size))
    }
}
