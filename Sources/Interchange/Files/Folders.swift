import Foundation

extension FileManager {
    /// Whether a folder, or a link to one, is at `path`.
    package func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
