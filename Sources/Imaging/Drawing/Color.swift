/// A colour to draw with, in sRGB.
public struct Color: Sendable, Hashable {
    /// Red, from 0 to 255.
    public let red: UInt8
    /// Green, from 0 to 255.
    public let green: UInt8
    /// Blue, from 0 to 255.
    public let blue: UInt8

    /// A colour of three samples.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A shade of grey.
    public init(grey: UInt8) { self.init(red: grey, green: grey, blue: grey) }

    /// 0, 0, 0.
    public static let black = Color(grey: 0)
    /// 255, 255, 255.
    public static let white = Color(grey: 255)
    /// A yellow that shows on dark and on bright pictures.
    public static let yellow = Color(red: 255, green: 214, blue: 10)
    /// A red that shows on dark and on bright pictures.
    public static let red = Color(red: 255, green: 69, blue: 58)

    /// The samples for a picture of 1 (luma) or 3 channels.
    func samples(channels: Int) -> [UInt8] {
        channels == 3 ? [red, green, blue] : [Image.luma(red: red, green: green, blue: blue)]
    }
}
