import ArgumentParser
import Foundation
import Training

@main
enum Main {
    static func main() {
        // A reader that goes away (`stn … | head`) is then an error of the write, which ends the program in order.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try Stn.parseAsRoot()
            try command.run()
        } catch {
            exit(Failure.report(error))
        }
    }
}
