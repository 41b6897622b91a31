import Tensors

/// What grids do to images, in four numbers: whether a transformer looks outside, zooms, or folds.
///
/// Over all images of a batch. Areas are those of cells of four neighbouring positions; see ``GridPenalty``.
public struct GridStatistics: Hashable, Sendable {
    /// The share of positions that read outside [−1, 1]², what is not finite included.
    public let outside: Double
    /// The share of cells that are turned over or have no area.
    public let folded: Double
    /// The mean over cells of the signed area that is read, in cells: above 1 the transformer looks from further away.
    ///
    /// Nil where there are no cells, or none that is finite.
    public let meanDeterminant: Double?
    /// The mean over cells of √|determinant|, the linear scale; nil as ``meanDeterminant`` is.
    public let meanScale: Double?

    /// The statistics of a batch of grids.
    ///
    /// - Shapes: `grid` [N, outputHeight, outputWidth, 2].
    /// - Complexity: a pass over positions and one over cells.
    public init<Scalar: BinaryFloatingPoint & Sendable>(of grid: Tensor<Scalar>, frame: SamplingFrame) {
        let cells = LocalArea(grid, frame: frame)
        let positions = grid.shape.count / 2
        var (outside, folded, finite, determinants, scales) = (0, 0, 0, 0.0, 0.0)
        // Written so that NaN counts as outside.
        for position in 0..<positions
        where !(abs(grid.values[position * 2]) <= 1 && abs(grid.values[position * 2 + 1]) <= 1) {
            outside += 1
        }
        cells.forEachCell { _, determinant in
            guard determinant.isFinite else { return }
            finite += 1
            if determinant <= 0 { folded += 1 }
            determinants += Double(determinant)
            scales += Double(abs(determinant)).squareRoot()
        }
        self.outside = positions == 0 ? 0 : Double(outside) / Double(positions)
        self.folded = finite == 0 ? 0 : Double(folded) / Double(finite)
        meanDeterminant = finite == 0 ? nil : determinants / Double(finite)
        meanScale = finite == 0 ? nil : scales / Double(finite)
    }
}
