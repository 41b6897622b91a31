import Datasets
import Reports
import Testing
import Training

@Suite("What is said of data sets")
struct DataLinesTests {
    private func progress(bytes: Int, of total: Int, after seconds: Double) throws -> FetchProgress {
        var meter = ProgressMeter(file: "train.gz", totalBytes: total)
        _ = meter.update(bytes: 0, atSeconds: 0)
        let progress = meter.update(bytes: bytes, atSeconds: seconds)
        return try #require(progress)
    }

    @Test("a download's line has the file, the time left, the bytes and the rate, and fits the terminal")
    func line() throws {
        let terminal = Terminal(outputIsTerminal: false, errorIsTerminal: true, columns: 80)
        let half = TransferMeter.line(try progress(bytes: 5_000_000, of: 10_000_000, after: 2), terminal: terminal)
        for part in ["train.gz", "0:02 left", "5.0/10.0 MB", "2.5 MB/s"] { #expect(half.contains(part), "\(half)") }
        #expect(half.count <= 80)
        let stalled = TransferMeter.line(try progress(bytes: 0, of: 10_000_000, after: 2), terminal: terminal)
        #expect(stalled.contains("stalled") && stalled.contains("0.0 MB/s"))
    }

    @Test("the line is drawn and wiped on a terminal, and nowhere else or where it is not wanted")
    func meter() throws {
        let progress = try progress(bytes: 5, of: 10, after: 1)
        for (isTerminal, isQuiet) in [(true, false), (true, true), (false, false)] {
            let sink = MemorySink()
            let meter = TransferMeter(
                sink, terminal: Terminal(outputIsTerminal: false, errorIsTerminal: isTerminal), isQuiet: isQuiet)
            meter.finish()
            #expect(sink.text.isEmpty)
            meter.show(progress)
            #expect(sink.text.contains("train.gz") == (isTerminal && !isQuiet))
            let drawn = sink.text
            meter.finish()
            #expect((sink.text != drawn) == (isTerminal && !isQuiet))
        }
    }

    @Test("a fetch says where the files are and what stood there before")
    func summaries() {
        #expect(
            FetchOutcome.alreadyPresent(folder: "/d", state: .unofficialCopy).summary
                == "already in /d (unofficial copy), nothing to do")
        #expect(FetchOutcome.fetched(folder: "/d", movedAside: []).summary == "fetched into /d")
        #expect(
            FetchOutcome.fetched(folder: "/d", movedAside: ["a.replaced", "b.replaced"]).summary
                == "fetched into /d; what stood there is kept as a.replaced, b.replaced")
        let usable = [DataState.official, .unofficialCopy, .incomplete, .missing].map(\.isUsable)
        #expect(usable == [true, true, false, false])
    }
}
