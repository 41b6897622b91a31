import TestSupport
import Testing
import Warping

@Suite("What θ starts from")
struct InitialParametersTests {
    @Test("tiles cover the image without overlap", arguments: 1...9)
    func tiles(_ count: Int) {
        let windows = (0..<count).map { SamplingWindow.tile($0, of: count) }
        #expect(abs(windows.reduce(0) { $0 + $1.scaleX * $1.scaleY } - 1) < 1e-6)
        for y in stride(from: Float(-0.97), to: 1, by: 0.1) {
            for x in stride(from: Float(-0.97), to: 1, by: 0.1) {
                let around = windows.filter { abs(x - $0.centerX) < $0.scaleX && abs(y - $0.centerY) < $0.scaleY }
                #expect(around.count == 1, "(\(x), \(y))")
            }
        }
    }

    @Test("θ starts at the identity, beside it, or at a tile")
    func initialParameters() throws {
        #expect(try Similarity().initialParameters() == [0, 1, 0, 0])
        let first = try AffineTransform().initialParameters(.perturbed(by: 0.1, seed: 1))
        #expect(try AffineTransform().initialParameters(.perturbed(by: 0.1, seed: 1)) == first)
        #expect(try AffineTransform().initialParameters(.perturbed(by: 0.1, seed: 2)) != first)
        let distances = zip(first, AffineTransform.identity).map { abs($0 - $1) }
        #expect(distances.allSatisfy { $0 > 0 && $0 <= 0.1 })
        let within = AffineTransform().bounded(by: 0.3)
        let start = within.parameters(of: try within.initialParameters(.perturbed(by: 0.1, seed: 1)))
        expectClose(start, first, relative: 1e-5, "the same within bounds")
        let far = within.parameters(of: try within.initialParameters(.perturbed(by: 40, seed: 1)))
        let ways = zip(far, AffineTransform.identity).map { abs($0 - $1) }
        expectClose(ways, .init(repeating: 0.27, count: 6), relative: 1e-5, "near the bounds")
        #expect(try AffineTransform().initialParameters(.tiled(part: 1, of: 4)) == [0.5, 0, 0.5, 0, 0.5, -0.5])
        #expect(try Attention(.fixed(0.5)).initialParameters(.tiled(part: 2, of: 4)) == [-0.5, 0.5])
        #expect(try Attention().initialParameters(.tiled(part: 0, of: 2)) == [1, -0.5, 0])
        #expect(try Attention(.perAxis).initialParameters(.tiled(part: 0, of: 2)) == [0.5, 1, -0.5, 0])
        #expect(throws: TransformationError.hasNoWindow(name: "translation")) {
            try Translation().initialParameters(.tiled(part: 0, of: 2))
        }
        // Half the size is out of reach of 1 ± 0.2, and within that of 1 ± 0.8.
        #expect(throws: TransformationError.self) {
            try Attention().bounded(by: 0.2).initialParameters(.tiled(part: 0, of: 4))
        }
        let bounded = Attention().bounded(by: 0.8)
        let theta = bounded.parameters(of: try bounded.initialParameters(.tiled(part: 3, of: 4)))
        expectClose(theta, [0.5, 0.5, 0.5], relative: 1e-5, "bounded tile")
    }
}
