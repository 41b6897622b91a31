import Tensors

/// Reads images at the positions of a grid; what lies outside the image counts as zero.
///
/// - Convention: see ``CornerConvention`` and ``SamplingMode``. A tap outside the image contributes zero, so values fade
///   over the reach of the taps.
/// - Gradient: for the image and the grid; see ``SamplingMode``.
/// - Numerics: on a pixel centre the pixel itself comes back, bit for bit.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 3; values equal PyTorch's `grid_sample` with
///   `padding_mode="zeros"`.
public struct Sampler: Hashable, Sendable {
    /// How it reads between pixels.
    public let mode: SamplingMode
    /// What −1 and +1 mean in the grid.
    public let corners: CornerConvention

    /// A sampler for grids of the given convention.
    ///
    /// - Parameters:
    ///   - mode: How it reads between pixels; bilinear as in the paper, the cheapest that has a gradient for the grid.
    ///   - corners: What −1 and +1 mean in the grid.
    public init(mode: SamplingMode = .bilinear, corners: CornerConvention) {
        self.mode = mode
        self.corners = corners
    }

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
            let image = position / positionsPerImage
            let columns = mode.taps(at: corners.pixel(grid.values[position * 2], of: width), extent: width)
            let rows = mode.taps(at: corners.pixel(grid.values[position * 2 + 1], of: height), extent: height)
            for row in rows {
                for column in columns {
                    let pixel = ((image * height + row.index) * width + column.index) * channels
                    body(
                        position, pixel, column.weight * row.weight, column.slope * row.weight,
                        column.weight * row.slope)
                }
            }
        }
    }
}
