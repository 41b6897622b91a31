import Tensors
import Testing

@Suite("Memory that cannot be had")
struct MemoryShortageTests {
    @Test("nothing and a little can be had")
    func little() throws {
        for byteCount in [0, 1, 1 << 20] { try MemoryShortage.check(byteCount, for: "a test") }
    }

    @Test("more than there are addresses cannot, and the error says how much for what", arguments: [1 << 60, Int.max])
    func tooMuch(byteCount: Int) {
        let shortage = MemoryShortage(purpose: "a test", byteCount: byteCount, cure: "take less")
        #expect(throws: shortage) { try MemoryShortage.check(byteCount, for: "a test", cure: "take less") }
        #expect(
            shortage.description == "not enough memory for a test, which takes \(byteCount >> 20) MiB; take less")
        #expect(shortage.category == .internalFailure)
    }
}
