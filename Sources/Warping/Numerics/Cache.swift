import Synchronization

/// Values that depend on a key alone and are dear to make; safe to share between threads.
///
/// At most `capacity` stay; one more and all go, since a program that needs so many is not repeating itself.
final class Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let values = Mutex<[Key: Value]>([:])
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// The value of `key`, made by `make` when it is not there.
    ///
    /// Two threads may make the same value at the same time; both are equal, and no thread waits for another.
    func value(for key: Key, make: () -> Value) -> Value {
        if let value = values.withLock({ $0[key] }) { return value }
        let value = make()
        values.withLock {
            if $0.count >= capacity { $0.removeAll() }
            $0[key] = value
        }
        return value
    }
}
