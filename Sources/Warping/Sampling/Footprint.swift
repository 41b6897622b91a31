import Tensors

/// What an output pixel covers in the input, as positions to average over, for ``Sampler/antialias``.
///
/// Along each axis of the output the footprint is as long as the step of the grid there, by central differences and at the
/// ends one-sided ones, and is cut into as many equal pieces as make none longer than a pixel of the input. Positions are
/// the middles of the pieces. Where no step is longer than a pixel there is one, the grid's own.
package struct Footprint<Scalar: BinaryFloatingPoint & Sendable> {
    /// A direction that is cut into pieces.
    struct Edge {
        /// The positions of the grid whose difference is the step, and what it is multiplied by.
        let first, last: Int
        let factor: Scalar
        /// In normalised coordinates.
        let step: [Scalar]
        let pieces: Int
    }

    /// Pieces at most along a direction: 256 positions for a pixel, which a picture of 8192 pixels made 512 long takes.
    package static var limit: Scalar { 16 }
    /// What a step may be longer than a pixel without being cut: more than grids of equal scale are rounded by.
    package static var slack: Scalar { 1 / 64 }

    let edges: [Edge]
    /// For each position its distance from the middle, in steps of each edge.
    let offsets: [[Scalar]]

    /// The one position of the grid itself.
    init() { (edges, offsets) = ([], [[]]) }

    /// The footprint of position `index` of the flattened grid.
    init(of index: Int, in grid: Tensor<Scalar>, scales: [Scalar]) {
        let axes = scales.count
        var (edges, stride) = ([Edge](), 1)
        for axis in 1...axes {
            let extent = grid.shape[axes + 1 - axis]
            let place = index / stride % extent
            let (back, ahead) = (place > 0 ? stride : 0, place < extent - 1 ? stride : 0)
            if let edge = Footprint.edge(index - back, index + ahead, back + ahead == 2 * stride, grid, scales) {
                edges.append(edge)
            }
            stride *= extent
        }
        self.edges = edges
        var offsets: [[Scalar]] = [[]]
        for edge in edges {
            let middles: [Scalar] = (0..<edge.pieces).map { (Scalar($0) + 0.5) / Scalar(edge.pieces) - 0.5 }
            offsets = offsets.flatMap { offset in middles.map { offset + [$0] } }
        }
        self.offsets = offsets
    }

    private static func edge(
        _ first: Int, _ last: Int, _ isCentral: Bool, _ grid: Tensor<Scalar>, _ scales: [Scalar]
    ) -> Edge? {
        let (axes, factor): (Int, Scalar) = (scales.count, isCentral ? 0.5 : 1)
        let step: [Scalar] = (0..<axes).map {
            (grid.values[last * axes + $0] - grid.values[first * axes + $0]) * factor
        }
        let pixels: [Scalar] = zip(step, scales).map { $0 * $1 }
        let length = pixels.reduce(Scalar(0)) { $0 + $1 * $1 }.squareRoot()
        // Also false for NaN.
        guard length > 1 + slack, length < .infinity else { return nil }
        let pieces = min(limit, (length - slack).rounded(.up))
        return Edge(first: first, last: last, factor: factor, step: step, pieces: Int(pieces))
    }

    /// The coordinates of one position, by its distance from the middle.
    func coordinates(at offset: [Scalar], from middle: [Scalar]) -> [Scalar] {
        var result = middle
        for (distance, edge) in zip(offset, edges) {
            for axis in result.indices { result[axis] += distance * edge.step[axis] }
        }
        return result
    }
}
