import Tensors

/// What a loss can add to keep grids sensible; each a mean of squares, so that its size depends on neither batch nor
/// resolution.
///
/// The determinant of a cell between four neighbouring positions is the signed area that it reads over its own: 1 for the
/// identity, below 1 where the transformer looks closer, negative in a fold.
///
/// - Gradient: for the grid; what is not finite counts as zero and gets none. From there to θ by
///   ``Transformation/thetaGradient(dGrid:theta:frame:)``.
public enum GridPenalty: Hashable, Sendable {
    /// The mean squared distance between where a position is and where it reads.
    case departure
    /// The mean of (determinant − area)²: against zooming in or out. `area` is the share of the image that should be read.
    case scale(area: Float)
    /// The mean of max(0, margin − determinant)²: against folds, and with a margin against nearly folding.
    case folding(margin: Float)

    /// The penalty of a batch of grids, and its gradient.
    ///
    /// - Shapes: `grid` [N, outputHeight, outputWidth, 2], the gradient too.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func valueAndGradient<Scalar: BinaryFloatingPoint & Sendable>(
        grid: Tensor<Scalar>, frame: SamplingFrame
    ) -> (value: Scalar, dGrid: Tensor<Scalar>) {
        switch self {
        case .departure: return Self.departure(grid, frame)
        case .scale(let area):
            return Self.squares(grid, frame) { $0 - Scalar(area) }
        case .folding(let margin):
            return Self.squares(grid, frame) { min(0, $0 - Scalar(margin)) }
        }
    }

    private static func departure<Scalar: BinaryFloatingPoint & Sendable>(
        _ grid: Tensor<Scalar>, _ frame: SamplingFrame
    ) -> (value: Scalar, dGrid: Tensor<Scalar>) {
        let positions: Tensor<Scalar> = frame.positions()
        precondition(
            grid.shape.rank == 4 && grid.shape == positions.shape.prefixed(by: grid.shape[0]),
            "grid \(grid.shape) does not fit a frame of \(frame.outputHeight) × \(frame.outputWidth)")
        let weight = 2 / Scalar(max(grid.shape.count, 1))
        var (value, dGrid): (Scalar, Tensor<Scalar>) = (0, .zeros(grid.shape))
        for index in grid.values.indices where grid.values[index].isFinite {
            let distance = grid.values[index] - positions.values[index % positions.values.count]
            value += weight * distance * distance
            dGrid.values[index] = 2 * weight * distance
        }
        return (value, dGrid)
    }

    /// The mean over cells of the square of what `excess` makes of the determinant; its slope is 1 where it is not 0.
    @inline(__always)
    private static func squares<Scalar: BinaryFloatingPoint & Sendable>(
        _ grid: Tensor<Scalar>, _ frame: SamplingFrame, excess: (Scalar) -> Scalar
    ) -> (value: Scalar, dGrid: Tensor<Scalar>) {
        let cells = LocalArea(grid, frame: frame)
        let weight = 1 / Scalar(max(cells.count, 1))
        var (value, dGrid): (Scalar, Tensor<Scalar>) = (0, .zeros(grid.shape))
        cells.forEachCell { position, determinant in
            guard determinant.isFinite else { return }
            let excess = excess(determinant)
            value += weight * excess * excess
            if excess != 0 { cells.add(2 * weight * excess, at: position, to: &dGrid) }
        }
        return (value, dGrid)
    }
}
