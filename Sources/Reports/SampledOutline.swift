import SpatialTransformers

/// The region of an image that a transformer reads, as the way along its border.
struct SampledOutline {
    /// Points between two corners: enough for a spline's border to look round.
    private static let steps = 32

    /// The upper edge from the left, then the others clockwise, in normalised coordinates of the input.
    let upperEdge, otherEdges: [(x: Float, y: Float)]

    /// The outline of one θ.
    ///
    /// What is not finite is left out.
    init(theta: [Float], of transformer: Graph.Transformer) {
        let last = Self.steps
        let frame = SamplingFrame(
            outputHeight: last + 1, outputWidth: last + 1, inputHeight: transformer.frame.inputHeight,
            inputWidth: transformer.frame.inputWidth, corners: .centers)
        let grid = transformer.transformation.grid(theta: Tensor([1, theta.count], theta), frame: frame)
        func points(_ places: [(row: Int, column: Int)]) -> [(x: Float, y: Float)] {
            places.map { place in
                let index = (place.row * (last + 1) + place.column) * 2
                return (grid.values[index], grid.values[index + 1])
            }.filter { $0.x.isFinite && $0.y.isFinite }
        }
        upperEdge = points((0...last).map { (0, $0) })
        otherEdges = points(
            (0...last).map { ($0, last) } + (0...last).map { (last, last - $0) } + (0...last).map { (last - $0, 0) })
    }
}
