/// A picture held in memory as bytes: grey or red, green, blue.
///
/// - Convention: rows from the top, columns from the left, channels innermost; a sample is display-referred (sRGB), 0 is
///   black and 255 is full.
public struct Image: Sendable, Equatable {
    /// Columns; at least 1.
    public let width: Int
    /// Rows; at least 1.
    public let height: Int
    /// 1 for grey, 3 for red, green, blue.
    public let channels: Int
    /// The samples, `[height, width, channels]` in row-major order; always `height · width · channels` of them.
    public var pixels: [UInt8] {
        didSet {
            precondition(pixels.count == height * width * channels, "the count of samples must not change")
        }
    }

    /// A picture made of the given samples.
    ///
    /// - Precondition: `width` and `height` are at least 1, `channels` is 1 or 3, and
    ///   `pixels.count == height · width · channels`.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        let count = Image.sampleCount(width: width, height: height, channels: channels)
        precondition(
            pixels.count == count, "\(pixels.count) bytes for a picture of \(width)×\(height)×\(channels)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// A picture in which each pixel is `value`, one sample a channel.
    ///
    /// - Precondition: as for ``init(width:height:channels:pixels:)``, and `value.count == channels`.
    public init(width: Int, height: Int, channels: Int, filledWith value: [UInt8]) {
        precondition(value.count == channels, "\(value.count) samples to fill \(channels) channels with")
        let count = Image.sampleCount(width: width, height: height, channels: channels)
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count { buffer.initializeElement(at: index, to: value[index % channels]) }
            initialized = count
        }
        self.init(width: width, height: height, channels: channels, pixels: pixels)
    }

    /// The samples of the pixel in column `x` of row `y`, one a channel.
    ///
    /// - Precondition: the pixel lies inside.
    public subscript(x: Int, y: Int) -> [UInt8] {
        precondition(
            x >= 0 && x < width && y >= 0 && y < height, "pixel (\(x), \(y)) of a \(width)×\(height) picture")
        let start = (y * width + x) * channels
        return Array(pixels[start..<start + channels])
    }

    /// The picture with 1 (grey) or 3 (colour) channels.
    ///
    /// - Numerics: grey is the luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded to nearest; colour repeats grey.
    /// - Precondition: `channels` is 1 or 3.
    public func converted(toChannels channels: Int) -> Image {
        precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
        if channels == self.channels { return self }
        if channels == 3 {
            var colors = [UInt8](repeating: 0, count: pixels.count * 3)
            for index in colors.indices { colors[index] = pixels[index / 3] }
            return Image(width: width, height: height, channels: 3, pixels: colors)
        }
        let grey = stride(from: 0, to: pixels.count, by: 3).map { start in
            Image.luma(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
        }
        return Image(width: width, height: height, channels: 1, pixels: grey)
    }

    /// The part of the picture whose top left pixel is (`x`, `y`).
    ///
    /// - Precondition: the part is not empty and lies inside the picture.
    public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Image {
        precondition(
            x >= 0 && y >= 0 && newWidth >= 1 && newHeight >= 1 && newWidth <= width - x
                && newHeight <= height - y,
            "a part of \(newWidth)×\(newHeight) at (\(x), \(y)) of a \(width)×\(height) picture")
        var part: [UInt8] = []
        part.reserveCapacity(newWidth * newHeight * channels)
        for row in y..<y + newHeight {
            let start = (row * width + x) * channels
            part += pixels[start..<start + newWidth * channels]
        }
        return Image(width: newWidth, height: newHeight, channels: channels, pixels: part)
    }

    /// The picture with each pixel repeated as a `factor` × `factor` square, so that single pixels can be seen.
    ///
    /// - Precondition: `factor` is at least 1 and the result's size fits in `Int`.
    public func enlarged(by factor: Int) -> Image {
        precondition(factor >= 1, "pixels cannot be enlarged by \(factor)")
        if factor == 1 { return self }
        let count = Image.sampleCount(width: width * factor, height: height * factor, channels: channels)
        var large: [UInt8] = []
        large.reserveCapacity(count)
        var line: [UInt8] = []
        for row in 0..<height {
            line.removeAll(keepingCapacity: true)
            for column in 0..<width {
                let start = (row * width + column) * channels
                for _ in 0..<factor { line += pixels[start..<start + channels] }
            }
            for _ in 0..<factor { large += line }
        }
        return Image(width: width * factor, height: height * factor, channels: channels, pixels: large)
    }

    /// BT.601 luma in 16-bit fixed point; the weights add up to 65,536, so grey stays what it is.
    static func luma(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
        let (red, green, blue) = (UInt32(red) * 19_595, UInt32(green) * 38_470, UInt32(blue) * 7_471)
        return UInt8((red + green + blue + 32_768) >> 16)
    }

    private static func sampleCount(width: Int, height: Int, channels: Int) -> Int {
        precondition(width >= 1 && height >= 1, "a picture of \(width)×\(height) pixels is empty")
        precondition(channels == 1 || channels == 3, "a picture has 1 or 3 channels, not \(channels)")
        let (area, areaOverflow) = width.multipliedReportingOverflow(by: height)
        let (count, overflow) = area.multipliedReportingOverflow(by: channels)
        precondition(!areaOverflow && !overflow, "a picture of \(width)×\(height) is too large to address")
        return count
    }
}
