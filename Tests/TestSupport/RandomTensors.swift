import Tensors

/// Numbers in [lower, upper) that are the same in every run.
public func randomTensor<Scalar: BinaryFloatingPoint & Sendable>(
    _ shape: Shape, seed: UInt64, _ lower: Float = -1, _ upper: Float = 1
) -> Tensor<Scalar> {
    var generator = RandomStream(seed: seed, purpose: .testing).generator
    return Tensor(shape, (0..<shape.count).map { _ in Scalar(generator.uniform(lower, upper)) })
}

/// Labels 0 ..< classes that are the same in every run.
public func randomLabels(_ count: Int, classes: Int, seed: UInt64) -> [Int32] {
    var generator = RandomStream(seed: seed, purpose: .testing, index: 1).generator
    return (0..<count).map { _ in Int32(generator.integer(below: classes)) }
}
