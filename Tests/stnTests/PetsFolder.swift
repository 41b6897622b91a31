import Foundation
import Imaging

/// Calls `body` with a folder that holds `pets`: six pictures of cats and of dogs.
func withPets(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, shade) in [("cat", UInt8(20)), ("dog", 200)] {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/pets/\(name)", withIntermediateDirectories: true)
        for index in 0..<6 {
            let picture = Image(width: 20, height: 20, channels: 1, filledWith: [shade + UInt8(index)])
            try picture.write(png: "\(folder)/pets/\(name)/\(index).png")
        }
    }
    try body(folder)
}
