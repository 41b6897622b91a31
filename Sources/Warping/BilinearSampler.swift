import Tensors

/// Blends the four pixels around each position of a grid; what lies outside the image counts as zero.
///
/// - Convention: see ``CornerConvention``. A tap outside the image contributes zero, so values fade over the last half
///   pixel. A position that is not finite, or further out than any tap reaches, gives zero with zero gradient.
/// - Gradient: for the image and the grid. On a pixel centre the grid's is the one-sided derivative towards +x, +y.
/// - Numerics: on a pixel centre the pixel itself comes back, bit for bit.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 5–7; values equal PyTorch's `grid_sample` with
///   `padding_mode="zeros"`.
public struct BilinearSampler: Hashable, Sendable {
    /// What −1 and +1 mean in the grid.
    public let corners: CornerConvention

    /// A sampler for grids of the given convention.
    public init(corners: CornerConvention) { self.corners = corners }

    /// Reads `image` at the positions of `grid`.
    ///
    /// - Shapes: `image` [N, H, W, C], `grid` [N, Hout, Wout, 2] → [N, Hout, Wout, C].
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func sample<Scalar: BinaryFloatingPoint & Sendable>(
        _ image: Tensor<Scalar>, at grid: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        let channels = image.shape[3]
        var output = Tensor<Scalar>.zeros([grid.shape[0], grid.shape[1], grid.shape[2], channels])
        forEachTap(of: image.shape, grid) { position, pixel, weight, _, _ in
            // 0 · ∞ of a neighbour must not reach an exact copy.
            if weight == 0 { return }
            for channel in 0..<channels {
                output.values[position * channels + channel] += weight * image.values[pixel + channel]
            }
        }
        return output
    }

    /// The gradients for image and grid of a gradient for the output.
    ///
    /// - Shapes: `dOutput` [N, Hout, Wout, C]; the results as `image` and `grid`.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func gradients<Scalar: BinaryFloatingPoint & Sendable>(
        dOutput: Tensor<Scalar>, image: Tensor<Scalar>, grid: Tensor<Scalar>
    ) -> (dImage: Tensor<Scalar>, dGrid: Tensor<Scalar>) {
        let channels = image.shape[3]
        var dImage = Tensor<Scalar>.zeros(image.shape)
        var dGrid = Tensor<Scalar>.zeros(grid.shape)
        let scaleX: Scalar = corners.span(of: image.shape[2]) / 2
        let scaleY: Scalar = corners.span(of: image.shape[1]) / 2
        forEachTap(of: image.shape, grid) { position, pixel, weight, slopeX, slopeY in
            var dWeight: Scalar = 0
            for channel in 0..<channels {
                let gradient = dOutput.values[position * channels + channel]
                dImage.values[pixel + channel] += weight * gradient
                dWeight += gradient * image.values[pixel + channel]
            }
            dGrid.values[position * 2] += dWeight * slopeX * scaleX
            dGrid.values[position * 2 + 1] += dWeight * slopeY * scaleY
        }
        return (dImage, dGrid)
    }

    /// Calls `body(position, pixel, weight, ∂weight/∂x, ∂weight/∂y)` for each tap inside the image, positions and pixels as
    /// indices into the flattened grid and image, derivatives by pixel coordinates.
    @inline(__always)
    private func forEachTap<Scalar: BinaryFloatingPoint & Sendable>(
        of shape: Shape, _ grid: Tensor<Scalar>, _ body: (Int, Int, Scalar, Scalar, Scalar) -> Void
    ) {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        precondition(
            shape[0] == grid.shape[0] && grid.shape.rank == 4 && grid.shape[3] == 2,
            "image \(shape) and grid \(grid.shape) do not fit")
        let positionsPerImage = grid.shape[1] * grid.shape[2]
        for position in 0..<shape[0] * positionsPerImage {
            let x = corners.pixel(grid.values[position * 2], of: width)
            let y = corners.pixel(grid.values[position * 2 + 1], of: height)
            // False for NaN too; within these bounds the conversions to Int are safe.
            guard x >= -1, x < Scalar(width), y >= -1, y < Scalar(height) else { continue }
            let (left, top) = (x.rounded(.down), y.rounded(.down))
            let image = position / positionsPerImage
            for (row, weightY, slopeY) in [(Int(top), 1 - (y - top), Scalar(-1)), (Int(top) + 1, y - top, 1)]
            where (0..<height).contains(row) {
                for (column, weightX, slopeX) in [
                    (Int(left), 1 - (x - left), Scalar(-1)), (Int(left) + 1, x - left, 1),
                ]
                where (0..<width).contains(column) {
                    let pixel = ((image * height + row) * width + column) * channels
                    body(position, pixel, weightX * weightY, slopeX * weightY, weightX * slopeY)
                }
            }
        }
    }
}
