import Tensors

/// How a grid enlarges or folds the small squares between its positions.
///
/// A cell lies between four neighbouring positions. Its determinant is the signed area of the quadrilateral that they read,
/// over the area of the square they stand on: half the cross product of the diagonals, which is also the determinant of the
/// central differences in the cell's middle. The identity has 1 everywhere; a negative one is a fold.
struct LocalArea<Scalar: BinaryFloatingPoint & Sendable> {
    private let grid: Tensor<Scalar>
    private let height: Int
    private let width: Int
    /// 1 / (2 · area of a square).
    private let normalization: Scalar

    /// - Precondition: `grid` is [N, outputHeight, outputWidth, 2].
    init(_ grid: Tensor<Scalar>, frame: SamplingFrame) {
        precondition(
            grid.shape.rank == 4
                && grid.shape.dimensions.dropFirst() == [frame.outputHeight, frame.outputWidth, 2],
            "grid \(grid.shape) does not fit a frame of \(frame.outputHeight) × \(frame.outputWidth)")
        self.grid = grid
        (height, width) = (frame.outputHeight, frame.outputWidth)
        let spanX: Scalar = frame.corners.span(of: width), spanY: Scalar = frame.corners.span(of: height)
        normalization = spanX * spanY / 8
    }

    /// The number of cells; zero where there is a single row or column.
    var count: Int { grid.shape[0] * max(height - 1, 0) * max(width - 1, 0) }

    /// Calls `body(upper left position, determinant)` for each cell of the batch; not finite where a corner is not.
    @inline(__always)
    func forEachCell(_ body: (Int, Scalar) -> Void) {
        if count == 0 { return }
        for image in 0..<grid.shape[0] {
            for row in 0..<height - 1 {
                for column in 0..<width - 1 {
                    let position = (image * height + row) * width + column
                    let (down, up) = diagonals(at: position)
                    body(position, normalization * down.cross(up))
                }
            }
        }
    }

    /// Adds the gradient for the grid of a gradient for a cell's determinant.
    @inline(__always)
    func add(_ dDeterminant: Scalar, at position: Int, to dGrid: inout Tensor<Scalar>) {
        let (down, up) = diagonals(at: position)
        let factor = dDeterminant * normalization
        let dDown = factor * Vector2(x: up.y, y: -up.x), dUp = factor * Vector2(x: -down.y, y: down.x)
        add(dDown, at: position + width + 1, to: &dGrid)
        add(-1 * dDown, at: position, to: &dGrid)
        add(dUp, at: position + width, to: &dGrid)
        add(-1 * dUp, at: position + 1, to: &dGrid)
    }

    @inline(__always)
    private func add(_ gradient: Vector2<Scalar>, at position: Int, to dGrid: inout Tensor<Scalar>) {
        dGrid.values[position * 2] += gradient.x
        dGrid.values[position * 2 + 1] += gradient.y
    }

    /// From the upper left to the lower right, and from the upper right to the lower left.
    @inline(__always)
    private func diagonals(at position: Int) -> (down: Vector2<Scalar>, up: Vector2<Scalar>) {
        (
            read(position + width + 1) - read(position), read(position + width) - read(position + 1)
        )
    }

    @inline(__always)
    private func read(_ position: Int) -> Vector2<Scalar> {
        Vector2(x: grid.values[position * 2], y: grid.values[position * 2 + 1])
    }
}
