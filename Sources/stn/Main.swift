import ArgumentParser
import Foundation
import Training

@main
enum Main {
    static func main() {
        StandardStreams.occupyClosed()
        Arenas.limit()
        // A reader that goes away (`stn … | head`) is then an error of the write, which ends the program in order.
        signal(SIGPIPE, SIG_IGN)
        do {
            let arguments = HelpWords.reordered(Array(CommandLine.arguments.dropFirst()))
            try HelpWords.check(arguments)
            var command = try Stn.parseAsRoot(arguments)
            try command.run()
        } catch {
            exit(Failure.report(error))
        }
    }
}
