import Tensors

/// Where the voxels of an output lie.
public struct VolumeFrame: Hashable, Sendable {
    /// Slices of the output, along z.
    public let depth: Int
    /// Rows of the output, along y.
    public let height: Int
    /// Columns of the output, along x.
    public let width: Int
    /// What −1 and +1 mean, along each axis.
    public let corners: CornerConvention
    /// The place of the first slice in the whole output, and the slices of that; see ``slices(_:)``.
    private let firstSlice: Int, wholeDepth: Int

    /// A frame of `depth` × `height` × `width` positions.
    ///
    /// - Precondition: no extent is negative.
    public init(depth: Int, height: Int, width: Int, corners: CornerConvention) {
        precondition(min(depth, height, width) >= 0, "a frame of \(depth) × \(height) × \(width)")
        self.init(slices: 0..<depth, of: depth, height: height, width: width, corners: corners)
    }

    private init(slices: Range<Int>, of wholeDepth: Int, height: Int, width: Int, corners: CornerConvention) {
        (depth, self.height, self.width, self.corners) = (slices.count, height, width, corners)
        (firstSlice, self.wholeDepth) = (slices.lowerBound, wholeDepth)
    }

    /// Some slices of the output, where they lie: their positions are those of the whole frame, bit for bit.
    ///
    /// For what makes the grid of a large output piece by piece.
    ///
    /// - Precondition: the slices are the frame's.
    package func slices(_ slices: Range<Int>) -> VolumeFrame {
        precondition(0 <= slices.lowerBound && slices.upperBound <= depth, "slices \(slices) of \(depth)")
        return VolumeFrame(
            slices: firstSlice + slices.lowerBound..<firstSlice + slices.upperBound, of: wholeDepth, height: height,
            width: width, corners: corners)
    }

    /// The number of positions.
    public var count: Int { depth * height * width }

    /// Calls `body(index, x, y, z)` for each position, x fastest.
    @inline(__always)
    func forEachPosition<Scalar: BinaryFloatingPoint>(_ body: (Int, Scalar, Scalar, Scalar) -> Void) {
        var index = 0
        for slice in 0..<depth {
            let z: Scalar = corners.normalized(firstSlice + slice, of: wholeDepth)
            for row in 0..<height {
                let y: Scalar = corners.normalized(row, of: height)
                for column in 0..<width {
                    body(index, corners.normalized(column, of: width), y, z)
                    index += 1
                }
            }
        }
    }
}

/// A family of transformations of volumes: θ → sampling grid, and back for gradients.
///
/// The twin of ``Transformation`` with a third axis.
///
/// - Convention: see ``CornerConvention``; z grows with the slice. A grid's last axis is (x, y, z), as in PyTorch, and says
///   where to *read*.
public protocol VolumeTransformation: Hashable, Sendable {
    /// What the family is called on the command line and in files.
    var name: String { get }

    /// Numbers a volume.
    var parameterCount: Int { get }

    /// The θ that changes nothing: its grid is bit for bit the frame's positions.
    var identity: [Float] { get }

    /// The sampling grid of each θ.
    ///
    /// - Shapes: `theta` [N, P] → [N, D, H, W, 3].
    func grid<Scalar: BinaryFloatingPoint & Sendable>(theta: Tensor<Scalar>, frame: VolumeFrame) -> Tensor<Scalar>

    /// The gradient for θ of a gradient for the grid.
    ///
    /// - Shapes: `dGrid` [N, D, H, W, 3], `theta` [N, P] → [N, P].
    func thetaGradient<Scalar: BinaryFloatingPoint & Sendable>(
        dGrid: Tensor<Scalar>, theta: Tensor<Scalar>, frame: VolumeFrame
    ) -> Tensor<Scalar>

    /// What θ means, for people.
    func meaning(of theta: [Float]) -> String
}
