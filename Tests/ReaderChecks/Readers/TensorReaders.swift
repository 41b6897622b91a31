import Datasets
import Interchange
import Training

extension ReaderCheck {
    /// Files of tensors: each element is there and nothing else, and what is written again is read as the same.
    package static let safetensors = ReaderCheck("safetensors", form: .tensors) { bytes, _ in
        let file = try SafetensorsFile(parsing: bytes)
        var dataByteCount = 0
        for tensor in file.tensors {
            let count = tensor.shape.dimensions.reduce(1, *)
            try require(tensor.bytes.count == count * tensor.type.byteCount, "\(tensor.name) lacks elements")
            try require((tensor.floats()?.count ?? tensor.integers()?.count) == count, "\(tensor.name) has no values")
            dataByteCount += tensor.bytes.count
        }
        let headerByteCount = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        try require(8 + headerByteCount + dataByteCount == bytes.count, "bytes belong to no tensor")
        let written = try promised("writing again") { try file.encoded() }
        let again = try promised("reading again") { try SafetensorsFile(parsing: written) }
        try requireSame(again, file)
        try require(try promised("writing twice") { try again.encoded() } == written, "equal files of other bytes")
    }

    /// Checkpoints: what opens has a seal that any way of checking finds whole, and can be saved and opened again.
    package static let checkpoint = ReaderCheck("checkpoint", form: .sealedTensors) { bytes, scratch in
        let file = try Seal.opened(bytes, name: "step-0000000001.safetensors")
        try promised("its seal, read by blocks") { try Seal.check(scratch.file("sealed.safetensors", of: bytes)) }
        let sealed = try promised("sealing again") { try Seal.sealed(file) }
        try requireSame(unsealed(try promised("opening again") { try Seal.opened(sealed, name: "") }), unsealed(file))

        let record = try CheckpointRecord(in: file, path: "step-0000000001.safetensors")
        let metadata = try promised("writing its record") { try record.metadata }
        let again = try promised("reading its record again") {
            try CheckpointRecord(in: SafetensorsFile(metadata: metadata, tensors: []), path: "")
        }
        // Not compared as values: what is not a number equals nothing.
        try require(try promised("twice") { try again.metadata } == metadata, "the record changes")
        let progress = try record.progress(
            for: smallRun.configuration, plan: smallRun.plan, path: "step-0000000001.safetensors")
        try require(
            (0...smallRun.plan.epochs * smallRun.plan.batchesPerEpoch).contains(
                progress.completedSteps(in: smallRun.plan)),
            "steps that no run of this size has")
    }

    private static func unsealed(_ file: SafetensorsFile) -> SafetensorsFile {
        var file = file
        file.metadata["sha256"] = nil
        return file
    }

    private static func requireSame(_ left: SafetensorsFile, _ right: SafetensorsFile) throws(BrokenPromise) {
        try require(left.metadata == right.metadata, "other metadata")
        try require(
            left.tensors.sorted { $0.name < $1.name } == right.tensors.sorted { $0.name < $1.name }, "other tensors")
    }

    /// The run that checkpoints must belong to: 10 epochs of 7 images, 3 a batch.
    private static let smallRun: (configuration: RunConfiguration, plan: TrainingPlan) = {
        var configuration = RunConfiguration(dataset: .init(source: .glyphs))
        (configuration.training.epochs, configuration.training.batchSize) = (10, 3)
        let images = LabeledImages(
            height: 1, width: 1, channels: 1, pixels: [0, 1, 2, 3, 4, 5, 6], labels: .init(0..<7))
        let dataset = Dataset(
            name: "glyphs", classNames: (0..<7).map { "\($0)" }, normalization: .init(mean: [0], deviation: [1]),
            training: images, test: images)
        guard let plan = try? TrainingPlan(configuration.training, dataset: dataset) else {
            preconditionFailure("a run of seven images has a plan")
        }
        return (configuration, plan)
    }()
}
