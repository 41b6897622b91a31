import ReaderChecks
import Testing

@Suite("Readers: the corpus")
struct CorpusTests {
    @Test(
        "each file is accepted or refused as its name says, and nothing is promised that is not kept",
        arguments: ReaderCheck.all)
    func replay(_ check: ReaderCheck) throws {
        let scratch = try ScratchFolder()
        let files = try Corpus.files(of: check)
        #expect(files.contains { $0.isGood == true } && files.contains { $0.isGood == false })
        for file in files {
            do {
                let isAccepted = try check.accepts(file.bytes, scratch: scratch)
                #expect(file.isGood == nil || file.isGood == isAccepted, "\(file.name)")
            } catch {
                Issue.record("\(file.name): \(error)")
            }
        }
    }
}

extension ReaderCheck: CustomTestStringConvertible {
    /// The reader's name.
    public var testDescription: String { name }
}
