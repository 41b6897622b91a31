import Crypto
import Foundation
import Logging

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Downloads one file into its `.part` and checks it there.
struct Downloader {
    let file: RemoteFile
    let urls: [URL]
    let part: PartFile
    let options: Fetcher.Options
    let logger: Logger
    let cancellation: CancellationFlag
    let progress: (FetchProgress) -> Void

    /// Why one attempt came to nothing.
    private enum Failure: Error {
        /// The line broke or stalled: go on from there.
        case interrupted(String)
        /// This address will not give the file.
        case refused(String)
        /// What came cannot be the file.
        case wrongContents(String)
        /// What is offered cannot be the file; the part was left as it is.
        case wrongOffer(String)
    }

    /// Leaves the part complete, checked and on disk, trying each address in turn.
    ///
    /// - Throws: ``FetchError``, having removed the part when its contents were wrong; `CancellationError`, keeping it.
    func run() throws {
        defer { if part.byteCount == 0 { try? part.remove() } }
        if part.byteCount > 0, try isAlreadyComplete() { return }
        var wrong: FetchError?
        var lastReason = "there is no address to try"
        for (place, url) in urls.enumerated() {
            // What became of the last address is the error itself and need not be told twice.
            let level: Logger.Level = place + 1 < urls.count ? .warning : .info
            do {
                try download(from: url)
                return
            } catch Failure.wrongContents(let reason), Failure.wrongOffer(let reason) {
                logger.log(level: level, "wrong contents", metadata: ["url": "\(url)", "reason": "\(reason)"])
                wrong = FetchError.wrongContents(file: file.name, origin: url.absoluteString, reason: reason)
            } catch Failure.refused(let reason), Failure.interrupted(let reason) {
                logger.log(level: level, "download failed", metadata: ["url": "\(url)", "reason": "\(reason)"])
                lastReason = "\(url.absoluteString): \(reason)"
            }
        }
        throw wrong ?? FetchError.unavailable(file: file.name, reason: lastReason)
    }

    /// Whether an earlier run stopped between download and acceptance.
    ///
    /// A part that is too long or wrong is emptied.
    private func isAlreadyComplete() throws -> Bool {
        if part.byteCount < file.byteCount { return false }
        if try part.byteCount == file.byteCount && checksumProblem() == nil { return true }
        logger.warning("leftover is not the file, starting over", metadata: ["part": "\(part.path)"])
        try part.clear()
        return false
    }

    private func download(from url: URL) throws {
        var failureCount = 0
        var hasStartedOver = false
        while true {
            let start = part.byteCount
            do {
                try transfer(from: url)
                if let problem = try checksumProblem() { throw Failure.wrongContents(problem) }
                return
            } catch Failure.wrongContents(let reason) {
                try part.clear()
                // What was there before may be to blame; without it the server gets one more chance.
                if start == 0 || hasStartedOver { throw Failure.wrongContents(reason) }
                hasStartedOver = true
            } catch Failure.interrupted(let reason) {
                // Real progress starts the count again: a line that breaks every megabyte still gets there.
                failureCount = part.byteCount - start >= 1 << 20 ? 0 : failureCount + 1
                if failureCount >= options.attemptsPerAddress { throw Failure.interrupted(reason) }
                logger.info("continuing", metadata: ["from": "\(part.byteCount)", "reason": "\(reason)"])
                try wait(seconds: options.retryDelaySeconds)
            }
        }
    }

    private func checksumProblem() throws -> String? {
        try part.synchronize()
        let md5 = try FileSystem.digest(of: part.path, using: Insecure.MD5.self)
        return md5 == file.md5 ? nil : "its MD5 is \(md5), not \(file.md5)"
    }

    private func request(for url: URL) -> URLRequest {
        // Our own watch looks for stalls; the session's time-out would end a slow but steady download.
        var request = URLRequest(
            url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 7 * 24 * 3600)
        // A transfer encoding would make lengths and ranges mean something else.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if part.byteCount > 0 {
            request.setValue("bytes=\(part.byteCount)-", forHTTPHeaderField: "Range")
            if let version = part.version(for: url) {
                request.setValue(version, forHTTPHeaderField: "If-Range")
            }
        }
        return request
    }

    /// One request, written to the part as it comes.
    private func transfer(from url: URL) throws {
        var meter = ProgressMeter(file: file.name, totalBytes: file.byteCount)
        let (transfer, cancel) = HTTPTransfer.start(request(for: url), byteLimit: file.byteCount)
        defer { cancel() }
        while true {
            switch try nextEvent(of: transfer) {
            case .response(let status, let headers):
                try prepare(status: status, headers: headers, url: url)
            case .data(let data):
                guard part.byteCount + data.count <= file.byteCount else {
                    throw Failure.wrongContents("the server sends more than its \(file.byteCount) bytes")
                }
                try part.append(data)
                let seconds = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
                if let report = meter.update(bytes: part.byteCount, atSeconds: seconds) { progress(report) }
            case .refusal(let objection):
                throw Failure.refused(objection)
            case .end(let failure):
                if part.byteCount == file.byteCount { return }
                throw Failure.interrupted(failure ?? "the answer ended after \(part.byteCount) bytes")
            }
        }
    }

    /// Waits for an event, in slices short enough for a cancellation to be noticed.
    private func nextEvent(of transfer: HTTPTransfer) throws -> HTTPTransfer.Event {
        let deadline = DispatchTime.now() + options.stallTimeoutSeconds
        repeat {
            try cancellation.check()
            if let event = transfer.next(withinSeconds: min(0.1, options.stallTimeoutSeconds)) {
                return event
            }
        } while DispatchTime.now() < deadline
        throw Failure.interrupted("no bytes for \(options.stallTimeoutSeconds) s")
    }

    /// Judges the head of an answer and sets the part to where its body belongs.
    private func prepare(status: Int, headers: [String: String], url: URL) throws {
        switch status {
        case 200:
            if let length = headers["content-length"].flatMap({ Int($0) }), length != file.byteCount {
                throw Failure.wrongOffer("the server offers \(length) bytes, not \(file.byteCount)")
            }
            // A server that ignores the range, or has another version by now, sends everything.
            try part.clear()
            try part.setVersion(headers, url: url)
        case 206:
            let expected = "bytes \(part.byteCount)-\(file.byteCount - 1)/\(file.byteCount)"
            guard part.byteCount > 0, headers["content-range"] == expected else {
                let actual = headers["content-range"] ?? "nothing"
                throw Failure.wrongContents("the server sends the range '\(actual)', not '\(expected)'")
            }
        case 416:
            throw Failure.wrongContents("the server has no bytes after \(part.byteCount)")
        case 500...599, 408, 429:
            throw Failure.interrupted("the server answers \(status)")
        default:
            throw Failure.refused("the server answers \(status)")
        }
    }

    private func wait(seconds: Double) throws {
        let deadline = DispatchTime.now() + seconds
        while DispatchTime.now() < deadline {
            try cancellation.check()
            Thread.sleep(forTimeInterval: min(0.1, seconds))
        }
    }
}
