/// Many pictures of one size side by side in rows and columns.
public struct PictureGrid: Sendable, Equatable {
    /// Pictures in a row.
    public var columns: Int
    /// Pixels between pictures and around them.
    public var margin: Int
    /// Each pixel becomes a square of this many pixels a side.
    public var scale: Int
    /// The colour between the pictures.
    public var background: Color

    /// A grid.
    ///
    /// - Parameters:
    ///   - columns: 8 by default, so that the usual batch of 64 makes a square.
    ///   - margin: 2 by default, as `torchvision.utils.make_grid` leaves.
    ///   - scale: 1 by default, the pictures as they are; 3 or 4 makes 32 × 32 pictures easy to look at.
    ///   - background: black by default, as in `make_grid`.
    public init(columns: Int = 8, margin: Int = 2, scale: Int = 1, background: Color = .black) {
        self.columns = columns
        self.margin = margin
        self.scale = scale
        self.background = background
    }

    /// One picture holding all the given ones, row after row; grey ones become colour where there is a mixture.
    ///
    /// - Throws: `ImagingError.cannotArrange` when there are no pictures, their sizes differ, a setting is not positive
    ///   (the margin may be 0), or the result would have more than 2²⁸ pixels.
    public func arranging(_ images: [Image]) throws(ImagingError) -> Image {
        guard let first = images.first else { throw .cannotArrange(reason: "there are none") }
        guard columns >= 1, margin >= 0, scale >= 1 else {
            throw .cannotArrange(reason: "\(columns) columns, margin \(margin), scale \(scale)")
        }
        if let other = images.first(where: { $0.width != first.width || $0.height != first.height }) {
            throw .cannotArrange(
                reason: "\(first.width)×\(first.height) and \(other.width)×\(other.height) in one grid")
        }
        let usedColumns = min(columns, images.count)
        let rows = (images.count - 1) / columns + 1
        let (width, height) = try size(of: first, columns: usedColumns, rows: rows)
        let channels = images.contains { $0.channels == 3 } || !background.isGrey ? 3 : 1
        var result = Image(
            width: width, height: height, channels: channels,
            filledWith: background.samples(channels: channels))
        for (index, image) in images.enumerated() {
            let x = margin + index % columns * (first.width * scale + margin)
            let y = margin + index / columns * (first.height * scale + margin)
            result.draw(image.enlarged(by: scale), x: x, y: y)
        }
        return result
    }

    private func size(of cell: Image, columns: Int, rows: Int) throws(ImagingError) -> (
        width: Int, height: Int
    ) {
        // In Double so that absurd settings are refused instead of overflowing; exact for all that are accepted.
        let width = Double(columns) * (Double(cell.width) * Double(scale) + Double(margin)) + Double(margin)
        let height = Double(rows) * (Double(cell.height) * Double(scale) + Double(margin)) + Double(margin)
        guard width * height <= 0x1p28 else {
            throw .cannotArrange(reason: "a grid of \(width) by \(height) pixels is too large")
        }
        return (Int(width), Int(height))
    }
}

extension Color {
    /// Whether one channel suffices.
    var isGrey: Bool { red == green && green == blue }
}
