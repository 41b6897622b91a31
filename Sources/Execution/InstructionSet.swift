import CKernels
import Foundation

/// A set of kernels: which vector instructions the fast path uses.
///
/// Chosen once, when a network is compiled.
public enum InstructionSet: String, CaseIterable, Sendable {
    /// No vector instructions: runs anywhere.
    case scalar
    /// 64-bit ARM.
    case neon
    /// x86 with AVX2 and FMA.
    case avx2
    /// x86 with AVX-512 F, BW, VL and DQ.
    case avx512
    /// The same with its instructions for bfloat16; float32 is computed alike.
    case avx512bf16

    private var code: stn_isa {
        switch self {
        case .scalar: STN_SCALAR
        case .neon: STN_NEON
        case .avx2: STN_AVX2
        case .avx512: STN_AVX512
        case .avx512bf16: STN_AVX512_BF16
        }
    }

    /// The kernels, or nil when this processor cannot run them.
    package var kernels: UnsafePointer<stn_kernels>? { stn_kernels_for(code) }

    /// Whether this processor can run the set.
    public var isAvailable: Bool { kernels != nil }

    /// The sets this processor can run, the widest last.
    public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

    /// The widest set this processor can run, not wider than the environment's `STN_ISA` allows.
    ///
    /// - Throws: ``ExecutionError/unknownInstructionSet(_:)`` or ``ExecutionError/unavailableInstructionSet(_:)`` when
    ///   `STN_ISA` names none, or one that this processor cannot run.
    public static func best(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ExecutionError) -> InstructionSet {
        guard let name = environment["STN_ISA"], !name.isEmpty else { return available.last ?? .scalar }
        guard let cap = InstructionSet(rawValue: name) else { throw .unknownInstructionSet(name) }
        guard cap.isAvailable else { throw .unavailableInstructionSet(cap) }
        return cap
    }

    /// Floating-point operations a second of one core: FMAs in registers for about `seconds`.
    public func measuredPeak(seconds: Double = 0.05) -> Double {
        guard let kernels, let burn = kernels.pointee.fma_burn else { return 0 }
        _ = burn(10_000)
        var best = 0.0
        let deadline = ContinuousClock.now + .seconds(seconds)
        repeat {
            let start = DispatchTime.now().uptimeNanoseconds
            let flops = burn(20_000)
            best = max(best, flops / (Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9))
        } while ContinuousClock.now < deadline
        return best
    }
}
