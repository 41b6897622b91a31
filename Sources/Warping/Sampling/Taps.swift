import Tensors

/// A pixel along one axis that a position reads.
struct Tap<Scalar: BinaryFloatingPoint> {
    /// Nil outside the image, where padding has no pixel in its place.
    let index: Int?
    let weight: Scalar
    /// ∂weight/∂position.
    let slope: Scalar
}

extension Sampler {
    /// The taps along an axis of `extent` pixels at a normalised coordinate; none when no tap lies inside.
    func taps<Scalar: BinaryFloatingPoint>(at coordinate: Scalar, extent: Int) -> [Tap<Scalar>] {
        guard coordinate.isFinite else { return [] }
        // In pixels a finite coordinate may overflow; it is then as far away as a number can be.
        let limit = Scalar.greatestFiniteMagnitude
        let pixel = max(-limit, min(corners.pixel(coordinate, of: extent), limit))
        guard let placed = padding.placed(pixel, for: mode, extent: extent, corners: corners) else { return [] }
        let reach = mode.reach(at: placed.position)
        let taps = reach.taps.enumerated().map { offset, tap in
            Tap(
                index: padding.pixel(at: reach.first + offset, extent: extent, corners: corners), weight: tap.weight,
                slope: tap.slope * placed.factor)
        }
        return taps.contains { $0.index != nil } ? taps : []
    }
}

/// A volume of an image's tensor, [N, D, H, W, C]; an image has depth 1.
struct SampledExtent {
    let count, depth, height, width, channels: Int
    /// 2 or 3.
    let axes: Int

    /// - Precondition: rank 4 or 5, and the grid has as many axes and a whole number of grids for each image.
    init(image: Shape, grid: Shape) {
        let axes = image.rank - 2
        precondition(
            (axes == 2 || axes == 3) && grid.rank == image.rank && grid[axes + 1] == axes
                && (image[0] > 0 ? grid[0] % image[0] == 0 : grid[0] == 0),
            "image \(image) and grid \(grid) do not fit")
        self.axes = axes
        (count, channels) = (image[0], image[axes + 1])
        (depth, height, width) = (axes == 3 ? image[1] : 1, image[axes - 1], image[axes])
    }

    /// Pixels along x, y and z.
    var extents: [Int] { [width, height, depth] }
}

extension Sampler {
    /// Calls `body(pixel, weight, slopes)` for each tap of one position, in order of slices, rows and columns.
    ///
    /// `pixel` is an index into the flattened image, nil outside; `slopes` are ∂weight by x, y and z in pixels. A position
    /// outside has one tap, outside, of weight 1.
    @inline(__always)
    func forEachTap<Scalar: BinaryFloatingPoint>(
        at coordinates: [Scalar], of extent: SampledExtent, image: Int,
        _ body: (Int?, Scalar, (x: Scalar, y: Scalar, z: Scalar)) -> Void
    ) {
        let columns = taps(at: coordinates[0], extent: extent.width)
        let rows = taps(at: coordinates[1], extent: extent.height)
        // The only slice of an image counts once and has no slope; these factors change no bit.
        let slices =
            extent.axes == 3
            ? taps(at: coordinates[2], extent: extent.depth) : [Tap(index: 0, weight: 1, slope: 0)]
        if columns.isEmpty || rows.isEmpty || slices.isEmpty { return body(nil, 1, (0, 0, 0)) }
        for slice in slices {
            for row in rows {
                for column in columns {
                    var pixel: Int?
                    if let z = slice.index, let y = row.index, let x = column.index {
                        let plane = (image * extent.depth + z) * extent.height + y
                        pixel = (plane * extent.width + x) * extent.channels
                    }
                    body(
                        pixel, column.weight * row.weight * slice.weight,
                        (
                            column.slope * row.weight * slice.weight, column.weight * row.slope * slice.weight,
                            column.weight * row.weight * slice.slope
                        ))
                }
            }
        }
    }
}
