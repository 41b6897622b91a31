import Foundation
import Logging

/// What a fetch did.
public enum FetchOutcome: Sendable, Equatable {
    /// The data set was there already, in this state, and nothing was changed.
    case alreadyPresent(folder: String, state: DataState)
    /// The data set was fetched into this folder; what stood in its place is kept under the names in `movedAside`.
    case fetched(folder: String, movedAside: [String])
}

/// Brings published data sets into the data folder, from the network or from a local archive.
///
/// Nothing is accepted before its length and checksum are those published. Until then everything is under names that
/// no reader looks at: `.part` for downloads, which later attempts continue, and a hidden folder for unpacking.
public struct Fetcher: Sendable {
    /// How to fetch.
    public struct Options: Sendable {
        /// The address to download from instead of the published ones: https, or http on this machine.
        public var mirror: String?
        /// A local file, or a folder of files under their published names, to take instead of downloading.
        ///
        /// The checksum is demanded all the same.
        public var archive: String?
        /// Whether a complete copy that is not known to be the official one is replaced.
        ///
        /// It is moved aside, never deleted. Off, because such a copy is good enough to train on and may be there on
        /// purpose.
        public var replacesUnofficialCopy = false
        /// How long no byte may come before an attempt is given up: 30 s, as slow servers do pause that long.
        public var stallTimeoutSeconds = 30.0
        /// How often one address is tried in a row without getting a megabyte further.
        public var attemptsPerAddress = 3
        /// The pause between attempts: 2 s, time for a line to come back.
        public var retryDelaySeconds = 2.0

        /// The defaults: the published addresses.
        public init() {}
    }

    private let folder: DataFolder
    private let options: Options
    private let logger: Logger

    /// A fetcher into `folder`.
    public init(folder: DataFolder, options: Options = Options(), logger: Logger) {
        self.folder = folder
        self.options = options
        self.logger = logger
    }

    /// Fetches a data set unless it is there and right.
    ///
    /// Runs on a thread of its own, so it blocks nothing. When the task is cancelled the download stops within a
    /// tenth of a second; what has come stays for the next attempt.
    ///
    /// - Parameters:
    ///   - source: What to fetch.
    ///   - progress: Called on that thread, at most ten times a second for each file.
    /// - Returns: What was done.
    /// - Throws: ``FetchError``, `DatasetError.unreadable`, or `CancellationError`.
    public func fetch(
        _ source: DataSource, progress: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws -> FetchOutcome {
        let cancellation = CancellationFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result { try fetch(source, cancellation: cancellation, progress: progress) })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// As ``fetch(_:progress:)``, but blocks the calling thread, for programs without an event loop.
    ///
    /// - Parameters:
    ///   - source: What to fetch.
    ///   - progress: Called on the same thread, at most ten times a second for each file.
    /// - Returns: What was done.
    /// - Throws: ``FetchError`` or `DatasetError.unreadable`.
    public func fetchBlocking(
        _ source: DataSource, progress: (FetchProgress) -> Void = { _ in }
    ) throws -> FetchOutcome {
        try withoutActuallyEscaping(progress) {
            try fetch(source, cancellation: CancellationFlag(), progress: $0)
        }
    }

    private func fetch(
        _ source: DataSource, cancellation: CancellationFlag, progress: @escaping (FetchProgress) -> Void
    ) throws -> FetchOutcome {
        try FetchRun(
            source: source, folder: folder, options: options, logger: logger, cancellation: cancellation,
            progress: progress
        ).run()
    }
}
