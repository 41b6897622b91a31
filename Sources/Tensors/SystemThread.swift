import Foundation

/// Threads of the system's own, as `Thread` does not say when there is none to be had.
enum SystemThread {
    private final class Task {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of that name, which ends with it; false, with nothing run, where the system gives no thread.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let task = Unmanaged.passRetained(
            Task {
                Thread.current.name = name
                body()
            })
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = pthread_create(&thread, nil, { SystemThread.run($0) }, task.toOpaque())
        #else
            var thread = pthread_t()
            let code = pthread_create(&thread, nil, { SystemThread.run($0) }, task.toOpaque())
        #endif
        guard code == 0 else {
            task.release()
            return false
        }
        #if canImport(Darwin)
            if let thread { pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
        return true
    }

    private static func run(_ task: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let task { Unmanaged<Task>.fromOpaque(task).takeRetainedValue().body() }
        return nil
    }
}
