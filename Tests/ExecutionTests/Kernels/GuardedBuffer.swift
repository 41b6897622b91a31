import CKernels
import Execution
import Testing

/// An operand of a kernel, off alignment by one element, with marked memory on both sides.
///
/// As floats the marks are NaN, so a kernel that uses what it may only read past the end (STN_OVER_READ) shows it, and so
/// does an output that was not written. They are signalling NaN, which arithmetic in place changes, and each buffer has
/// its own, so that marks copied from one buffer to another are noticed.
final class GuardedBuffer<Element: BitwiseCopyable> {
    let count: Int
    let pointer: UnsafeMutablePointer<Element>
    private let block: UnsafeMutableRawPointer
    private let byteCount: Int
    private let mark: UInt32
    private let start: Int
    /// More than a kernel may read past an end.
    private static var guardBytes: Int { 2 * Int(STN_PADDING) }

    /// Room for `count` elements, filled with marks.
    init(count: Int) {
        self.count = count
        let size = MemoryLayout<Element>.stride
        start = Self.guardBytes + size
        byteCount = (start + count * size + Self.guardBytes + 3) / 4 * 4
        block = .allocate(byteCount: byteCount, alignment: 64)
        mark = 0x7FA0_0000 | UInt32(truncatingIfNeeded: UInt(bitPattern: block) >> 6) & 0xF_FFFF
        _ = block.initializeMemory(as: UInt32.self, repeating: mark, count: byteCount / 4)
        pointer = (block + start).bindMemory(to: Element.self, capacity: max(count, 1))
    }

    /// A copy of `values`.
    convenience init(_ values: [Element]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: values.count) }
        }
    }

    deinit { block.deallocate() }

    var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Whether no mark was written over.
    var isIntact: Bool {
        let end = start + count * MemoryLayout<Element>.stride
        return isMarked(0..<start) && isMarked(end..<byteCount)
    }

    /// Whether nothing was written at all.
    var isUntouched: Bool { isMarked(0..<byteCount) }

    private func isMarked(_ range: Range<Int>) -> Bool {
        withUnsafeBytes(of: mark) { mark in
            range.allSatisfy { block.load(fromByteOffset: $0, as: UInt8.self) == mark[$0 % 4] }
        }
    }
}

/// Scratch memory of kernels, guarded likewise: off alignment by a float, as kernels keep numbers there.
struct ScratchBuffer {
    private let buffer: GuardedBuffer<Float>

    init(byteCount: Int) { buffer = GuardedBuffer(count: (byteCount + 3) / 4) }

    var pointer: UnsafeMutablePointer<CChar> {
        UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: CChar.self)
    }

    var isIntact: Bool { buffer.isIntact }

    var isUntouched: Bool { buffer.isUntouched }
}

/// Runs tasks 0 ..< `tasks` of a kernel in three pieces, the last first: tasks are independent.
///
/// - Precondition: the kernel needs no scratch memory, or as much as three threads use.
func run<Arguments: BitwiseCopyable>(_ kernel: stn_task?, _ arguments: Arguments, tasks: Int) throws {
    let kernel = try #require(kernel)
    let bounds = [0, tasks / 3, tasks - tasks / 2, tasks]
    withUnsafePointer(to: arguments) { arguments in
        for piece in [2, 1, 0] where bounds[piece] < bounds[piece + 1] {
            kernel(arguments, Int64(bounds[piece]), Int64(bounds[piece + 1]), Int64(piece))
        }
    }
}

/// Tasks of an elementwise kernel.
func pieceCount(_ count: Int) -> Int { (count + Int(STN_PIECE) - 1) / Int(STN_PIECE) }

/// Counts around the widths of vectors and around a task's piece.
let oddCounts = [1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 4095, 4096, 4097, 8209]

/// Expects the same numbers, NaN equal to NaN.
func expectSame(
    _ actual: [Float], _ expected: [Float], _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let wrong = zip(actual, expected).enumerated().first { !($1.0 == $1.1 || ($1.0.isNaN && $1.1.isNaN)) }
    if let wrong {
        Issue.record(
            "\(what): element \(wrong.offset) is \(wrong.element.0), expected \(wrong.element.1)",
            sourceLocation: sourceLocation)
    }
}

extension InstructionSet {
    /// The kernels of a set that is available.
    var table: stn_kernels {
        get throws { try #require(kernels).pointee }
    }
}
