import Dispatch
import Foundation
import Synchronization

/// Remembers the first Ctrl-C or SIGTERM for the training loop to see; the second ends the process at once.
final class StopSignals {
    /// What the handlers, which run on another thread, and the training loop share.
    private final class Received: Sendable {
        let number = Atomic<Int32>(0)
    }

    private let received = Received()
    /// A source stops when it is released, so these live as long as this object.
    private var sources: [any DispatchSourceSignal] = []

    /// Starts listening.
    init() {
        for number in [SIGINT, SIGTERM] {
            // The source only sees a signal whose own action is off.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [received] in
                let (isFirst, _) = received.number.compareExchange(
                    expected: 0, desired: number, ordering: .relaxed)
                if !isFirst { _exit(128 + number) }
            }
            source.resume()
            sources.append(source)
        }
    }

    /// The number of the signal that came, if one did.
    var signalNumber: Int32? {
        let number = received.number.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
