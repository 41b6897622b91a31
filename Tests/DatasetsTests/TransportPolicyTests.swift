import Datasets
import Foundation
import Testing

@Suite struct TransportPolicyTests {
    @Test(
        "a mirror is https anywhere or http on this machine",
        arguments: [
            "https://mirror.example/data", "https://mirror.example/data/", "http://127.0.0.1:8000",
            "http://localhost/x/",
            "http://[::1]:80/",
        ])
    func acceptsMirror(_ mirror: String) throws {
        let url = try TransportPolicy.address(of: "file.gz", behind: mirror)
        #expect(url.lastPathComponent == "file.gz")
        #expect(!url.path.contains("//"))
    }

    @Test(
        "any other mirror is refused",
        arguments: [
            "http://mirror.example/", "ftp://127.0.0.1/", "file:///etc/", "mirror.example", "", "https://",
            "http://127.0.0.1.example/", "http://127.0.0/", "http://localhost.example/",
        ])
    func refusesMirror(_ mirror: String) {
        #expect(throws: FetchError.insecureMirror(mirror)) {
            try TransportPolicy.address(of: "file.gz", behind: mirror)
        }
        #expect(FetchError.insecureMirror(mirror).category == .usage)
    }

    @Test("redirections never leave https, never leave the host over http, and end soon")
    func judgesRedirections() {
        func objection(_ from: String, _ to: String, _ count: Int = 1) -> String? {
            TransportPolicy.objection(from: URL(string: from), to: URL(string: to), redirectCount: count)
        }
        #expect(objection("https://a.example/x", "https://b.example/x") == nil)
        #expect(objection("http://a.example/x", "https://b.example/x") == nil)
        #expect(objection("http://a.example/x", "http://a.example/y") == nil)
        #expect(objection("https://a.example/x", "https://a.example/x", 3) == nil)
        #expect(objection("https://a.example/x", "https://a.example/x", 4) != nil)
        #expect(objection("https://a.example/x", "http://a.example/x") != nil)
        #expect(objection("http://a.example/x", "http://b.example/x") != nil)
        #expect(objection("https://a.example/x", "file:///etc/passwd") != nil)
        #expect(objection("http://127.0.0.1/x", "http://169.254.169.254/x") != nil)
    }
}

@Suite struct ProgressMeterTests {
    @Test("the rate is that of the last seconds, and the end is always reported")
    func measuresRate() {
        var meter = ProgressMeter(file: "f", totalBytes: 2000)
        #expect(meter.update(bytes: 0, atSeconds: 100)?.secondsLeft == nil)
        #expect(meter.update(bytes: 50, atSeconds: 100.05) == nil)
        let second = meter.update(bytes: 100, atSeconds: 101)
        #expect(second?.bytesPerSecond == 100)
        #expect(second?.secondsLeft == 19)
        for seconds in 2...10 { _ = meter.update(bytes: 100, atSeconds: 100 + Double(seconds)) }
        #expect(meter.update(bytes: 100, atSeconds: 110.5)?.bytesPerSecond == 0)
        #expect(meter.update(bytes: 2000, atSeconds: 110.51)?.bytes == 2000)
    }
}
