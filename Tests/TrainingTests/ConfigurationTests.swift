import Datasets
import Foundation
import Imaging
import SpatialTransformers
import Tensors
import Testing
import Training

@Suite("Run configurations")
struct ConfigurationTests {
    private func flags(_ pairs: [(Setting, String)]) -> SettingValues {
        var values = SettingValues()
        for (setting, text) in pairs { values.set(setting, text) }
        return values
    }

    private func resolve(_ pairs: (Setting, String)...) throws -> RunConfiguration {
        try RunConfiguration(resolving: flags(pairs))
    }

    @Test("defaults are the tutorial's")
    func defaults() throws {
        let configuration = try resolve((.dataset, "cifar10"))
        #expect(configuration == RunConfiguration(dataset: DatasetRequest(source: .cifar10)))
        #expect(configuration.training.epochs == 50)
        #expect(configuration.training.batchSize == 64)
        #expect(configuration.training.optimizer == OptimizerSettings(kind: .sgd, learningRate: 0.01))
        #expect(configuration.training.schedule == .constant)
        #expect(configuration.transformer == TransformerSettings())
        #expect(configuration.logInterval == 500)
        #expect(configuration.precision == .float32)
    }

    @Test(
        "a written configuration reads back as the same",
        arguments: [
            [(Setting.dataset, "cifar10")],
            [(.dataset, "glyphs"), (.difficulty, "hard"), (.optimizer, "adam"), (.learningRate, "1e-5")],
            [
                (.dataset, "mnist"), (.transform, "none"), (.schedule, "step"), (.stepSize, "7"),
                (.gamma, "0.3"),
            ],
            [
                (.dataset, "mnist"), (.dataDirectory, "/a: b #c/'\"\\ü"), (.seed, "18446744073709551615"),
                (.threads, "2"),
            ],
            [(.dataset, "/"), (.imageSize, "96"), (.alignCorners, "true"), (.momentum, "0.9")],
            [(.dataset, "/"), (.skipBad, "true")],
            [(.dataset, "mnist"), (.precision, "mixed")],
            [(.dataset, "mnist"), (.distort, "rotation-scale-translation")],
            [
                (.dataset, "mnist"), (.model, "paper-cnn"), (.transform, "thin-plate-spline"), (.sampling, "bicubic"),
                (.padding, "background"), (.antialias, "true"), (.bounds, "0.3"), (.initialSpread, "0.05"),
                (.gradientScale, "0.1"),
                (.departurePenalty, "1e-3"), (.scalePenalty, "2"), (.foldingPenalty, "3"), (.freezeEpochs, "2"),
                (.labelSmoothing, "0.1"),
            ],
            [(.dataset, "cifar10"), (.schedule, "one-cycle"), (.weightDecay, "5e-4"), (.optimizer, "adamw")],
        ])
    func roundTrip(pairs: [(Setting, String)]) throws {
        let configuration = try RunConfiguration(resolving: flags(pairs))
        let text = try ConfigurationFile.text(of: configuration)
        let values = try ConfigurationFile.parse(text, path: "config.yaml")
        #expect(try RunConfiguration(resolving: values) == configuration, "\(text)")
    }

    /// Settings that need others beside them, and a value for each that is not its default.
    private static let changes: [(setting: Setting, text: String, beside: [(Setting, String)])] = [
        (.dataset, "cifar10", []), (.dataDirectory, "/elsewhere", []),
        (.difficulty, "hard", [(.dataset, "glyphs")]), (.imageSize, "96", [(.dataset, "/")]),
        (.skipBad, "true", [(.dataset, "/")]), (.distort, "rotation", []), (.model, "paper-cnn", []),
        (.transform, "similarity", []), (.controlPoints, "5", [(.transform, "thin-plate-spline")]),
        (.cells, "2", [(.transform, "cpab")]), (.series, "2", []), (.sharedPredictor, "true", [(.series, "3")]),
        (.parallel, "2", []), (.transformedSize, "20x24", []), (.alignCorners, "true", []), (.sampling, "bicubic", []),
        (.padding, "background", []), (.antialias, "true", []), (.bounds, "0.3", []), (.initialSpread, "0.1", []),
        (.gradientScale, "0.1", []),
        (.departurePenalty, "1e-3", []), (.scalePenalty, "2", []),
        (.foldingPenalty, "3", [(.transform, "thin-plate-spline")]), (.freezeEpochs, "2", []), (.epochs, "7", []),
        (.batchSize, "7", []), (.optimizer, "adam", []), (.learningRate, "0.3", []), (.localizationRate, "0.3", []),
        (.momentum, "0.9", []), (.weightDecay, "0.1", []), (.schedule, "one-cycle", []),
        (.stepSize, "7", [(.schedule, "step"), (.stepSize, "3")]),
        (.gamma, "0.7", [(.schedule, "step"), (.stepSize, "3")]), (.labelSmoothing, "0.1", []),
        (.onNonfinite, "skip", []), (.precision, "mixed", []), (.seed, "7", []), (.threads, "2", []),
        (.logInterval, "7", []), (.figureEvery, "7", []), (.saveEvery, "7", []),
    ]

