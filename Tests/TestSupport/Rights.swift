#if os(Linux)
    import Foundation

    /// Runs `body` with the rights that a user without any has to files, also where the tests are root's.
    ///
    /// On this thread alone: Linux keeps the user that files are asked as for each, and root's power over them goes with it.
    public func withoutRights<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard getuid() == 0 else { return try body() }
        // Nobody, on every system.
        _ = setUserForFiles(65534)
        defer { _ = setUserForFiles(0) }
        return try body()
    }

    private let setUserForFiles: @convention(c) (uid_t) -> Int32 = {
        // A header that Swift does not see.
        guard let function = dlsym(nil, "setfsuid") else { preconditionFailure("this C library has no setfsuid") }
        return unsafeBitCast(function, to: (@convention(c) (uid_t) -> Int32).self)
    }()
#endif
