/// How the files of a format are put together, as far as a change at random has to leave them whole to get anywhere.
///
/// A file is opened to the part that is worth changing, and closed around what that part has become, with lengths and checksums
/// that are right.
package enum FileForm: Sendable {
    /// Nothing keeps a changed file from being read.
    case plain
    /// safetensors: a JSON header behind its length, and data of the length that it says.
    case tensors
    /// The same with a checksum over all of it.
    case sealedTensors
    /// A checksum over what is unpacked.
    case gzip
    /// The same around members with checksums of their own.
    case gzippedTar
    /// A checksum behind each chunk.
    case png
    /// A checksum behind each length and each record.
    case records

    /// The part that is changed; nil for bytes that are not of this form.
    package func opened(_ bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .plain, .png, .records: bytes
        case .tensors, .sealedTensors: TensorForm.header(of: bytes).map(Array.init)
        case .gzip, .gzippedTar: GzipForm.unpacked(bytes)
        }
    }

    /// `bytes` with `part` in the place of what was opened.
    package func closed(_ part: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .plain: return part
        case .tensors: return TensorForm.file(header: part, like: bytes)
        case .sealedTensors: return TensorForm.sealed(TensorForm.file(header: part, like: bytes))
        case .gzip: return GzipForm.stored(part)
        case .gzippedTar:
            var part = part
            TarForm.repair(&part)
            return GzipForm.stored(part)
        case .png:
            var part = part
            ChunkForm.repairPNG(&part)
            return part
        case .records:
            var part = part
            ChunkForm.repairRecords(&part)
            return part
        }
    }
}
