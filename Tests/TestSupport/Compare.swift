import Tensors
import Testing

/// Expects two lists to agree element by element within `absolute + relative · |expected|`; counts are compared first,
/// and a failure names the worst element, at the caller's line.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
public func expectClose<Scalar: BinaryFloatingPoint>(
    _ actual: [Scalar], _ expected: [Scalar], relative: Scalar, absolute: Scalar = 0, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        Issue.record("\(what): \(actual.count) elements, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    var worst: (index: Int, excess: Scalar)?
    for (index, (a, e)) in zip(actual, expected).enumerated() where a != e {
        let excess = abs(a - e) - (absolute + relative * abs(e))
        // A NaN on either side makes `excess` NaN, which must count as a failure.
        if !(excess <= 0), worst.map({ !($0.excess >= excess) }) ?? true { worst = (index, excess) }
    }
    if let worst {
        let index = worst.index
        Issue.record(
            "\(what): element \(index) of \(actual.count) is \(actual[index]), expected \(expected[index])",
            sourceLocation: sourceLocation)
    }
}
