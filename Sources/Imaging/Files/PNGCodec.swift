import CPNG

/// PNG by libpng's simplified interface, which returns errors instead of jumping.
enum PNGCodec {
    /// Decodes a PNG to grey or red, green, blue, with transparency over white.
    static func decode(_ bytes: [UInt8], named name: String, limits: ImageLimits) throws(ImagingError)
        -> Image
    {
        let chunks: PNGChunks
        do {
            chunks = try PNGChunks(walking: bytes)
        } catch {
            throw .damaged(name: name, format: "PNG", reason: error.reason)
        }
        try limits.check(width: chunks.width, height: chunks.height, named: name)
        switch decodeSamples(chunks.essentialBytes) {
        case .failure(let flaw): throw .damaged(name: name, format: "PNG", reason: flaw.reason)
        case .success(let decoded): return decoded
        }
    }

    private static func decodeSamples(_ bytes: [UInt8]) -> Result<Image, PNGChunks.Flaw> {
        bytes.withUnsafeBytes { source in
            var state = png_image()
            // libpng keeps the address of the state between the two calls, so it must not move.
            return withUnsafeMutablePointer(to: &state) { state in
                defer { png_image_free(state) }
                state.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
                guard png_image_begin_read_from_memory(state, source.baseAddress, source.count) != 0 else {
                    return .failure(flaw(state.pointee))
                }
                let hasAlpha = state.pointee.format & png_uint_32(PNG_FORMAT_FLAG_ALPHA) != 0
                let hasColor = state.pointee.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) != 0
                state.pointee.format =
                    (hasAlpha ? png_uint_32(PNG_FORMAT_FLAG_ALPHA) : 0)
                    | (hasColor ? png_uint_32(PNG_FORMAT_FLAG_COLOR) : 0)
                // Without this flag 16-bit samples would be taken for linear light.
                state.pointee.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
                let (width, height) = (Int(state.pointee.width), Int(state.pointee.height))
                let channels = (hasColor ? 3 : 1) + (hasAlpha ? 1 : 0)
                var samples = [UInt8](repeating: 0, count: width * height * channels)
                let finished = samples.withUnsafeMutableBytes {
                    png_image_finish_read(state, nil, $0.baseAddress, png_int_32(width * channels), nil)
                }
                guard finished != 0 else { return .failure(flaw(state.pointee)) }
                if hasAlpha { samples = overWhite(samples, channels: channels) }
                return .success(
                    Image(width: width, height: height, channels: hasColor ? 3 : 1, pixels: samples))
            }
        }
    }

    /// Blends `channels` − 1 samples by the last one (their opacity) over white, rounded to nearest.
    private static func overWhite(_ samples: [UInt8], channels: Int) -> [UInt8] {
        let colors = channels - 1
        var blended = [UInt8](repeating: 255, count: samples.count / channels * colors)
        for pixel in 0..<samples.count / channels {
            let opacity = Int(samples[pixel * channels + colors])
            for color in 0..<colors {
                let value = Int(samples[pixel * channels + color]) * opacity + 255 * (255 - opacity)
                blended[pixel * colors + color] = UInt8((value + 127) / 255)
            }
        }
        return blended
    }

    /// Encodes a picture as 8-bit PNG.
    static func encode(_ image: Image) throws(ImagingError) -> [UInt8] {
        // libpng's own bound for a side, met here with a message of our own.
        guard image.width <= 1_000_000, image.height <= 1_000_000, image.pixels.count <= 1 << 31 else {
            throw .cannotEncode(reason: "\(image.width)×\(image.height) pixels are too many")
        }
        // Deflate grows data that does not compress by less than an eighth; the rest is chunk heads.
        let raw = image.pixels.count + image.height
        var state = png_image()
        state.version = png_uint_32(PNG_IMAGE_VERSION)
        state.width = png_uint_32(image.width)
        state.height = png_uint_32(image.height)
        state.format = image.channels == 3 ? png_uint_32(PNG_FORMAT_FLAG_COLOR) : 0
        var succeeded = false
        let bytes = [UInt8](unsafeUninitializedCapacity: raw + raw / 8 + 4096) { buffer, initialized in
            var size = png_alloc_size_t(buffer.count)
            succeeded = image.pixels.withUnsafeBytes { pixels in
                png_image_write_to_memory(
                    &state, buffer.baseAddress, &size, 0, pixels.baseAddress,
                    png_int_32(image.width * image.channels), nil) != 0
            }
            initialized = succeeded ? Int(size) : 0
        }
        guard succeeded else { throw .cannotEncode(reason: flaw(state).reason) }
        return bytes
    }

    private static func flaw(_ state: png_image) -> PNGChunks.Flaw {
        let message = withUnsafeBytes(of: state.message) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return PNGChunks.Flaw(reason: message.isEmpty ? "libpng gives no reason" : message)
    }
}
