import ArgumentParser

/// Makes `stn data help` and `stn data help fetch` what `stn help data` and `stn help data fetch` are to the parser.
enum HelpWords {
    /// The arguments, with a `help` that stands where a command is expected moved to the front.
    static func reordered(_ arguments: [String]) -> [String] {
        var type: any ParsableCommand.Type = Stn.self
        for (place, word) in arguments.enumerated() {
            let commands = type.configuration.subcommands
            if word == "help", !commands.isEmpty {
                return ["help"] + arguments[..<place] + arguments[(place + 1)...]
            }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else { break }
            type = next
        }
        return arguments
    }

    /// Refuses help on a command that does not exist, for which the parser would print the help of another.
    static func check(_ arguments: [String]) throws {
        guard arguments.first == "help", let question = UnknownCommand.question(arguments) else {
            return
        }
        throw ValidationError(question)
    }
}
