import Tensors
import Testing

@Suite("Random numbers")
struct PhiloxTests {
    @Test("Philox4x32-10 gives the published known answers")
    func knownAnswers() {
        #expect(Philox4x32(seed: 0).block(.zero) == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
        #expect(
            Philox4x32(seed: .max).block(.init(repeating: .max)) == [
                0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD,
            ])
        #expect(
            Philox4x32(seed: 0x299F_31D0_A409_3822).block([0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344]) == [
                0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1,
            ])
    }

    @Test("streams of different purpose, index or step differ; the same stream repeats")
    func streamsAreSeparate() {
        let base = RandomStream(seed: 7, purpose: .dropout)
        #expect(base.block(0) == RandomStream(seed: 7, purpose: .dropout).block(0))
        #expect(base.block(0) != base.block(1))
        #expect(base.block(0) != RandomStream(seed: 8, purpose: .dropout).block(0))
        #expect(base.block(0) != RandomStream(seed: 7, purpose: .shuffle).block(0))
        #expect(base.block(0) != RandomStream(seed: 7, purpose: .dropout, index: 1).block(0))
        #expect(base.block(0) != RandomStream(seed: 7, purpose: .dropout, step: 1).block(0))
    }

    @Test("a permutation holds each index once")
    func permutation() {
        var generator = RandomStream(seed: 3, purpose: .shuffle).generator
        let order = generator.permutation(of: 1000)
        #expect(order.sorted() == Array(0..<1000))
        #expect(order != Array(0..<1000))
    }

    @Test("uniform numbers stay in range with the right mean")
    func uniform() {
        var generator = RandomStream(seed: 3, purpose: .testing).generator
        let draws = (0..<10_000).map { _ in generator.uniform(-2, 4) }
        #expect(draws.allSatisfy { $0 >= -2 && $0 < 4 })
        // Standard error of the mean is 6/√12/100 = 0.017; four of them.
        #expect(abs(draws.reduce(0, +) / 10_000 - 1) < 0.07)
    }
}
