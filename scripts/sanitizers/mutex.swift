// Two threads that count under the standard library's lock. The count is right, and the thread sanitizer reports a race; once it
// reports none, the suppressions beside this file can go.
import Foundation
import Synchronization

final class Counter: Sendable { let numbers = Mutex([0]) }

let counter = Counter()
let done = DispatchSemaphore(value: 0)
for _ in 0..<2 {
    Thread {
        for _ in 0..<10_000 { counter.numbers.withLock { $0.append($0.count) } }
        done.signal()
    }.start()
}
done.wait()
done.wait()
print(counter.numbers.withLock { $0.count })
