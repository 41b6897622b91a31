import Imaging

extension ReaderCheck {
    /// PNG: as many pixels as it says, which written again are the same.
    package static let png = ReaderCheck("png", form: .png) { bytes, _ in
        let image = try picture(bytes, name: "picture.png")
        let written = try promised("writing it") { try image.pngData() }
        let again = try promised("reading it again") { try Image(decoding: written, named: "again.png") }
        try require(again == image, "another picture")
    }

    /// JPEG: as many pixels as it says.
    package static let jpeg = ReaderCheck("jpeg") { bytes, _ in _ = try picture(bytes, name: "picture.jpg") }

    /// Larger pictures are refused by the same rule as others are above the default, and the search is a hundred times faster.
    private static let limits = ImageLimits(pixels: 1 << 14, side: 1 << 10, jpegScans: 20)

    private static func picture(_ bytes: [UInt8], name: String) throws -> Image {
        let image = try Image(decoding: bytes, named: name, limits: limits)
        let count = image.width * image.height
        try require(count > 0 && count <= limits.pixels, "\(image.width)×\(image.height) pixels")
        try require(image.pixels.count == count * image.channels, "pixels are lost")
        return image
    }
}
