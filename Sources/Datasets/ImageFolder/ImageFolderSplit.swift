import Tensors

/// Which files are learnt from and which are tested on.
struct ImageFolderSplit {
    let training: [ImageFolderContents.File]
    let test: [ImageFolderContents.File]
    /// Where the test files come from, for the log.
    let source: String

    /// Of `RandomPurpose.shuffle`; 0 is the order of training images.
    private static let streamIndex: UInt16 = 1

    /// Takes the folder's own split, or sets aside a part of each class by the seed.
    ///
    /// Each class of two images or more gives at least one and keeps at least one, so that small classes are tested too.
    init(_ contents: ImageFolderContents, options: ImageFolder.Options) throws(ImageFolderError) {
        if let folder = contents.test {
            training = contents.files
            test = folder.files
            source = "tested on \(folder.name)"
            return
        }
        var isTest = [Bool](repeating: false, count: contents.files.count)
        let byLabel = Dictionary(grouping: contents.files.indices) { contents.files[$0].label }
        for (label, members) in byLabel where members.count >= 2 {
            // Between 0 and the number of images, so the conversion is safe.
            let share = Int((Double(members.count) * options.testFraction).rounded())
            let stream = RandomStream(
                seed: options.seed, purpose: .shuffle, index: Self.streamIndex, step: UInt32(label))
            var generator = stream.generator
            let order = generator.permutation(of: members.count)
            for place in order.prefix(min(max(share, 1), members.count - 1)) { isTest[members[place]] = true }
        }
        training = contents.files.indices.filter { !isTest[$0] }.map { contents.files[$0] }
        test = contents.files.indices.filter { isTest[$0] }.map { contents.files[$0] }
        // Between 1 and 99, because the fraction lies between 0 and 1.
        let percent = min(max(Int((options.testFraction * 100).rounded()), 1), 99)
        source = "split \(100 - percent)/\(percent) by seed \(options.seed)"
        if test.isEmpty { throw .noTestImages(path: contents.path) }
    }
}
