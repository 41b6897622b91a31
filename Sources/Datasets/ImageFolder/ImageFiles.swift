extension ImageFolder {
    /// The extensions that are read; what a file holds is then told by its first bytes.
    static let readableExtensions: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif"]

    /// Deeper folders are not somebody's classes; the bound keeps the recursion small.
    package static let maximumDepth = 32

    /// The PNG and JPEG files below a folder, by their names' extensions, in the order of their names' bytes.
    ///
    /// Names that begin with a dot, links that lead out of the folder and folders deeper than 32 are left out.
    ///
    /// - Returns: Paths that begin with `path`.
    /// - Throws: ``ImageFolderError``: `missing`, `notAFolder`, or `unreadable` when one of the folders cannot be listed.
    public static func files(below path: String) throws(ImageFolderError) -> [String] {
        var files: [String] = []
        try collect(path, by: try FolderLister(root: path), depth: 0, into: &files)
        return files
    }

    private static func collect(
        _ folder: String, by lister: FolderLister, depth: Int, into files: inout [String]
    ) throws(ImageFolderError) {
        for entry in try lister.entries(of: folder) {
            if entry.kind == .folder, depth < maximumDepth {
                try collect(entry.path, by: lister, depth: depth + 1, into: &files)
            } else if entry.kind == .file, readableExtensions.contains(fileExtension(entry.name)) {
                files.append(entry.path)
            }
        }
    }

    /// What stands behind a name's last dot, in small letters; empty without a dot.
    static func fileExtension(_ name: String) -> String {
        name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }
}
