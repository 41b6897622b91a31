import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One request over HTTP whose answer is taken piece by piece by the thread that asked.
///
/// `URLSession` calls its delegate on a queue of its own; the delegate only puts events into a mailbox, so everything
/// that decides or writes happens in one place, in order. There is no back pressure (FoundationNetworking has none to
/// offer): what a fast line brings while the disk is slow waits in memory, at most the length of the file and what the
/// session has not handed over yet.
final class HTTPTransfer: NSObject, URLSessionDataDelegate {
    /// What happens during a transfer, in order: at most one response, data, one end or refusal.
    enum Event: Sendable {
        case response(status: Int, headers: [String: String])
        case data(Data)
        /// The end; a reason when it was not a good one.
        case end(failure: String?)
        /// A redirection that must not be followed.
        case refusal(String)
    }

    private struct State {
        var events: [Event] = []
        var byteCount = 0
        var redirectCount = 0
        var isCancelled = false
    }

    private let byteLimit: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)
    private let queue = OperationQueue()

    /// Starts a request and hands back the transfer with the way to end it, which must be called in any case.
    ///
    /// The transfer is broken off once more than `byteLimit` bytes have come, so a server that never ends can fill
    /// neither memory nor disk.
    static func start(_ request: URLRequest, byteLimit: Int) -> (transfer: HTTPTransfer, cancel: () -> Void) {
        let transfer = HTTPTransfer(byteLimit: byteLimit)
        // Ephemeral: no cookies, no cache, no credentials of the user's.
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        let session = URLSession(
            configuration: configuration, delegate: transfer, delegateQueue: transfer.queue)
        session.dataTask(with: request).resume()
        return (transfer, { transfer.cancel(session) })
    }

    private init(byteLimit: Int) {
        self.byteLimit = byteLimit
        queue.maxConcurrentOperationCount = 1
    }

    /// Ends the session from the delegate's own queue.
    ///
    /// FoundationNetworking traps when the handler of a redirection is called after its task was cancelled. In one
    /// queue the two cannot cross: either the handler has been called before, or it sees `isCancelled`.
    private func cancel(_ session: URLSession) {
        queue.addOperation { [self] in
            state.withLock { $0.isCancelled = true }
            session.invalidateAndCancel()
        }
    }

    /// The next event, or nil when none came within `seconds`.
    func next(withinSeconds seconds: Double) -> Event? {
        guard arrival.wait(timeout: .now() + seconds) == .success else { return nil }
        return state.withLock { $0.events.isEmpty ? nil : $0.events.removeFirst() }
    }

    private func post(_ event: Event) {
        state.withLock { $0.events.append(event) }
        arrival.signal()
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        if state.withLock({ $0.isCancelled }) { return }
        let objection = state.withLock { state in
            state.redirectCount += 1
            return TransportPolicy.objection(
                from: response.url, to: request.url, redirectCount: state.redirectCount)
        }
        // Posted before the handler is told, so that it comes before the response of the redirection itself.
        if let objection { post(.refusal(objection)) }
        completionHandler(objection == nil ? request : nil)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        var headers: [String: String] = [:]
        let http = response as? HTTPURLResponse
        for (key, value) in http?.allHeaderFields ?? [:] {
            headers["\(key)".lowercased()] = "\(value)"
        }
        post(.response(status: http?.statusCode ?? 0, headers: headers))
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooMuch = state.withLock { state in
            state.byteCount += data.count
            return state.byteCount > byteLimit
        }
        post(.data(data))
        if isTooMuch { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        post(.end(failure: error?.localizedDescription))
    }
}
