/// Writes files whole or not at all.
package enum AtomicFile {
    /// Puts `bytes` at `path`, where they replace what was there at once; see ``Storage/replace(_:with:)``.
    ///
    /// - Throws: ``FileError/cannotCreate(path:reason:)`` or ``FileError/writeFailed(path:reason:)``.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try SystemStorage().replace(path, with: bytes)
    }
}
