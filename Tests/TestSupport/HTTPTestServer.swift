import Foundation
import Synchronization

/// A server on this machine that answers as a script says, wrongly if so told.
///
/// It works on raw sockets because it has to misbehave in ways no HTTP library allows.
public final class HTTPTestServer: Sendable {
    /// What a client asked.
    public struct Request: Sendable {
        /// The path with its leading slash.
        public let path: String
        /// The header fields, names in lower case.
        public let headers: [String: String]
    }

    /// One thing to do to a connection, which is closed after the last.
    public enum Step: Sendable {
        /// Send these bytes.
        case send([UInt8])
        /// Do nothing for so long.
        case pause(seconds: Double)
        /// Send these bytes over and over, at most 1,000 times a second, until the client has had enough.
        case sendForever([UInt8])

        /// An answer with its head and, unless told otherwise, the right length.
        public static func answer(
            _ status: Int, headers: [String: String] = [:], body: [UInt8] = [], contentLength: Int? = nil
        ) -> Step {
            var fields = headers
            fields["Content-Length"] = "\(contentLength ?? body.count)"
            return head(status, headers: fields, then: body)
        }

        /// An answer that does not say how long it is.
        public static func head(_ status: Int, headers: [String: String] = [:], then body: [UInt8] = [])
            -> Step
        {
            let fields = headers.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
            return .send(Array("HTTP/1.1 \(status) Status\r\n\(fields)Connection: close\r\n\r\n".utf8) + body)
        }
    }

    /// Decides the answer to a request, which is the `number`th, counted from 0.
    public typealias Script = @Sendable (_ request: Request, _ number: Int) -> [Step]

    private struct State {
        var requests: [Request] = []
        var isStopped = false
    }

    /// The address of the server with a slash at the end.
    public let address: String
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    /// What can keep a server from starting.
    public struct StartFailure: Error {
        let call: String
        let code: Int32
    }

    /// Starts a server on a free port of the loopback interface.
    public init(_ script: @escaping Script) throws {
        self.script = script
        #if canImport(Darwin)
            listener = socket(AF_INET, SOCK_STREAM, 0)
        #else
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let result = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result else { throw StartFailure(call: "bind, listen or getsockname", code: errno) }
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))/"
        Thread.detachNewThread { [self] in acceptConnections() }
    }

    /// What was asked so far.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// Ends the server; connections that are open end soon.
    public func stop() {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func acceptConnections() {
        while !isStopped {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            #if canImport(Darwin)
                var on: Int32 = 1
                setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
            #endif
            Thread.detachNewThread { [self] in
                serve(connection)
                close(connection)
            }
        }
    }

    private func serve(_ connection: Int32) {
        guard let request = readRequest(connection) else { return }
        let number = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        for step in script(request, number) {
            switch step {
            case .send(let bytes):
                guard send(bytes, to: connection) else { return }
            case .pause(let seconds):
                let deadline = DispatchTime.now() + seconds
                while DispatchTime.now() < deadline && !isStopped { Thread.sleep(forTimeInterval: 0.02) }
            case .sendForever(let bytes):
                while !isStopped {
                    guard send(bytes, to: connection) else { return }
                    Thread.sleep(forTimeInterval: 0.001)
                }
            }
        }
        // Without this a client that is still sending would see a reset instead of the end.
        shutdown(connection, Int32(SHUT_WR))
    }

    private func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, flags)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func readRequest(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while !bytes.contains(Array("\r\n\r\n".utf8)) {
            let count = recv(connection, &block, block.count, 0)
            guard count > 0, bytes.count < 1 << 16 else { return nil }
            bytes += block[..<count]
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        return Request(path: String(words[1]), headers: headers)
    }
}
