import CKernels
import Tensors

/// One call of a kernel with its arguments filled in: what a plan is made of.
///
/// Running it allocates nothing.
package final class Launch {
    private let kernel: WorkerPool.Kernel
    private let arguments: UnsafeMutableRawPointer
    private let count: Int
    /// Keeps alive what `arguments` points to, where that is plain Swift.
    private let owner: HostCall?
    /// The work it does, in forward passes of its stage, for profiles; 0 where the work is beside the point.
    package let share: Double

    /// A call of `kernel` on tasks 0 ..< `count`.
    package init<Arguments: BitwiseCopyable>(
        _ kernel: stn_task?, _ arguments: Arguments, count: Int, share: Double = 1
    ) {
        guard let kernel else { preconditionFailure("the table of kernels has a gap") }
        self.kernel = kernel
        self.count = count
        self.share = share
        owner = nil
        let pointer = UnsafeMutablePointer<Arguments>.allocate(capacity: 1)
        pointer.initialize(to: arguments)
        self.arguments = UnsafeMutableRawPointer(pointer)
    }

    /// A call of plain Swift, for what has no kernel; it may allocate.
    package init(named name: String, count: Int, share: Double = 1, body: @escaping (Range<Int>) -> Void) {
        let owner = HostCall(name: name, body: body)
        kernel = HostCall.kernel
        self.count = count
        self.share = share
        self.owner = owner
        let pointer = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: 1)
        pointer.initialize(to: Unmanaged.passUnretained(owner).toOpaque())
        arguments = UnsafeMutableRawPointer(pointer)
    }

    deinit { arguments.deallocate() }

    /// What the table of kernels calls it.
    package func name(in kernels: UnsafePointer<stn_kernels>) -> String {
        owner?.name ?? String(cString: stn_kernel_name(kernels, kernel))
    }

    package func run(on pool: WorkerPool) { pool.run(kernel, arguments, count: count) }

    /// Changes the arguments between runs.
    ///
    /// - Precondition: `Arguments` is the type the launch was made with.
    package func update<Arguments: BitwiseCopyable>(_ type: Arguments.Type, _ change: (inout Arguments) -> Void) {
        change(&arguments.assumingMemoryBound(to: Arguments.self).pointee)
    }
}

/// Swift code that a worker pool can call like a kernel.
private final class HostCall {
    let name: String
    private let body: (Range<Int>) -> Void

    init(name: String, body: @escaping (Range<Int>) -> Void) {
        self.name = name
        self.body = body
    }

    static let kernel: WorkerPool.Kernel = { arguments, first, last, _ in
        guard let call = arguments?.load(as: UnsafeMutableRawPointer.self) else { return }
        Unmanaged<HostCall>.fromOpaque(call).takeUnretainedValue().body(Int(first)..<Int(last))
    }
}
