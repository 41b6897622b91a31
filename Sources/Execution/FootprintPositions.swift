import Tensors
import Warping

/// The positions that output pixels average over for ``Sampler/antialias``, laid out for the kernels.
///
/// They are the reference's, ``Footprint``'s, bit for bit, made without an array for each pixel.
struct FootprintPositions {
    /// (x, y) of one footprint after another.
    private(set) var positions: [Float] = []
    /// Positions of each pixel.
    private(set) var counts: [Int] = []

    /// The footprints of some rows of a grid, whose shape comes from the rows beside them too.
    ///
    /// - Parameters:
    ///   - rows: The rows whose pixels are wanted.
    ///   - grid: [1, rows, columns, 2].
    ///   - scale: Pixels of the input for each unit of x and of y.
    init(ofRows rows: Range<Int>, in grid: Tensor<Float>, scale: SIMD2<Float>) {
        let (height, width) = (grid.shape[1], grid.shape[2])
        positions.reserveCapacity(rows.count * width * 2)
        counts.reserveCapacity(rows.count * width)
        grid.values.withUnsafeBufferPointer { values in
            for row in rows {
                for column in 0..<width {
                    let place = row * width + column
                    let across = Edge(at: place, stride: 1, index: column, extent: width, values, scale)
                    let down = Edge(at: place, stride: width, index: row, extent: height, values, scale)
                    append(middle: SIMD2(values[place * 2], values[place * 2 + 1]), across, down)
                }
            }
        }
    }

    private mutating func append(middle: SIMD2<Float>, _ across: Edge, _ down: Edge) {
        let isFinite = middle.x.isFinite && middle.y.isFinite
        let (columns, rows) = isFinite ? (across.pieces, down.pieces) : (1, 1)
        counts.append(columns * rows)
        for column in 0..<columns {
            let start = columns > 1 ? middle + across.offset(of: column) : middle
            for row in 0..<rows {
                let position = rows > 1 ? start + down.offset(of: row) : start
                positions.append(position.x)
                positions.append(position.y)
            }
        }
    }

    /// A side of a footprint.
    private struct Edge {
        let step: SIMD2<Float>
        let pieces: Int

        init(
            at place: Int, stride: Int, index: Int, extent: Int, _ grid: UnsafeBufferPointer<Float>,
            _ scale: SIMD2<Float>
        ) {
            let first = index > 0 ? place - stride : place
            let last = index < extent - 1 ? place + stride : place
            let difference = SIMD2(grid[last * 2], grid[last * 2 + 1]) - SIMD2(grid[first * 2], grid[first * 2 + 1])
            step = difference * (last - first == 2 * stride ? 0.5 : 1)
            let pixels = step * scale
            let length = (pixels.x * pixels.x + pixels.y * pixels.y).squareRoot()
            let slack = Footprint<Float>.slack
            // Also false for NaN.
            let isCut = length > 1 + slack && length < .infinity
            pieces = isCut ? Int(min(Footprint<Float>.limit, (length - slack).rounded(.up))) : 1
        }

        /// The middle of a piece, from the footprint's.
        func offset(of piece: Int) -> SIMD2<Float> { ((Float(piece) + 0.5) / Float(pieces) - 0.5) * step }
    }
}
