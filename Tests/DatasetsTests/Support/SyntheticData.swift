import CArchive
import CZlib
import Crypto
import Datasets
import Foundation

/// Made-up files in the formats of the real data sets, small and fixed.
enum Synthetic {
    /// A CIFAR-10 file in which each byte of each record is told by its place; labels count up from `firstLabel`.
    static func cifarFile(records: Int, firstLabel: Int = 0) -> [UInt8] {
        (0..<records).flatMap { record -> [UInt8] in
            [UInt8((firstLabel + record) % 10)]
                + (0..<3072).map { cifarByte(record: record, plane: $0 / 1024, at: $0 % 1024) }
        }
    }

    static func cifarByte(record: Int, plane: Int, at pixel: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: record &* 31 &+ plane &* 101 &+ pixel &* 7 &+ pixel / 256)
    }

    /// Writes the six files into `folder`.
    static func writeCIFAR(to folder: String, recordsPerFile: Int) throws {
        for (name, bytes) in cifarFiles(recordsPerFile: recordsPerFile) {
            try write(bytes, to: folder + "/" + name)
        }
    }

    static func cifarFiles(recordsPerFile: Int) -> [(name: String, bytes: [UInt8])] {
        (CIFAR10.trainingFiles + [CIFAR10.testFile]).enumerated().map { index, name in
            (name, cifarFile(records: recordsPerFile, firstLabel: index))
        }
    }

    /// An IDX file: magic, extents, bytes.
    static func idx(magic: UInt32, _ dimensions: [UInt32], _ bytes: [UInt8]) -> [UInt8] {
        ([magic] + dimensions).flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
        } + bytes
    }

    static func idxImages(count: Int, side: Int = 28) -> [UInt8] {
        let bytes = (0..<(count * side * side)).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 / 784) }
        return idx(magic: 0x803, [UInt32(count), UInt32(side), UInt32(side)], bytes)
    }

    static func idxLabels(count: Int) -> [UInt8] {
        idx(magic: 0x801, [UInt32(count)], (0..<count).map { UInt8($0 % 10) })
    }

    /// The four files by their plain names, 7 training and 3 test images.
    static func mnistFiles() -> [(name: String, bytes: [UInt8])] {
        [
            (MNIST.trainingImages, idxImages(count: 7)), (MNIST.trainingLabels, idxLabels(count: 7)),
            (MNIST.testImages, idxImages(count: 3)), (MNIST.testLabels, idxLabels(count: 3)),
        ]
    }

    static func writeMNIST(to folder: String, gzipped: Bool) throws {
        for (name, bytes) in mnistFiles() {
            try write(gzipped ? gzip(bytes) : bytes, to: folder + "/" + name + (gzipped ? ".gz" : ""))
        }
    }

    /// The bytes as one gzip member.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        stn_deflate_init_gzip(&stream)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
        let room = output.count
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(room)
                deflate(&stream, Z_FINISH)
                return room - Int(stream.avail_out)
            }
        }
        return Array(output[..<written])
    }

    static func remoteFile(_ name: String, _ bytes: [UInt8], urls: [String] = []) -> RemoteFile {
        RemoteFile(name: name, urls: urls, byteCount: bytes.count, md5: md5(bytes))
    }

    static func md5(_ bytes: [UInt8]) -> String { FileSystem.hexadecimal(Insecure.MD5.hash(data: bytes)) }
}
