import CKernels
import Tensors

/// Looks through numbers in one launch: whether all are below a limit, which NaN is not.
///
/// Running it allocates nothing.
final class NumericScreen {
    /// Numbers that must be below `limit` in magnitude; infinity asks for finite ones.
    struct Region {
        let values: UnsafeBufferPointer<Float>
        let limit: Float
    }

    private let parts: UnsafeMutableBufferPointer<stn_screened_part>
    private let failed: UnsafeMutableBufferPointer<UInt8>
    private let launch: Launch

    init(_ regions: [Region], kernels: UnsafePointer<stn_kernels>) {
        let pieces = regions.flatMap(Self.parts(of:))
        parts = .allocate(capacity: pieces.count)
        _ = parts.initialize(from: pieces)
        failed = .allocate(capacity: pieces.count)
        failed.initialize(repeating: 0)
        let arguments = stn_screen_arguments(parts: UnsafePointer(parts.baseAddress), failed: failed.baseAddress)
        launch = Launch(kernels.pointee.screen, arguments, count: pieces.count, share: 0)
    }

    deinit {
        parts.deallocate()
        failed.deallocate()
    }

    func passes(on pool: WorkerPool) -> Bool {
        launch.run(on: pool)
        return failed.allSatisfy { $0 == 0 }
    }

    /// Pieces small enough that threads share the work evenly.
    private static func parts(of region: Region) -> [stn_screened_part] {
        stride(from: 0, to: region.values.count, by: Int(STN_PIECE)).map { first in
            stn_screened_part(
                count: Int64(min(Int(STN_PIECE), region.values.count - first)),
                values: region.values.baseAddress.map { $0 + first }, limit: region.limit)
        }
    }
}
