import Foundation

/// What glibc sets aside for threads that allocate: 64 MiB of addresses for each.
enum Arenas {
    /// Leaves one for all threads where addresses are limited (`ulimit -v`): they are worth more there than a little speed.
    static func limit() {
        #if os(Linux)
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != .max else {
                return
            }
            // Of glibc alone; other C libraries have no arenas.
            typealias Option = @convention(c) (Int32, Int32) -> Int32
            guard let symbol = dlsym(nil, "mallopt") else { return }
            _ = unsafeBitCast(symbol, to: Option.self)(arenaMaximum, 1)
        #endif
    }

    /// `M_ARENA_MAX` of `malloc.h`, which Swift does not see.
    private static let arenaMaximum: Int32 = -8
}
