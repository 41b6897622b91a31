import Foundation
import Tensors
import TestSupport
import Testing
import Training

@Suite("Configurations: hostile files")
struct HostileConfigurationTests {
    private static func file(_ name: String, _ text: String, _ mention: String) -> HostileFile {
        HostileFile(name, text: text, mention, .badConfiguration)
    }

    /// Lines in which each stands for the one before it many times; `last` stands for the last.
    private static func laughs(levels: Int, times: Int, last: String) -> String {
        let lines = (1...levels).map { level in
            "a\(level): &x\(level) [" + [String](repeating: "*x\(level - 1)", count: times).joined(separator: ",") + "]"
        }
        return "a0: &x0 [ha]\n" + lines.joined(separator: "\n") + "\n" + last + "\n"
    }

    static let yaml = [
        HostileFile("not UTF-8", [0x65, 0x3A, 0x20, 0xC3, 0x28], "not UTF-8", .badConfiguration),
        HostileFile("UTF-16", [0xFF, 0xFE, 0x65, 0, 0x3A, 0], "not UTF-8", .badConfiguration),
        file("a zero byte", "epochs: 5\0\n", "not valid YAML"),
        file("a control character", "epochs: \u{1}5\n", ":1: not valid YAML: control characters are not allowed"),
        file("another, further down", "epochs: 5\r\nseed: 1\nthreads: é\u{7F}\n", ":3: not valid YAML: control char"),
        file("a byte above 64 KiB", String(repeating: "#", count: 65_537), "larger than 65536 bytes"),
        file("a text", "train for me\n", "expected lines of the form"),
        file("a number", "5\n", "expected lines of the form"),
        file("a list", "- epochs\n- 5\n", "expected lines of the form"),
        file("a call", "!!python/object/apply:os.system [\"true\"]\n", "expected lines of the form"),
        file("two documents", "epochs: 5\n---\nseed: 1\n", "not valid YAML"),
        file("an unknown key", "epoch: 5\n", "epoch"),
        file("a key that paints the terminal", "\"\\e[31mepochs\": 5\n", "config.yaml"),
        file("a key over two lines", "\"epochs\\nseed\": 5\n", "config.yaml"),
        file("a key of a list", "? [epochs]\n: 5\n", "found a nested key"),
        file("a key of a mapping", "? {epochs: 5}\n: 5\n", "found a nested key"),
        file("a value of a list", "epochs: [5]\n", "takes one value"),
        file("a value of a mapping", "epochs: {a: 5}\n", "takes one value"),
        file("a key twice", "epochs: 5\nepochs: 6\n", "epochs"),
        file("a key twice, once quoted", "epochs: 5\n\"epochs\": 6\n", "epochs"),
        file("a key twice, once with a tag", "epochs: 5\n!!str epochs: 6\n", "epochs"),
        file("a quote that stays open", "epochs: \"5\n", "not valid YAML"),
        file("a bracket that stays open", "epochs: [5\n", "not valid YAML"),
        file("a tab before a key", "epochs: 5\n\tseed: 1\n", "not valid YAML"),
        file("an unknown escape", "epochs: \"\\q\"\n", "not valid YAML"),
        file("a version that is to come", "%YAML 9.9\n---\nepochs: 5\n", "not valid YAML"),
        file("a value in a value", "epochs: seed: 5\n", "not valid YAML"),
        file("65 open brackets", "epochs: " + String(repeating: "[", count: 65), "nested lists"),
        file("60,000 open brackets", "epochs: " + String(repeating: "{", count: 60_000), "nested lists"),
        file("60,000 lists in a line", String(repeating: "-", count: 60_000) + "\n", "config.yaml"),
        file("20,000 lists in lists", String(repeating: "- ", count: 20_000) + "\n", "nested lists"),
        file("20,000 questions", String(repeating: "? ", count: 20_000) + "\n", "nested lists"),
        file("an alias of nothing", "epochs: *nothing\n", "not valid YAML"),
        file("an alias of itself", "epochs: &a [*a]\n", "not valid YAML"),
        file("a merged mapping", "x: &x {epochs: 5}\n<<: *x\n", "unknown key"),
        file("a billion laughs", laughs(levels: 9, times: 10, last: "epochs: *x9"), "aliases"),
        file("10⁶⁰ laughs, compared as keys", laughs(levels: 60, times: 10, last: "? *x60\n: 5"), "aliases"),
        file("as many aliases as are parsed", laughs(levels: 4, times: 2, last: ""), "unknown key"),
        // To YAML a no-break space is text, and what follows in the line no comment; likewise a space with an accent.
        file(
            "laughs behind what looks like a comment",
            laughs(levels: 9, times: 10, last: "").replacing("[", with: "[\n\u{A0}#, "), "aliases"),
        file(
            "laughs behind an accent", laughs(levels: 9, times: 10, last: "").replacing("[", with: "[\n \u{301}#, "),
            "aliases"),
        file("an alias too many", laughs(levels: 4, times: 2, last: "epochs: *x4"), "aliases"),
    ]

    static let values = [
        ("a billion epochs", "epochs: 1000000000"), ("minus one epoch", "epochs: -1"), ("no epoch", "epochs: 0"),
        ("epochs beyond 64 bits", "epochs: 99999999999999999999"), ("half an epoch", "epochs: 1.5"),
        ("epochs in another script", "epochs: ١٢"), ("nothing", "epochs:"), ("a list of nothing", "epochs: ''"),
        ("batches of 2⁶²", "batch-size: 4611686018427387904"), ("a seed below zero", "seed: -1"),
        ("a seed beyond 64 bits", "seed: 18446744073709551616"), ("no number", "learning-rate: .nan"),
        ("an infinite rate", "learning-rate: .inf"), ("a rate of 1e400", "learning-rate: 1e400"),
        ("a rate in base 16", "learning-rate: 0x10"), ("a million threads", "threads: 1000000"),
        ("yes for true", "align-corners: yes"),
    ].map { file($0.0, "dataset: mnist\n\($0.1)\n", "takes") }

    @Test("each is refused")
    func refused() throws {
        try expectRefusals(of: Self.yaml + Self.values, atLeast: 57, fileName: "config.yaml") { path in
            _ = try RunConfiguration(resolving: ConfigurationFile.read(path))
        }
    }

    @Test("what is no file is refused, and a pipe without a writer is not waited for")
    func notFiles() throws {
        try withScratchFolder { folder in
            #expect(mkfifo("\(folder)/pipe.yaml", 0o600) == 0)
            for path in ["\(folder)/pipe.yaml", folder, "/dev/zero"] {
                expectRefusal(path, naming: path, mention: "not a regular file", category: .badConfiguration) {
                    _ = try ConfigurationFile.read(path)
                }
            }
        }
    }

    @Test("asterisks and ampersands in a value are no aliases")
    func plainCharacters() throws {
        let text = "dataset: \"pets & *friends*\"\nmodel: a & b * c\n"
        let values = try ConfigurationFile.parse(text, path: "config.yaml")
        let banner =
            "# \(String(repeating: "*", count: 70))\n# *our* *settings* *as* *we* *use* *them* *every* *single* *day*\n"
        #expect(try ConfigurationFile.parse(banner + text, path: "config.yaml")[.dataset] != nil)
        #expect(values[.dataset]?.text == "pets & *friends*" && values[.model]?.text == "a & b * c")
    }
}