    @Test("no setting is passed over, whether a run is made of it or it is written down")
    func eachSettingCounts() throws {
        #expect(Set(Self.changes.map(\.setting)) == Set(Setting.allCases))
        for (setting, text, beside) in Self.changes {
            let others = beside.contains { $0.0 == .dataset } ? beside : [(.dataset, "mnist")] + beside
            let changed = try RunConfiguration(resolving: flags(others + [(setting, text)]))
            #expect(try changed != RunConfiguration(resolving: flags(others)), "\(setting)")
            let written = try ConfigurationFile.parse(ConfigurationFile.text(of: changed), path: "config.yaml")
            #expect(try RunConfiguration(resolving: written) == changed, "\(setting)")
        }
    }

    @Test("a number may be as large as is allowed, and not larger")
    func limits() throws {
        let limits: [(setting: Setting, most: String, more: String, beside: [(Setting, String)])] = [
            (.learningRate, "1000", "1001", []), (.localizationRate, "1000", "1001", []),
            (.weightDecay, "1000", "1001", []), (.momentum, "0.9999", "0.99991", []),
            (.stepSize, "1000000", "1000001", [(.schedule, "step")]),
            (.gamma, "1", "1.1", [(.schedule, "step"), (.stepSize, "7")]), (.bounds, "1000", "1001", []),
            (.initialSpread, "1", "1.1", []), (.gradientScale, "1000", "1001", []),
            (.departurePenalty, "1000000", "1000001", []),
            (.scalePenalty, "1000000", "1000001", []),
            (.foldingPenalty, "1000000", "1000001", [(.transform, "thin-plate-spline")]),
            (.freezeEpochs, "1000000", "1000001", []), (.series, "16", "17", []), (.parallel, "16", "17", []),
            (.controlPoints, "16", "17", [(.transform, "thin-plate-spline")]),
            (.controlPoints, "64", "65", [(.transform, "displacement-field")]),
            (.cells, "8", "9", [(.transform, "cpab")]), (.transformedSize, "1024x16", "1025x16", []),
            (.imageSize, "1024", "1025", [(.dataset, "/")]),
        ]
        for (setting, most, more, beside) in limits {
            let others = beside.contains { $0.0 == .dataset } ? beside : [(.dataset, "mnist")] + beside
            #expect(throws: Never.self, "\(setting)") {
                try RunConfiguration(resolving: flags(others + [(setting, most)]))
            }
            let error = #expect(throws: ConfigurationError.self, "\(setting)") {
                try RunConfiguration(resolving: flags(others + [(setting, more)]))
            }
            #expect(error?.category == .usage && error?.description.contains(more) == true, "\(setting)")
        }
    }

    @Test("transformers that cannot stand so are refused with what they can")
    func arrangements() {
        let refusals: [(pairs: [(Setting, String)], words: String)] = [
            ([(.transform, "cpab"), (.series, "2")], "series is for matrices"),
            ([(.transform, "rotation"), (.parallel, "2")], "parallel needs transform attention, similarity"),
            ([(.series, "2"), (.parallel, "2")], "series are two ways"),
            ([(.sharedPredictor, "true")], "without a series"),
            ([(.controlPoints, "4")], "only with thin-plate-spline"), ([(.cells, "4")], "only with cpab"),
            ([(.parallel, "2"), (.initialSpread, "0.1")], "begin at parts"),
            ([(.transformedSize, "15x40")], "at least 16x16 with model seed"),
            ([(.transformedSize, "20")], "as 32x32"), ([(.transformedSize, "0x20")], "as 32x32"),
            ([(.transform, "none"), (.series, "2")], "with transform none"),
        ]
        for (pairs, words) in refusals {
            let error = #expect(throws: ConfigurationError.self, "\(pairs)") {
                try RunConfiguration(resolving: flags([(.dataset, "mnist")] + pairs))
            }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test("each arrangement of transformers makes a network of every model", arguments: ModelChoice.allCases)
    func arrangedNetworks(_ model: ModelChoice) throws {
        for (pairs, transformers, numbers) in [
            ([(.series, "3")], 1, 6), ([(.series, "2"), (.sharedPredictor, "true")], 1, 6), ([(.parallel, "2")], 2, 6),
            ([(.series, "2"), (.transform, "projective")], 1, 8), ([(.transformedSize, "24x26")], 1, 6),
            ([(.transform, "thin-plate-spline"), (.controlPoints, "3")], 1, 18),
            ([(.transform, "cpab"), (.cells, "1")], 1, 10),
            ([(.transform, "displacement-field"), (.controlPoints, "2")], 1, 8),
        ] as [([(Setting, String)], Int, Int)] {
            let settings = try RunConfiguration(
                resolving: flags([(.dataset, "mnist"), (.model, model.rawValue)] + pairs)
            ).transformer
            let network = model.network(
                classes: 2, transform: settings.transformation,
                options: settings.options(mean: [0], deviation: [1], seed: 0), arrangement: settings.arrangement)
            let graph = try GraphBuilder.graph(of: network, input: [28, 28, 1])
            #expect(graph.transformers.count == transformers, "\(pairs)")
            #expect(graph.transformers.allSatisfy { graph.shape(of: $0.theta) == [numbers] }, "\(pairs)")
        }
    }

    @Test("numbers in scientific notation are numbers, which YAML 1.1 would call text")
    func scientific() throws {
        let values = try ConfigurationFile.parse("dataset: mnist\nlearning-rate: 1e-3\n", path: "f")
        #expect(try RunConfiguration(resolving: values).training.optimizer.learningRate == 0.001)
    }

    @Test(
        "malformed files name the line and exit with 78",
        arguments: [
            ("epochs: 5\nepoch: 3\n", "f:2: unknown key 'epoch'; did you mean 'epochs'?"),
            ("dataset: mnist\n\nepochs: 5\n# no\nepochs: 6\n", "f:5: key 'epochs' stands twice; delete one"),
            ("epochs: 5\n\"epochs\": 6\n", "f:2: key 'epochs' stands twice; delete one"),
            ("dataset: mnist\nepochs: [1, 2]\n", "f:2: epochs takes one value, not a list or a mapping"),
            ("- epochs\n", "f:1: expected lines of the form 'key: value', such as 'epochs: 5'"),
            ("dataset: mnist\n? [a]\n: 1\n", "f:2: expected 'key: value', found a nested key"),
        ])
    func malformed(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.parse(text, path: "f") }
        #expect(error?.description == message)
        #expect(error?.category == .badConfiguration)
    }

    @Test(
        "hostile YAML is an error of one line, never a crash",
        arguments: [
            String(repeating: "[", count: 60_000), String(repeating: "- ", count: 30_000), "a: &a [*a, *a]",
            "\u{0}",
            "a: !!python/object:os.system x", "{", "\"", "a: b: c", "\t- x",
            String(repeating: "? ", count: 5000) + "x",
            "epochs: *nothing",
        ])
    func hostile(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.parse(text, path: "f") }
        #expect(error?.description.contains { $0.isNewline } == false)
    }

    @Test("values in a file are checked like flags, with the file's line and exit code")
    func fileValues() throws {
        let values = try ConfigurationFile.parse("dataset: mnist\nbatch-size: 0\n", path: "my.yaml")
        let error = #expect(throws: ConfigurationError.self) { try RunConfiguration(resolving: values) }
        #expect(error?.description == "my.yaml:2: batch-size takes a whole number from 1 to 65536, not '0'")
        #expect(error?.category == .badConfiguration)
    }

    @Test("flags win over the file, and a changed choice takes its dependants along")
    func override() throws {
        let file = try ConfigurationFile.parse(
            "dataset: glyphs\ndifficulty: hard\nschedule: step\nstep-size: 5\ngamma: 0.5\nepochs: 9\n",
            path: "f")
        let kept = try RunConfiguration(
            resolving: file.overridden(by: flags([(.epochs, "3"), (.gamma, "0.25")])))
        #expect(kept.training.epochs == 3)
        #expect(kept.training.schedule == .step(size: 5, gamma: 0.25))
        #expect(kept.dataset.difficulty == .hard)
        let changed = try RunConfiguration(
            resolving: file.overridden(by: flags([(.schedule, "cosine"), (.dataset, "mnist")])))
        #expect(changed.training.schedule == .cosine)
        #expect(changed.dataset == DatasetRequest(source: .mnist))
        #expect(changed.training.epochs == 9)
    }

    @Test("relative paths become absolute, so that a run's configuration works from any folder")
    func absolutePaths() throws {
        let here = FileManager.default.currentDirectoryPath
        let data = try resolve((.dataset, "mnist"), (.dataDirectory, "./some/../data"))
        #expect(data.dataset.dataDirectory == here + "/some/../data")
        #expect(try resolve((.dataset, ".")).dataset.source == .folder(here))
        #expect(try resolve((.dataset, "mnist"), (.dataDirectory, "/a")).dataset.dataDirectory == "/a")
        #expect(try resolve((.dataset, "mnist"), (.dataDirectory, "")).dataset.dataDirectory == nil)
        let home = try resolve((.dataset, "mnist"), (.dataDirectory, "~/a")).dataset.dataDirectory
        #expect(home?.hasPrefix("/") == true && home?.contains("~") == false)
    }

    @Test("a folder of images in place of another keeps the settings of folders")
    func movedFolder() throws {
        let file = try ConfigurationFile.parse("dataset: /gone\nimage-size: 96\nskip-bad: true\n", path: "f")
        let moved = try RunConfiguration(resolving: file.overridden(by: flags([(.dataset, "/")])))
        #expect(moved.dataset.imageSize == 96)
        #expect(moved.dataset.skipsBadImages)
        let other = try RunConfiguration(resolving: file.overridden(by: flags([(.dataset, "glyphs")])))
        #expect(other.dataset == DatasetRequest(source: .glyphs))
        #expect(throws: ConfigurationError.self) { try RunConfiguration(resolving: file) }
    }

    @Test(
        "the smallest image size is the smallest that the network takes", arguments: [ModelChoice.seed, .paperCNN],
        [TransformChoice.affine, .none])
    func smallestImages(model: ModelChoice, transform: TransformChoice) throws {
        let side = model.smallestImageSide(with: transform)
        let network = model.network(classes: 2, transform: transform.family(), options: .init())
        _ = try GraphBuilder.graph(of: network, input: [side, side, 3])
        #expect(throws: NetworkError.self) {
            try GraphBuilder.graph(of: network, input: [side - 1, side - 1, 3])
        }
        let small = flags([
            (.dataset, "/"), (.model, model.rawValue), (.transform, transform.rawValue), (.imageSize, "\(side - 1)"),
        ])
        let error = #expect(throws: ConfigurationError.self) { try RunConfiguration(resolving: small) }
        #expect(error?.description.hasPrefix("--image-size takes a whole number from \(side) to 1024") == true)
    }

    @Test(
        "the residual network's smallest image is the smallest whose every normalisation has several places",
        arguments: [TransformChoice.affine, .none])
    func smallestResidualImages(transform: TransformChoice) throws {
        let network = ModelChoice.residual.network(classes: 2, transform: transform.family(), options: .init())
        func fewestPlaces(side: Int) throws -> Int? {
            let graph = try GraphBuilder.graph(of: network, input: [side, side, 1])
            return graph.nodes.filter { $0.operation is BatchNormOperation }
                .map { graph.shape(of: $0.inputs[0]) }.map { $0[0] * $0[1] }.min()
        }
        let side = ModelChoice.residual.smallestImageSide(with: transform)
        #expect(try fewestPlaces(side: side) == 4)
        #expect(try fewestPlaces(side: side - 1) == 1)
    }

    @Test(
        "every family has a network, and each number of the tutorial's transformer keeps its name",
        arguments: TransformChoice.allCases, [ModelChoice.seed, .residual])
    func families(transform: TransformChoice, model: ModelChoice) throws {
        let configuration = try resolve(
            (.dataset, "cifar10"), (.transform, transform.rawValue), (.model, model.rawValue))
        let network = configuration.model.network(
            classes: 10, transform: configuration.transformer.transformation, options: .init())
        let graph = try GraphBuilder.graph(of: network, input: [32, 32, 3])
        #expect(graph.transformers.first?.transformation.name == (transform == .none ? nil : transform.rawValue))
        let head = graph.parameters.first { $0.name == "fc_loc.2.bias" }
        #expect(head?.specification.shape.count == transform.family()?.parameterCount)
    }

    @Test("settings of a transformer mean nothing without one, and have limits")
    func transformerSettings() throws {
        for (setting, text) in [
            (Setting.padding, "border"), (.bounds, "1"), (.freezeEpochs, "1"), (.localizationRate, "2"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try resolve((.dataset, "mnist"), (.transform, "none"), (setting, text))
            }
            #expect(error?.description.contains("means nothing with transform none") == true)
        }
        for (setting, text) in [
            (Setting.bounds, "0"), (.gradientScale, "-1"), (.padding, "grey"), (.labelSmoothing, "1.5"),
        ] {
            #expect(throws: ConfigurationError.self) { try resolve((.dataset, "mnist"), (setting, text)) }
        }
        let bounded = try resolve((.dataset, "mnist"), (.bounds, "0.25")).transformer
        #expect(bounded.transformation?.identity == [Float](repeating: 0, count: 6))
    }

    @Test("missing and oversized files are told apart")
    func files() throws {
        #expect(
            throws: ConfigurationError.unreadable(path: "/no/such.yaml", reason: "No such file or directory")
        ) {
            try ConfigurationFile.read("/no/such.yaml")
        }
        try withTemporaryFolder { folder throws in
            let path = folder + "/large.yaml"
            try Data(repeating: 0x23, count: 70_000).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.read(path) }
            #expect(error?.category == .badConfiguration)
        }
    }

    @Test("a folder's run is named by its last component")
    func slugs() {
        #expect(DatasetRequest(source: .folder("/data/My Pets!/")).slug == "my-pets")
        #expect(DatasetRequest(source: .folder("/")).slug == "images")
        #expect(DatasetRequest(source: .fashionMNIST).slug == "fashion-mnist")
    }

    @Test("a text is cut to a line's length, whatever stands on its letters")
    func lineOfMarks() {
        let text = "e" + String(repeating: "\u{301}", count: 5_000)
        #expect(
            oneLine(text).utf8.count < 300 && oneLine("e\u{301}") == "e\u{301}" && oneLine("abc", limit: 2) == "ab…")
    }

    @Test("an empty file sets nothing, and a key that stands twice in other spellings is refused")
    func emptyAndTwice() throws {
        for text in ["", "# nothing\n"] {
            let values = try ConfigurationFile.parse(text, path: "c.yaml")
            #expect(Setting.allCases.allSatisfy { values[$0] == nil }, "\(text.debugDescription)")
        }
        for second in ["epochs", "\"epochs\"", "'epochs'", "!!binary epochs"] {
            let error = #expect(throws: ConfigurationError.self) {
                try ConfigurationFile.parse("epochs: 1\n\(second): 2\n", path: "c.yaml")
            }
            guard case .duplicateKey("epochs", path: "c.yaml", line: _)? = error else {
                Issue.record("\(second): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("runs are called after their model and transformer")
    func modelNames() throws {
        #expect(try resolve((.dataset, "mnist")).modelName == "affine")
        #expect(try resolve((.dataset, "mnist"), (.transform, "none")).modelName == "cnn")
        #expect(try resolve((.dataset, "mnist"), (.model, "paper-cnn")).modelName == "paper-cnn-affine")
        #expect(
            try resolve((.dataset, "mnist"), (.model, "paper-cnn"), (.transform, "none")).modelName == "paper-cnn")
    }

    @Test(
        "what is read beyond the image is what the library calls so",
        arguments: [
            (PaddingChoice.zeros, SamplingPadding.zeros), (.border, .border), (.reflection, .reflection),
            (.wrap, .wrap),
            (.background, .background(mean: [0.5], deviation: [0.25])),
        ])
    func paddings(choice: PaddingChoice, padding: SamplingPadding) throws {
        let settings = try resolve((.dataset, "mnist"), (.padding, choice.rawValue)).transformer
        #expect(settings.options(mean: [0.5], deviation: [0.25], seed: 0).padding == padding)
    }

    @Test("penalties are those that were asked for, each by its own weight")
    func penalties() throws {
        #expect(
            try resolve((.dataset, "mnist")).transformer.options(mean: [0], deviation: [1], seed: 0).penalties.isEmpty)
        let settings = try resolve(
            (.dataset, "mnist"), (.departurePenalty, "0.5"), (.foldingPenalty, "0.25")
        ).transformer
        let penalties = settings.options(mean: [0], deviation: [1], seed: 0).penalties
        #expect(penalties.map(\.1) == [0.5, 0.25])
    }

    @Test("a transformer begins at the identity, or as far from it as was asked, by the run's seed")
    func start() throws {
        func start(_ pairs: (Setting, String)...) throws -> InitialParameters {
            let configuration = try RunConfiguration(resolving: flags([(.dataset, "mnist"), (.seed, "7")] + pairs))
            let seed = configuration.training.seed
            return configuration.transformer.options(mean: [0], deviation: [1], seed: seed).start
        }
        #expect(try start() == .identity)
        #expect(try start((.initialSpread, "0.25")) == .perturbed(by: 0.25, seed: 7))
    }

    @Test(
        "a folder of any name is written on one line and read back",
        arguments: [
            "a b", "it's", "say \"cheese\"", "back\\slash", "two\nlines", "tab\t", "#: {}", "🦊é", "e\u{301}\"\u{301}",
            String(repeating: "[", count: 100), String(repeating: "*a", count: 50),
            "a\n" + String(repeating: "- ", count: 50),
            String(repeating: "a ", count: 60) + String(repeating: "?", count: 100), "\u{2028}\u{85}\u{7F}\u{1}",
        ])
    func anyName(_ name: String) throws {
        let configuration = RunConfiguration(dataset: DatasetRequest(source: .folder("/images/\(name)")))
        let text = try ConfigurationFile.text(of: configuration)
        #expect(text.split(whereSeparator: \.isNewline).count == configuration.entries.count, "\(text)")
        let values = try ConfigurationFile.parse(text, path: "config.yaml")
        #expect(try RunConfiguration(resolving: values, folderMayBeGone: true) == configuration)
    }

    @Test(
        "the second of two equal keys is named by its line, whatever ends the lines", arguments: ["\n", "\r\n", "\r"])
    func equalKeys(end: String) {
        let text = ["epochs: 5", "seed: 1", "epochs: 6", ""].joined(separator: end)
        #expect(throws: ConfigurationError.duplicateKey("epochs", path: "c", line: 3)) {
            try ConfigurationFile.parse(text, path: "c")
        }
    }

    @Test("brackets nest what they do not stand quoted in, wherever settings stand before them")
    func nesting() {
        let deep = String(repeating: "[", count: 65)
        for text in [
            deep, "seed: 1\nepochs: \(deep)", "dataset: \"a\"\nepochs: \(deep)", "dataset: \"a\\\"\n\(deep)",
            "dataset: 'a\nmodel: \"\(deep)\"", "dataset: \"\"\u{301}\(deep)\"",
        ] {
            #expect(throws: ConfigurationError.self, "\(text)") { try ConfigurationFile.parse(text, path: "c") }
        }
        #expect(
            throws: ConfigurationError.malformed(
                path: "c", line: 3, problem: "nested lists or mappings; a configuration is flat")
        ) {
            try ConfigurationFile.parse("seed: 1\r\nmodel: \"[[\"\r\nepochs: \(deep)", path: "c")
        }
    }

    @Test("images are those of the defaults where a request does not say how hard or how large")
    func unsaid() throws {
        var glyphs = DatasetRequest(source: .glyphs)
        let normal = try glyphs.load(seed: 3) { _ in }
        glyphs.difficulty = nil
        #expect(try glyphs.load(seed: 3) { _ in }.training.pixels == normal.training.pixels)
        try withTemporaryFolder { folder in
            for name in ["a", "b"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
                for index in 0..<2 {
                    let picture = Image(width: 3, height: 3, channels: 1, filledWith: [9])
                    try picture.write(png: "\(folder)/\(name)/\(index).png")
                }
            }
            var request = DatasetRequest(source: .folder(folder))
            request.imageSize = nil
            var notes: [String] = []
            let images = try request.load(seed: 3) { notes.append($0) }.training
            #expect(images.height == 64 && images.width == 64 && notes.count == 1)
        }
    }
}
