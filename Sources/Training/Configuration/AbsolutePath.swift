import Foundation

/// The path from the root, so that what a run records is found again from any folder.
///
/// `..` stays as it is: leaving it out would lead elsewhere behind a symbolic link.
func absolutePath(_ path: String) -> String {
    let path = NSString(string: path).expandingTildeInPath
    if path.hasPrefix("/") { return path }
    let parts = path.split(separator: "/").filter { $0 != "." }
    return ([FileManager.default.currentDirectoryPath] + parts.map(String.init)).joined(separator: "/")
}
