#if os(Linux)
    import Foundation
    import Synchronization

    /// Calls of the operating system and of libraries that can be made to fail: those that this program makes itself, not those
    /// that libraries make.
    public enum SystemCall: Sendable {
        case read, write, close, fstat, stat, lstat, fsync, ftruncate, opendir, readdir, mkdir, access, flock, rename,
            uname, gethostname, inflateInit, tjInitDecompress, pngWrite
    }

    /// Runs `body`, in which one call on this thread fails.
    ///
    /// What readers and writers do when a disk fails cannot be had from a disk. The program's own definitions of the functions
    /// below come before those of the C library, and pass on to them.
    ///
    /// - Parameters:
    ///   - call: Which function.
    ///   - code: What `errno` says then; 0 is the end of the folder with `readdir`, and that of the file with `read`.
    ///   - number: Which of its calls, counted from 1.
    ///   - body: What makes the calls.
    /// - Returns: Whether it came to that call, and what `body` returned.
    public func withFailing<Result>(
        _ call: SystemCall, _ code: Int32, number: Int = 1, _ body: () throws -> Result
    ) rethrows -> (hasFailed: Bool, result: Result) {
        PlannedFailure.turn.lock()
        defer { PlannedFailure.turn.unlock() }
        PlannedFailure.current = PlannedFailure(call: call, code: code, remaining: number)
        PlannedFailure.thread.store(UInt(pthread_self()), ordering: .sequentiallyConsistent)
        defer { PlannedFailure.thread.store(0, ordering: .sequentiallyConsistent) }
        let result = try body()
        return (PlannedFailure.current.remaining <= 0, result)
    }

    private struct PlannedFailure {
        let call: SystemCall
        let code: Int32
        var remaining: Int

        /// Held while a call is to fail: tests may run at once.
        static let turn = NSLock()
        /// The thread whose calls count, 0 for none.
        static let thread = Atomic<UInt>(0)
        /// Read and written by that thread alone.
        nonisolated(unsafe) static var current = PlannedFailure(call: .read, code: 0, remaining: 0)

        /// Counts a call, and says whether it is the one.
        static func strikes(_ call: SystemCall) -> Bool {
            guard thread.load(ordering: .relaxed) == UInt(pthread_self()), current.call == call else { return false }
            current.remaining -= 1
            guard current.remaining == 0 else { return false }
            errno = current.code
            return true
        }
    }

    /// The C library's function of a name that this program hides.
    private func library<Function>(_ name: String, as type: Function.Type) -> Function {
        // RTLD_NEXT, a macro that Swift does not see.
        guard let function = dlsym(UnsafeMutableRawPointer(bitPattern: -1), name) else {
            preconditionFailure("this C library has no function \(name); glibc has all of them since 2.33")
        }
        return unsafeBitCast(function, to: type)
    }

    private typealias Path = UnsafePointer<CChar>

    private let libraryRead = library("read", as: (@convention(c) (Int32, UnsafeMutableRawPointer?, Int) -> Int).self)
    @_cdecl("read")
    func failingRead(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard PlannedFailure.strikes(.read) else { return libraryRead(descriptor, bytes, count) }
        return errno == 0 ? 0 : -1
    }

    private let libraryWrite = library("write", as: (@convention(c) (Int32, UnsafeRawPointer?, Int) -> Int).self)
    @_cdecl("write")
    func failingWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        PlannedFailure.strikes(.write) ? -1 : libraryWrite(descriptor, bytes, count)
    }

    private let libraryFstat = library("fstat", as: (@convention(c) (Int32, UnsafeMutablePointer<stat>?) -> Int32).self)
    @_cdecl("fstat")
    func failingFstat(_ descriptor: Int32, _ status: UnsafeMutablePointer<stat>?) -> Int32 {
        PlannedFailure.strikes(.fstat) ? -1 : libraryFstat(descriptor, status)
    }

    private let libraryStat = library("stat", as: (@convention(c) (Path?, UnsafeMutablePointer<stat>?) -> Int32).self)
    @_cdecl("stat")
    func failingStat(_ path: UnsafePointer<CChar>?, _ status: UnsafeMutablePointer<stat>?) -> Int32 {
        PlannedFailure.strikes(.stat) ? -1 : libraryStat(path, status)
    }

    private let libraryLstat = library("lstat", as: (@convention(c) (Path?, UnsafeMutablePointer<stat>?) -> Int32).self)
    @_cdecl("lstat")
    func failingLstat(_ path: UnsafePointer<CChar>?, _ status: UnsafeMutablePointer<stat>?) -> Int32 {
        PlannedFailure.strikes(.lstat) ? -1 : libraryLstat(path, status)
    }

    private let libraryFsync = library("fsync", as: (@convention(c) (Int32) -> Int32).self)
    @_cdecl("fsync")
    func failingFsync(_ descriptor: Int32) -> Int32 {
        PlannedFailure.strikes(.fsync) ? -1 : libraryFsync(descriptor)
    }

    private let libraryFtruncate = library("ftruncate", as: (@convention(c) (Int32, off_t) -> Int32).self)
    @_cdecl("ftruncate")
    func failingFtruncate(_ descriptor: Int32, _ length: off_t) -> Int32 {
        PlannedFailure.strikes(.ftruncate) ? -1 : libraryFtruncate(descriptor, length)
    }

    private let libraryOpendir = library("opendir", as: (@convention(c) (Path?) -> OpaquePointer?).self)
    @_cdecl("opendir")
    func failingOpendir(_ path: UnsafePointer<CChar>?) -> OpaquePointer? {
        PlannedFailure.strikes(.opendir) ? nil : libraryOpendir(path)
    }

    private let libraryReaddir = library(
        "readdir", as: (@convention(c) (OpaquePointer?) -> UnsafeMutablePointer<dirent>?).self)
    @_cdecl("readdir")
    func failingReaddir(_ stream: OpaquePointer?) -> UnsafeMutablePointer<dirent>? {
        PlannedFailure.strikes(.readdir) ? nil : libraryReaddir(stream)
    }

    private let libraryMkdir = library("mkdir", as: (@convention(c) (Path?, mode_t) -> Int32).self)
    @_cdecl("mkdir")
    func failingMkdir(_ path: UnsafePointer<CChar>?, _ mode: mode_t) -> Int32 {
        PlannedFailure.strikes(.mkdir) ? -1 : libraryMkdir(path, mode)
    }

    private let libraryAccess = library("access", as: (@convention(c) (Path?, Int32) -> Int32).self)
    @_cdecl("access")
    func failingAccess(_ path: UnsafePointer<CChar>?, _ mode: Int32) -> Int32 {
        PlannedFailure.strikes(.access) ? -1 : libraryAccess(path, mode)
    }

    private let libraryFlock = library("flock", as: (@convention(c) (Int32, Int32) -> Int32).self)
    @_cdecl("flock")
    func failingFlock(_ descriptor: Int32, _ operation: Int32) -> Int32 {
        PlannedFailure.strikes(.flock) ? -1 : libraryFlock(descriptor, operation)
    }

    private let libraryRename = library("rename", as: (@convention(c) (Path?, Path?) -> Int32).self)
    @_cdecl("rename")
    func failingRename(_ old: UnsafePointer<CChar>?, _ new: UnsafePointer<CChar>?) -> Int32 {
        PlannedFailure.strikes(.rename) ? -1 : libraryRename(old, new)
    }

    private let libraryUname = library("uname", as: (@convention(c) (UnsafeMutablePointer<utsname>?) -> Int32).self)
    @_cdecl("uname")
    func failingUname(_ name: UnsafeMutablePointer<utsname>?) -> Int32 {
        PlannedFailure.strikes(.uname) ? -1 : libraryUname(name)
    }

    private let libraryGethostname = library(
        "gethostname", as: (@convention(c) (UnsafeMutablePointer<CChar>?, Int) -> Int32).self)
    @_cdecl("gethostname")
    func failingGethostname(_ name: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int32 {
        PlannedFailure.strikes(.gethostname) ? -1 : libraryGethostname(name, count)
    }

    private let libraryInflateInit = library(
        "inflateInit2_", as: (@convention(c) (OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32) -> Int32).self)
    @_cdecl("inflateInit2_")
    func failingInflateInit(
        _ stream: OpaquePointer?, _ windowBits: Int32, _ version: UnsafePointer<CChar>?, _ byteCount: Int32
    ) -> Int32 {
        // Z_MEM_ERROR.
        PlannedFailure.strikes(.inflateInit) ? -4 : libraryInflateInit(stream, windowBits, version, byteCount)
    }

    private let libraryInitDecompress = library(
        "tjInitDecompress", as: (@convention(c) () -> UnsafeMutableRawPointer?).self)
    @_cdecl("tjInitDecompress")
    func failingInitDecompress() -> UnsafeMutableRawPointer? {
        PlannedFailure.strikes(.tjInitDecompress) ? nil : libraryInitDecompress()
    }

    private typealias PNGWrite =
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?, Int32, UnsafeRawPointer?, Int32,
            UnsafeRawPointer?
        ) -> Int32
    private let libraryPNGWrite = library("png_image_write_to_memory", as: PNGWrite.self)
    @_cdecl("png_image_write_to_memory")
    func failingPNGWrite(
        _ state: OpaquePointer?, _ memory: UnsafeMutableRawPointer?, _ byteCount: UnsafeMutablePointer<Int>?,
        _ to8Bits: Int32, _ pixels: UnsafeRawPointer?, _ stride: Int32, _ colors: UnsafeRawPointer?
    ) -> Int32 {
        PlannedFailure.strikes(.pngWrite)
            ? 0 : libraryPNGWrite(state, memory, byteCount, to8Bits, pixels, stride, colors)
    }

    private let libraryClose = library("close", as: (@convention(c) (Int32) -> Int32).self)
    @_cdecl("close")
    func failingClose(_ descriptor: Int32) -> Int32 {
        // As in Linux: what fails is what was still to be written; the descriptor is closed all the same.
        let result = libraryClose(descriptor)
        return PlannedFailure.strikes(.close) ? -1 : result
    }
#endif
