import CTurboJPEG

/// Encodes samples as JPEG; there is no such function in the product, which only reads JPEG.
///
/// - Parameters:
///   - pixels: rows from the top, channels innermost.
///   - width: columns.
///   - height: rows.
///   - channels: 1 for grey, 3 for colour, 4 for CMYK as Adobe writes it (inverted).
///   - progressive: several passes instead of one.
/// - Returns: the file, or nothing when the encoder fails.
public func encodedJPEG(
    _ pixels: [UInt8], width: Int, height: Int, channels: Int, progressive: Bool = false
) -> [UInt8] {
    guard let handle = tjInitCompress() else { return [] }
    defer { tjDestroy(handle) }
    let format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK
    let subsampling = channels == 1 ? TJSAMP_GRAY : TJSAMP_444
    var memory: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let flags = TJFLAG_ACCURATEDCT | (progressive ? TJFLAG_PROGRESSIVE : 0)
    let status = tjCompress2(
        handle, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &memory, &size,
        Int32(subsampling.rawValue), 100, flags)
    defer { tjFree(memory) }
    guard status == 0, let memory else { return [] }
    return Array(UnsafeBufferPointer(start: memory, count: Int(size)))
}
