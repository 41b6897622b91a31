import Imaging
import SpatialTransformers

/// A volume as pictures of its slices, all of one size, the nearest first.
public struct SliceStack: Sendable, Equatable {
    /// The slices, at least one.
    public let slices: [Image]

    /// A volume of slices, at least one; grey ones become colour where there is a mixture.
    ///
    /// - Throws: ``WarpError/unequalSlices(path:width:height:first:)`` for slices of other sizes than the first, by the names
    ///   given.
    public init(_ slices: [Image], names: [String]) throws(WarpError) {
        let first = slices[0]
        for (slice, name) in zip(slices, names) where (slice.width, slice.height) != (first.width, first.height) {
            throw .unequalSlices(
                path: name, width: slice.width, height: slice.height, first: "\(first.width)×\(first.height)")
        }
        self.init(slices)
    }

    private init(_ slices: [Image]) {
        let channels = slices.contains { $0.channels == 3 } ? 3 : 1
        self.slices = slices.map { $0.converted(toChannels: channels) }
    }

    /// Samples from 0 to 1 as slices, clipped.
    ///
    /// - Precondition: one volume, [1, D, H, W, 1 or 3].
    init(_ volume: Tensor<Float>) {
        let (height, width, channels) = (volume.shape[2], volume.shape[3], volume.shape[4])
        let bytes = volume.values.map { UInt8(($0 * 255).rounded().clamped(to: 0...255)) }
        let size = height * width * channels
        self.init(
            (0..<volume.shape[1]).map {
                Image(
                    width: width, height: height, channels: channels, pixels: Array(bytes[$0 * size..<($0 + 1) * size]))
            })
    }

    /// Columns of a slice.
    var width: Int { slices[0].width }
    /// Rows of a slice.
    var height: Int { slices[0].height }
    /// Samples of a place: 1 or 3.
    var channels: Int { slices[0].channels }

    /// The same in grey or colour.
    func converted(toChannels channels: Int) -> SliceStack {
        SliceStack(slices.map { $0.converted(toChannels: channels) })
    }

    /// One volume, [1, D, H, W, C], its samples from 0 to 1.
    var tensor: Tensor<Float> {
        let levels = (0...255).map { Float($0) / 255 }
        let shape: Shape = [1, slices.count, height, width, channels]
        var values: [Float] = []
        // An array that grows takes twice the memory for a while.
        values.reserveCapacity(shape.count)
        for slice in slices { values += slice.pixels.lazy.map { levels[Int($0)] } }
        return Tensor(shape, values)
    }

    /// All slices on one sheet, row by row, the nearest first.
    ///
    /// - Throws: ``ImagingError`` when the sheet would be too large.
    public func sheet() throws(ImagingError) -> Image {
        let columns = Int(Double(slices.count).squareRoot().rounded(.up))
        return try PictureGrid(columns: columns, margin: 4, background: Color(grey: 96)).arranging(slices)
    }
}

extension SliceStack {
    /// A volume to try warps on, drawn by the program: a hollow ball before a letter, in a frame that shows the edges.
    ///
    /// Fewer slices than rows, so that rotations which shear would show.
    public static var warpSample: SliceStack {
        let (depth, side) = (16, 48)
        let slices = (0..<depth).map { slice in
            var picture = Image(width: side, height: side, channels: 1, filledWith: [24])
            picture.drawPolygon([(2, 2), (46, 2), (46, 46), (2, 46)], color: Color(grey: 70), thickness: 1)
            if (9...11).contains(slice) { picture.drawText("F", x: 22, y: 8, height: 26, color: .white) }
            for row in 0..<side {
                for column in 0..<side {
                    let (x, y, z) = (Double(column) - 16, Double(row) - 30, 2 * (Double(slice) - 5))
                    let distance = (x * x + y * y + z * z).squareRoot()
                    if (6...10).contains(distance) { picture.pixels[row * side + column] = 170 }
                }
            }
            return picture
        }
        return SliceStack(slices)
    }
}

extension Float {
    fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
