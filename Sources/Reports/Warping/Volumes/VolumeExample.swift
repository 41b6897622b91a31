import Imaging
import SpatialTransformers

extension TransformationFamily {
    /// What volumes can have, for `stn warp --list`: a name, how many numbers θ has, and what it does.
    static let ofVolumes = (
        name: Affine3D().name, count: "12", summary: "with --volume, turn and stretch in space: a 3×4 matrix"
    )

    /// The picture as a plate in the middle of an empty volume, turned in space, and seen from before: of all slices the brightest.
    static func volumeExample(of picture: Image) throws -> Image {
        let (width, height, slices) = (picture.width, picture.height, 41)
        let empty = Image(width: width, height: height, channels: 3, filledWith: [0, 0, 0])
        let plate = picture.converted(toChannels: 3)
        let stack = try SliceStack(
            (0..<slices).map { $0 == slices / 2 ? plate : empty }, names: (0..<slices).map { "\($0)" })
        var request = WarpRequest()
        // As deep as it is wide.
        (request.tilt, request.spacing) = ("25,-50", "\(Double(width) / Double(slices))")
        let turned = try request.resolvedForVolumes().apply(to: stack).slices
        let brightest = plate.pixels.indices.map { place in turned.reduce(0) { max($0, $1.pixels[place]) } }
        return Image(width: width, height: height, channels: 3, pixels: brightest)
    }
}
