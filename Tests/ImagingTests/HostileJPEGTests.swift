import Foundation
import Imaging
import TestSupport
import Testing

@Suite("JPEG and other pictures: hostile files")
struct HostileJPEGTests {
    private static let good = encodedJPEG(
        noisePicture(width: 16, height: 16, channels: 3).pixels, width: 16, height: 16, channels: 3)
    private static let progressive = encodedJPEG(
        noisePicture(width: 16, height: 16, channels: 3).pixels, width: 16, height: 16, channels: 3, progressive: true)

    /// Where the marker stands first, if it does.
    private static func place(of marker: UInt8, in bytes: [UInt8]) -> Int {
        bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == marker } ?? 0
    }

    /// The good picture with bytes put over others, counted from a marker.
    private static func changed(_ marker: UInt8, _ offset: Int, to new: [UInt8]) -> [UInt8] {
        var bytes = good
        let start = place(of: marker, in: bytes) + offset
        bytes.replaceSubrange(start..<start + new.count, with: new)
        return bytes
    }

    /// A progressive picture whose last scan comes `count` more times, each time behind `prefix`.
    private static func scans(_ count: Int, behind prefix: [UInt8] = []) -> [UInt8] {
        let start = (0..<progressive.count - 1).last { progressive[$0] == 0xFF && progressive[$0 + 1] == 0xDA } ?? 0
        let scan: [UInt8] = prefix + Array(progressive[start..<progressive.count - 2])
        let repeated = [[UInt8]](repeating: scan, count: count).flatMap { $0 }
        return Array(progressive.dropLast(2)) + repeated + [0xFF, 0xD9]
    }

    private static let (frame, tables, scan): (UInt8, UInt8, UInt8) = (0xC0, 0xDB, 0xDA)

    static let files = [
        HostileFile("two bytes", [0xFF, 0xD8], "cut off within its first bytes"),
        HostileFile("three bytes", [0xFF, 0xD8, 0xFF], "damaged JPEG"),
        HostileFile("no picture", [0xFF, 0xD8, 0xFF, 0xD9], "damaged JPEG"),
        HostileFile("cut off in its tables", Array(good.prefix(60)), "damaged JPEG"),
        HostileFile("cut off behind its frame", Array(good.prefix(place(of: scan, in: good))), "damaged JPEG"),
        HostileFile("cut off at its scan", Array(good.prefix(place(of: scan, in: good) + 4)), "damaged JPEG"),
        HostileFile("cut off in its scan", Array(good.dropLast(40)), "damaged JPEG"),
        HostileFile("cut off in a later pass", Array(progressive.dropLast(40)), "damaged JPEG"),
        HostileFile("no rows", changed(frame, 5, to: [0, 0]), "damaged JPEG"),
        HostileFile("no columns", changed(frame, 7, to: [0, 0]), "damaged JPEG"),
        HostileFile("60,000 a side", changed(frame, 5, to: [0xEA, 0x60, 0xEA, 0x60]), "60000×60000 pixels, more than"),
        HostileFile("a strip across", changed(frame, 5, to: [0, 1, 0x40, 1]), "16385×1 pixels, more than"),
        HostileFile("a strip down", changed(frame, 5, to: [0x40, 1, 0, 1]), "1×16385 pixels, more than"),
        HostileFile("16 megapixels of which few are there", changed(frame, 5, to: [16, 0, 16, 0]), "damaged JPEG"),
        HostileFile("3 bits a sample", changed(frame, 4, to: [3]), "damaged JPEG"),
        HostileFile("no components", changed(frame, 9, to: [0]), "damaged JPEG"),
        HostileFile("255 components", changed(frame, 9, to: [255]), "damaged JPEG"),
        HostileFile("sampling of 15 by 15", changed(frame, 11, to: [0xFF]), "damaged JPEG"),
        HostileFile("sampling of none", changed(frame, 11, to: [0]), "damaged JPEG"),
        HostileFile("a frame of an unknown kind", changed(frame, 1, to: [0xC5]), "damaged JPEG"),
        HostileFile("tables that are missing", changed(tables, 1, to: [0xFE]), "damaged JPEG"),
        HostileFile("tables of no bytes", changed(tables, 2, to: [0, 0]), "damaged JPEG"),
        HostileFile("a scan of five components", changed(scan, 4, to: [5]), "damaged JPEG"),
        HostileFile("a scan of a component that is not there", changed(scan, 5, to: [77]), "damaged JPEG"),
        HostileFile("a scan with a table that is not there", changed(scan, 6, to: [0x33]), "damaged JPEG"),
        HostileFile("two beginnings", [0xFF, 0xD8] + good, "damaged JPEG"),
        HostileFile("101 passes too many", scans(101), "passes, more than the 100 allowed"),
        HostileFile("1,000 passes too many", scans(1000), "passes, more than the 100 allowed"),
        HostileFile(
            "passes behind markers without a length", scans(101, behind: [0xFF, 1]), "more than the 100 allowed"),
    ]

    static let others = [
        HostileFile("nothing", [], "the file is empty"),
        HostileFile("a GIF", text: "GIF89a\u{1}\0\u{1}\0", "a GIF"),
        HostileFile("a WebP", text: "RIFF\0\0\0\0WEBPVP8 ", "a WebP"),
        HostileFile("a BMP", text: "BM\0\0\0\0", "a BMP"),
        HostileFile("a TIFF", text: "II*\0\u{8}\0\0\0", "a TIFF"),
        HostileFile("a HEIC", text: "\0\0\0\u{18}ftypheic", "a HEIC"),
        HostileFile("a PPM", text: "P6\n60000 60000\n255\n", "a PPM"),
        HostileFile("an SVG that calls for more", text: "<svg><image href='file:///etc/passwd'/></svg>", "like text"),
        HostileFile("a script", text: "#!/bin/sh\nexit 1\n", "like text"),
        HostileFile("zeros", [UInt8](repeating: 0, count: 1000), "unknown leading bytes"),
    ]

    @Test("each is refused")
    func refused() throws {
        try expectRefusals(
            of: Self.files + Self.others, atLeast: 39, fileName: "picture.jpg",
            read: { _ = try Image(contentsOf: $0) })
    }
}
