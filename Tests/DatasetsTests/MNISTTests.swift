import Datasets
import Foundation
import Tensors
import Testing

@Suite struct MNISTTests {
    @Test(
        "every usual layout is found, gzipped or not",
        arguments: [
            (MNIST.Variant.digits, "/MNIST/raw"), (.digits, "/mnist"), (.digits, ""),
            (.fashion, "/FashionMNIST/raw"),
            (.fashion, "/fashion-mnist"), (.fashion, ""),
        ], [true, false])
    func findsLayouts(_ layout: (variant: MNIST.Variant, folder: String), gzipped: Bool) async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root + layout.folder, gzipped: gzipped)
            let data = try MNIST.load(directory: root, variant: layout.variant)
            #expect(data.name == layout.variant.datasetName)
            #expect(data.classNames == layout.variant.classNames && data.classNames.count == 10)
            #expect(data.normalization == layout.variant.normalization)
            #expect(data.training.count == 7 && data.training.height == 28 && data.training.channels == 1)
            #expect(data.training.pixels == Array(Synthetic.idxImages(count: 7).dropFirst(16)))
            #expect(data.training.labels == (0..<7).map { Int32($0) })
            #expect(data.test.pixels == Array(Synthetic.idxImages(count: 3).dropFirst(16)))
        }
    }

    @Test("files with a dot in their name, as some copies have, are found")
    func findsDottedNames() async throws {
        try await withTemporaryFolder { root in
            for (name, bytes) in Synthetic.mnistFiles() {
                try write(bytes, to: root + "/" + name.replacingOccurrences(of: "-idx", with: ".idx"))
            }
            #expect(try MNIST.load(directory: root, variant: .digits).test.count == 3)
        }
    }

    @Test("one variant is never taken for the other")
    func keepsVariantsApart() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root + "/MNIST/raw", gzipped: true)
            let error = try #require(throws: DatasetError.self) {
                try MNIST.load(directory: root, variant: .fashion)
            }
            #expect(
                error
                    == .missing(
                        name: "fashion-mnist",
                        lookedIn: ["/FashionMNIST/raw", "/fashion-mnist", ""].map { root + $0 }))
        }
    }

    @Test("more labels than images are refused")
    func refusesCountMismatch() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root, gzipped: false)
            try write(Synthetic.idxLabels(count: 8), to: root + "/" + MNIST.trainingLabels)
            #expect(
                throws: DatasetError.countMismatch(
                    images: root + "/" + MNIST.trainingImages, imageCount: 7,
                    labels: root + "/" + MNIST.trainingLabels,
                    labelCount: 8)
            ) { try MNIST.load(directory: root, variant: .digits) }
        }
    }

    @Test("images of another size than the data set has are refused")
    func refusesOtherSize() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root, gzipped: false)
            try write(Synthetic.idxImages(count: 3, side: 27), to: root + "/" + MNIST.testImages)
            let error = try #require(throws: DatasetError.self) {
                try MNIST.load(directory: root, variant: .digits)
            }
            #expect(error.description.contains("27×27") && error.description.contains("28×28"))
        }
    }

    @Test("a label that is no class is refused with its record")
    func refusesBadLabel() async throws {
        try await withTemporaryFolder { root in
            try Synthetic.writeMNIST(to: root, gzipped: false)
            let file = root + "/" + MNIST.testLabels
            try write(Synthetic.idx(magic: 0x801, [3], [0, 9, 10]), to: file)
            #expect(throws: DatasetError.badLabel(file: file, record: 2, label: 10, classCount: 10)) {
                try MNIST.load(directory: root, variant: .digits)
            }
        }
    }
}

@Suite struct IDXFileTests {
    private func failure(_ bytes: [UInt8], rank: Int, gzipped: Bool) async throws -> DatasetError {
        try await withTemporaryFolder { root in
            let path = root + (gzipped ? "/file.gz" : "/file")
            try write(gzipped ? Synthetic.gzip(bytes) : bytes, to: path)
            return try #require(throws: DatasetError.self) { try IDXFile(path: path, rank: rank) }
        }
    }

