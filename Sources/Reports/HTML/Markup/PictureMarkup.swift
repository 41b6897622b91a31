import Foundation
import Imaging

extension Markup {
    /// A picture inside the page.
    ///
    /// - Parameters:
    ///   - picture: What is shown.
    ///   - description: For who cannot see it.
    ///   - width: On the page, in pixels; small pictures are enlarged with their pixels to be seen.
    /// - Returns: The element.
    /// - Throws: ``ImagingError`` when it cannot be encoded.
    static func picture(_ picture: Image, describedAs description: String, width: Int) throws -> Markup {
        let height = max(1, width * picture.height / picture.width)
        return Markup(
            "img",
            [
                "class": "pixels", "src": dataAddress(try picture.pngData()), "alt": description, "width": "\(width)",
                "height": "\(height)",
            ])
    }

    /// A PNG file as an address that holds it.
    static func dataAddress(_ bytes: [UInt8]) -> String { "data:image/png;base64," + Data(bytes).base64EncodedString() }
}
