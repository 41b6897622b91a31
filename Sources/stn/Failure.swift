import ArgumentParser
import Foundation
import Tensors
import Training

/// Says on one line what went wrong, and with which exit code the process ends.
enum Failure {
    /// Prints what there is to print about `error` and returns the exit code.
    static func report(_ error: any Error) -> Int32 {
        switch error {
        case TextSinkError.closedPipe:
            // What a shell reports for a program that the closed pipe itself ended.
            return 128 + SIGPIPE
        case let interrupted as TrainingInterrupted:
            say(interrupted.description)
            return interrupted.exitCode
        case let code as ExitCode:
            // Thrown by what has said already what there is to say.
            return code.rawValue
        case let error as any UserFacingError:
            say(error)
            return error.category.exitCode
        default:
            return reportParsing(error)
        }
    }

    /// Help and versions reach here as errors too, as the parser throws them; those go to standard output.
    private static func reportParsing(_ error: any Error) -> Int32 {
        let code = Stn.exitCode(for: error)
        if code == .success {
            do {
                try DescriptorSink.standardOutput.write(Stn.fullMessage(for: error) + "\n")
                return 0
            } catch {
                return report(error)
            }
        }
        let message = UnknownCommand.question(Array(CommandLine.arguments.dropFirst())) ?? Stn.message(for: error)
        say("error: \(oneLine(message, limit: 400))")
        // Anything that is neither ours nor the parser's is a fault of the program.
        return code == .validationFailure
            ? ErrorCategory.usage.exitCode : ErrorCategory.internalFailure.exitCode
    }

    /// Says one of several errors, of which the worst decides the exit code.
    ///
    /// Paths may hold line breaks and worse; the longest list of bad files takes some hundred characters.
    static func say(_ error: any UserFacingError) { say("error: \(oneLine("\(error)", limit: 2000))") }

    /// Writes a line to standard error.
    static func say(_ line: String) {
        // Nothing is left to be done where standard error itself is gone.
        try? DescriptorSink.standardError.write(line + "\n")
    }
}

/// Notices a command that does not exist, where the parser only speaks of unexpected arguments.
enum UnknownCommand {
    /// What to say when a word stands where a command is expected and is none; otherwise nil.
    static func question(_ arguments: [String]) -> String? {
        let arguments = HelpWords.reordered(arguments)
        let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        var type: any ParsableCommand.Type = Stn.self
        for word in words {
            // A key path into an existential metatype crashes the Swift 6.3 compiler; a closure does not.
            let commands = type.configuration.subcommands.filter { $0.configuration.shouldDisplay }
            if commands.isEmpty || word.hasPrefix("-") { return nil }
            let names = commands.compactMap { $0.configuration.commandName }
            guard let next = commands.first(where: { $0.configuration.commandName == word }) else {
                let hint = Suggestion.nearest(to: word, among: names).map { "Did you mean '\($0)'?" }
                return "Unknown command '\(word)'. \(hint ?? "There are \(names.joined(separator: ", ")).")"
            }
            type = next
        }
        return nil
    }
}
