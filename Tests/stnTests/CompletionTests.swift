import Foundation
import Testing

@Suite("Completion and manual")
struct CompletionTests {
    /// What bash offers for the last of the words.
    private func offers(_ words: String...) throws -> [String] {
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let outcome = try Program.shell(
            """
            set -e
            folder=$(mktemp -d); trap 'rm -r "$folder"' EXIT; cd "$folder"; mkdir sub; touch a.yaml b.txt c.png
            eval "$("$STN" --generate-completion-script bash)"
            COMP_WORDS=(\(list)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE="${COMP_WORDS[*]}"
            COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
            _stn stn "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$((COMP_CWORD - 1))]}" || true
            printf '%s\\n' "${COMPREPLY[@]}"
            """)
        #expect(outcome.exitCode == 0 && outcome.error.isEmpty, "\(outcome.error)")
        return outcome.output.split(separator: "\n").map(String.init).sorted()
    }

    @Test("bash completes commands, options, their values, data sets, files and folders")
    func bash() throws {
        #expect(try offers("stn", "pre") == ["predict"])
        #expect(try offers("stn", "train", "--opt") == ["--optimizer"])
        #expect(try offers("stn", "train", "--optimizer", "ad") == ["adam", "adamw"])
        #expect(try offers("stn", "train", "ci") == ["cifar10"])
        #expect(try offers("stn", "data", "fetch", "fa") == ["fashion-mnist"])
        #expect(try offers("stn", "train", "--config", "") == ["a.yaml", "sub"])
        #expect(try offers("stn", "train", "--output", "") == ["sub"])
        #expect(try offers("stn", "evaluate", "x", "--confusion", "") == ["c.png", "sub"])
    }

    @Test("there is a script for each shell, with every command", arguments: ["bash", "zsh", "fish"])
    func scripts(shell: String) throws {
        let outcome = try Program.run(["--generate-completion-script", shell])
        #expect(outcome.exitCode == 0 && outcome.error.isEmpty)
        for word in ["train", "evaluate", "predict", "visualize", "warp", "data", "bench", "doctor", "save-aligned"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        // Where the shell is here, it takes the script.
        let check = try Program.shell(
            "command -v \(shell) > /dev/null || exit 0; \"$STN\" --generate-completion-script \(shell) | \(shell) -n")
        #expect(check.exitCode == 0, "\(check.error)")
    }

    @Test("what the manual is made from names every command")
    func manual() throws {
        let outcome = try Program.run(["--experimental-dump-help"])
        #expect(outcome.exitCode == 0)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let root = try #require(object?["command"] as? [String: Any])
        let commands = try #require(root["subcommands"] as? [[String: Any]])
        let names = Set(commands.compactMap { $0["commandName"] as? String })
        #expect(names.isSuperset(of: ["train", "evaluate", "predict", "visualize", "warp", "data", "bench", "doctor"]))
    }
}
