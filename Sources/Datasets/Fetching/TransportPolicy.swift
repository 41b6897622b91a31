import Foundation

/// Which addresses may be asked for data.
package enum TransportPolicy {
    /// More than a mirror network needs, and few enough to end a loop soon.
    package static let redirectLimit = 3

    /// The address of a file behind a mirror's base address.
    ///
    /// - Throws: ``FetchError/insecureMirror(_:)`` unless it is https, or http on this machine: over plain http to
    ///   elsewhere anyone in between could feed bytes to the parser of archives before the checksum is known.
    ///   Published http addresses are built in and need no mirror.
    package static func address(of fileName: String, behind mirror: String) throws -> URL {
        guard let base = URL(string: mirror), let host = base.host, !host.isEmpty,
            let url = URL(string: mirror.appending(path: fileName)),
            base.scheme == "https" || (base.scheme == "http" && isLoopback(host))
        else { throw FetchError.insecureMirror(mirror) }
        return url
    }

    /// Why a redirection must not be followed, or nil when it may be.
    ///
    /// From https only https follows. From http, https or the same host follows.
    package static func objection(from: URL?, to: URL?, redirectCount: Int) -> String? {
        guard redirectCount <= redirectLimit else { return "more than \(redirectLimit) redirections" }
        guard let to, let host = to.host, !host.isEmpty else { return "a redirection to no address" }
        if to.scheme == "https" { return nil }
        guard to.scheme == "http" else { return "a redirection to \(to.absoluteString)" }
        guard from?.scheme == "http" else { return "a redirection from https to \(to.absoluteString)" }
        return from?.host == host ? nil : "a redirection over http to another host, \(host)"
    }

    package static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
    }
}
