import ReaderChecks
import Tensors
import Testing

@Suite("Readers: files changed at random")
struct MutationTests {
    private static let count = 1_500

    @Test("changed files break no promise; some are still read, and some are not", arguments: ReaderCheck.all)
    func mutations(_ check: ReaderCheck) throws {
        let scratch = try ScratchFolder()
        let files = try Corpus.files(of: check)
        var generator = RandomStream(seed: 5, purpose: .testing).generator
        var acceptedCount = 0
        for number in 0..<Self.count {
            let bytes = check.form.mutated(files[number % files.count].bytes, using: &generator)
            do {
                acceptedCount += try check.accepts(bytes, scratch: scratch) ? 1 : 0
            } catch {
                Issue.record("\(error): \(bytes)")
            }
        }
        #expect(acceptedCount > 0 && acceptedCount < Self.count, "\(acceptedCount) accepted")
    }

    /// Without this, most changes would end at a checksum.
    @Test("a file that is opened and closed again is accepted", arguments: ReaderCheck.all)
    func forms(_ check: ReaderCheck) throws {
        let scratch = try ScratchFolder()
        for file in try Corpus.files(of: check) where file.isGood == true {
            let part = try #require(check.form.opened(file.bytes), "\(file.name)")
            #expect(try check.accepts(check.form.closed(part, in: file.bytes), scratch: scratch), "\(file.name)")
        }
    }
}
