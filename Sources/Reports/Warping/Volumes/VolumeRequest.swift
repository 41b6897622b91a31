import Imaging
import SpatialTransformers

extension WarpRequest {
    /// Samples of a volume at most: 512³ of one channel, as scanners give them, which take half a gigabyte as numbers.
    static let volumeLimit = 1 << 27

    /// The warp of volumes.
    ///
    /// - Throws: ``WarpError`` for values that cannot be had, contradict one another or say nothing of volumes.
    public func resolvedForVolumes() throws(WarpError) -> VolumeWarp {
        let flat = [
            ("--shear", shear), ("--perspective", perspective), ("--bend", bend), ("--flow", flow), ("--noise", noise),
        ]
        if let (option, _) = flat.first(where: { $0.1 != nil }) {
            throw .contradiction("\(option) is for pictures; with --volume say --scale, --tilt, --rotate and --shift")
        }
        return VolumeWarp(
            wish: try wish(), spacing: try sliceSpacing(),
            sampler: Sampler(
                mode: try samplingMode(), padding: try samplingPadding(),
                corners: CornerConvention(alignCorners: alignCorners), antialias: antialias),
            size: try volumeSize(), inverse: inverse)
    }

    private func wish() throws(WarpError) -> VolumeWarp.Wish {
        if transform != nil || theta != nil { return .theta(try matrix()) }
        var motion = VolumeMotion()
        if let scale {
            let needs = "one factor or X,Y,Z, not 0 and from 0.001 to 1000 in size"
            let factors = try WarpNumbers.parse(scale, of: "--scale", counts: 1...3, needs: needs)
            guard factors.count != 2, factors.allSatisfy({ abs($0) >= 0.001 }) else {
                throw .unsuitableValue(option: "--scale", value: scale, needs: needs)
            }
            motion.scale = (factors[0], factors[factors.count / 2], factors[factors.count - 1])
        }
        if let tilt {
            let angles = try WarpNumbers.parse(
                tilt, of: "--tilt", counts: 2...2, limit: 1e6, needs: "two angles X,Y from -1000000 to 1000000")
            motion.tilt = (angles[0], angles[1])
        }
        if let rotate { motion.degrees = try number(rotate, of: "--rotate", limit: 1e6) }
        if let shift {
            let parts = try WarpNumbers.parse(
                shift, of: "--shift", counts: 3...3, needs: "three numbers X,Y,Z from -1000 to 1000")
            motion.shift = (parts[0], parts[1], parts[2])
        }
        return .motion(motion)
    }

    private func sliceSpacing() throws(WarpError) -> Double {
        guard let spacing else { return 1 }
        let needs = "a number of pixels from 0.001 to 1000"
        let value = try WarpNumbers.parse(spacing, of: "--spacing", counts: 1...1, needs: needs)[0]
        guard value >= 0.001 else { throw .unsuitableValue(option: "--spacing", value: spacing, needs: needs) }
        return value
    }

    private func matrix() throws(WarpError) -> [Double] {
        guard let transform, let theta else {
            throw .contradiction("--transform affine and --theta go together: a 3×4 matrix, row by row")
        }
        guard transform == Affine3D().name else {
            throw .contradiction("--transform \(oneLine(transform)) is for pictures; volumes have affine, a 3×4 matrix")
        }
        guard [scale, tilt, rotate, shift].allSatisfy({ $0 == nil }) else {
            throw .contradiction("--transform says all there is to do; drop it, or the other transformations")
        }
        let numbers = try WarpNumbers.parse(
            theta, of: "--theta", counts: 1...8192, limit: 1e6, needs: "numbers from -1000000 to 1000000, as 1,0,0.5")
        guard numbers.count == 12 else {
            throw .wrongCount(family: "affine of volumes", given: numbers.count, needs: "12")
        }
        return numbers
    }

    private func volumeSize() throws(WarpError) -> (depth: Int, height: Int, width: Int)? {
        guard let size else { return nil }
        let side = ImageLimits.default.side
        let sides = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.count == 3, sides.allSatisfy({ (1...side).contains($0) }),
            sides.reduce(1, *) <= Self.volumeLimit
        else {
            throw .unsuitableValue(
                option: "--size", value: size,
                needs: "slices, rows and columns, as 40x240x320: up to \(side) a side and \(Self.volumeLimit) in all")
        }
        return (sides[0], sides[1], sides[2])
    }
}
