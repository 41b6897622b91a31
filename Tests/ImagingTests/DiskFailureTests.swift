#if os(Linux)
    import Foundation
    import Imaging
    import Tensors
    import TestSupport
    import Testing

    @Suite("Picture files on a disk that fails")
    struct DiskFailureTests {
        private let image = noisePicture(width: 5, height: 4, channels: 3)

        @Test("what the system refuses to read is unreadable, with its reason")
        func reading() throws {
            try withScratchFolder { folder in
                let path = "\(folder)/picture.png"
                try image.write(png: path)
                for call in [SystemCall.fstat, .read] {
                    #expect(throws: ImagingError.unreadable(path: path, reason: systemReason(EIO)), "\(call)") {
                        try withFailing(call, EIO) { try Image(contentsOf: path) }
                    }
                }
                let interrupted = try withFailing(.read, EINTR) { try Image(contentsOf: path) }
                #expect(interrupted.hasFailed && interrupted.result == image)
            }
        }

        @Test("a library that lacks memory is no fault of the picture")
        func libraries() throws {
            let jpeg = encodedJPEG(image.pixels, width: image.width, height: image.height, channels: 3)
            #expect(throws: ImagingError.unsupported(name: "a.jpg", reason: "no JPEG decoder can be had")) {
                try withFailing(.tjInitDecompress, ENOMEM) { try Image(decoding: jpeg, named: "a.jpg") }
            }
            #expect(throws: ImagingError.cannotEncode(reason: "libpng gives no reason")) {
                try withFailing(.pngWrite, ENOMEM) { try image.pngData() }
            }
        }

        @Test("a picture that cannot be written leaves the earlier one, and nothing beside it")
        func writing() throws {
            try withScratchFolder { folder in
                let path = "\(folder)/picture.png"
                try image.write(png: path)
                let other = noisePicture(width: 5, height: 4, channels: 3, seed: 2)
                for call in [SystemCall.write, .close, .rename] {
                    for code in [ENOSPC, EDQUOT, EIO] {
                        #expect(throws: ImagingError.writeFailed(path: path, reason: systemReason(code)), "\(call)") {
                            try withFailing(call, code) { try other.write(png: path) }
                        }
                    }
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["picture.png"])
                    #expect(try Image(contentsOf: path) == image)
                }
                #expect(throws: ImagingError.cannotCreate(path: path, reason: systemReason(EACCES))) {
                    try withFailing(.rename, EACCES) { try other.write(png: path) }
                }
                #expect(try withFailing(.write, EINTR) { try other.write(png: path) }.hasFailed)
                #expect(try Image(contentsOf: path) == other)
            }
        }
    }
#endif