    @Test(
        "files that are not what their header says are bad data, plain and gzipped", arguments: [false, true])
    func refusesDamage(gzipped: Bool) async throws {
        let labels = Synthetic.idxLabels(count: 5)
        let cases: [(String, [UInt8], Int)] = [
            ("empty", [], 1), ("header cut", Array(labels.prefix(7)), 1),
            ("one byte short", labels.dropLast(), 1),
            ("one byte long", labels + [0], 1), ("images for labels", Synthetic.idxImages(count: 1), 1),
            ("labels for images", labels, 3), ("no values", Synthetic.idx(magic: 0x801, [0], []), 1),
            ("floats", Synthetic.idx(magic: 0xD01, [1], [0, 0, 0, 0]), 1),
            ("overflow", Synthetic.idx(magic: 0x803, [.max, .max, .max], [1]), 3),
            (
                "a gigabyte that is not there",
                Synthetic.idx(magic: 0x803, [1 << 10, 1 << 10, 1 << 10], [1]), 3
            ),
        ]
        for (name, bytes, rank) in cases {
            let error = try await failure(bytes, rank: rank, gzipped: gzipped)
            #expect(error.category == .badData, "\(name): \(error)")
        }
    }

    @Test("a wrong magic number is shown next to the right one")
    func showsMagic() async throws {
        let error = try await failure(Synthetic.idxImages(count: 1), rank: 1, gzipped: false)
        #expect(error.description.contains("0x00000803, not 0x00000801"))
    }

    @Test("a gzipped file larger than what is read at a time is read whole")
    func readsLongGzip() async throws {
        try await withTemporaryFolder { root in
            // Noise does not shrink, so that it takes more than one read of the packed file.
            var generator = RandomStream(seed: 3, purpose: .testing).generator
            let values = (0..<400_000).map { _ in UInt8(generator.integer(below: 256)) }
            try write(Synthetic.gzip(Synthetic.idx(magic: 0x801, [400_000], values)), to: root + "/noise.gz")
            #expect(try IDXFile(path: root + "/noise.gz", rank: 1).bytes == values)
        }
    }

    @Test("a gzip bomb is cut off at the size in its header")
    func cutsBomb() async throws {
        let bomb = Synthetic.idx(magic: 0x801, [10], [UInt8](repeating: 0, count: 20_000_000))
        let error = try await failure(bomb, rank: 1, gzipped: true)
        #expect(error.description.contains("bytes follow the [10] values"))
    }

    @Test("a gzipped file cut anywhere, or followed by anything, is refused")
    func refusesCutGzip() async throws {
        try await withTemporaryFolder { root in
            let path = root + "/labels.gz"
            let whole = Synthetic.gzip(Synthetic.idxLabels(count: 50))
            try write(whole, to: path)
            #expect(try IDXFile(path: path, rank: 1).dimensions == [50])
            for count in 0..<whole.count {
                try write(Array(whole.prefix(count)), to: path)
                let error = try #require(throws: DatasetError.self, "\(count) of \(whole.count) bytes") {
                    try IDXFile(path: path, rank: 1)
                }
                #expect(error.category == .badData)
            }
            try write(whole + [0], to: path)
            #expect(throws: DatasetError.malformed(file: path, reason: "bytes follow the gzip data")) {
                try IDXFile(path: path, rank: 1)
            }
        }
    }

    @Test("a flipped bit in a gzipped file is found by its checksum or changes nothing")
    func findsFlippedBit() async throws {
        try await withTemporaryFolder { root in
            let path = root + "/labels.gz"
            let whole = Synthetic.gzip(Synthetic.idxLabels(count: 50))
            var found = 0
            for index in whole.indices {
                var bytes = whole
                bytes[index] ^= 1 << (index % 8)
                try write(bytes, to: path)
                // A few bits mean nothing: the time in the header, the rest of the last byte of the data.
                if let file = try? IDXFile(path: path, rank: 1) {
                    #expect(file.bytes == Array(Synthetic.idxLabels(count: 50).dropFirst(8)), "byte \(index)")
                } else {
                    found += 1
                }
            }
            #expect(found > whole.count - 10)
        }
    }
}
