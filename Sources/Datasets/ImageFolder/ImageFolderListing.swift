import Tensors

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One entry of a folder, with symbolic links followed only inside the root.
package struct FolderEntry {
    package enum Kind: Equatable {
        case file
        case folder
        /// Why the entry is not used.
        case refused(String)
    }

    package let name: String
    let path: String
    package let kind: Kind
}

/// Lists folders below one root, in the order of their names' bytes.
package struct FolderLister {
    /// The root with all symbolic links resolved.
    let root: String

    /// A lister for a folder.
    package init(root path: String) throws(ImageFolderError) {
        guard let resolved = Self.resolved(path) else {
            if errno == ENOENT || errno == ENOTDIR { throw .missing(path: path) }
            throw .unreadable(path: path, reason: systemReason())
        }
        var status = stat()
        guard stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .notAFolder(path: path)
        }
        root = resolved
    }

    /// The entries of a folder whose names do not begin with a dot.
    package func entries(of folder: String) throws(ImageFolderError) -> [FolderEntry] {
        try names(in: folder).map { name in
            let path = "\(folder)/\(name)"
            return FolderEntry(name: name, path: path, kind: kind(of: path))
        }
    }

    private func names(in folder: String) throws(ImageFolderError) -> [String] {
        guard let stream = opendir(folder) else {
            throw .unreadable(path: folder, reason: systemReason())
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw .unreadable(path: folder, reason: systemReason()) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func kind(of path: String) -> FolderEntry.Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return .refused(systemReason()) }
        if status.st_mode & S_IFMT == S_IFLNK {
            guard let target = Self.resolved(path) else { return .refused("a link that leads nowhere") }
            guard target == root || target.hasPrefix(root == "/" ? "/" : root + "/") else {
                return .refused("a link that leads out of the folder")
            }
            guard stat(target, &status) == 0 else { return .refused(systemReason()) }
            // A link to a folder could lead in circles, and would count its images twice.
            if status.st_mode & S_IFMT == S_IFDIR { return .refused("a link to a folder") }
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .refused("not a regular file")
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
