import Tensors

/// Reads images, or volumes, at the positions of a grid.
///
/// - Convention: see ``CornerConvention``, ``SamplingMode`` and ``SamplingPadding``.
/// - Shapes: images [N, H, W, C] with grids [N·M, Hout, Wout, 2] of (x, y); volumes [N, D, H, W, C] with grids
///   [N·M, Dout, Hout, Wout, 3] of (x, y, z). The first M grids read the first image, the next M the second, and so on:
///   an image is read by many grids without being copied.
/// - Gradient: for the image and the grid.
/// - Numerics: on a pixel centre the pixel itself comes back, bit for bit.
/// - Source: Jaderberg et al. 2015 (arXiv:1506.02025), eq. 3; values and gradients equal PyTorch's `grid_sample`.
public struct Sampler: Hashable, Sendable {
    /// How it reads between pixels.
    public let mode: SamplingMode
    /// What it reads beyond the edges.
    public let padding: SamplingPadding
    /// What −1 and +1 mean in the grid.
    public let corners: CornerConvention
    /// Whether an output pixel that covers more than one pixel of the input averages over them.
    ///
    /// The output pixel's footprint is cut into n × n pieces, n along each axis the step of the grid there in pixels of the
    /// input, rounded up, at most 16; the sampler reads in the middle of each and averages. Where the grid's steps are at
    /// most a pixel long (scale 1 or more, up to 1/64 of a pixel) it is the plain sampler, bit for bit.
    ///
    /// - Gradient: exact for image and grid with n as a constant. The footprint's shape comes from neighbours in the grid,
    ///   which get their part.
    public let antialias: Bool

    /// A sampler for grids of the given convention.
    ///
    /// - Parameters:
    ///   - mode: How it reads between pixels; bilinear as in the paper, the cheapest that has a gradient for the grid.
    ///   - padding: What it reads beyond the edges; zeros as in PyTorch.
    ///   - corners: What −1 and +1 mean in the grid.
    ///   - antialias: Whether output pixels that cover several of the input average over them; not as a rule, as neither
    ///     the paper nor PyTorch does, and it takes n² times the work.
    public init(
        mode: SamplingMode = .bilinear, padding: SamplingPadding = .zeros, corners: CornerConvention,
        antialias: Bool = false
    ) {
        self.mode = mode
        self.padding = padding
        self.corners = corners
        self.antialias = antialias
    }

    /// Reads `image` at the positions of `grid`.
    ///
    /// - Shapes: `image` [N, H, W, C], `grid` [N·M, Hout, Wout, 2] → [N·M, Hout, Wout, C]; volumes alike.
    /// - Complexity: taps to the power of the axes, for each position and channel.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func sample<Scalar: BinaryFloatingPoint & Sendable>(
        _ image: Tensor<Scalar>, at grid: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        let extent = SampledExtent(image: image.shape, grid: grid.shape)
        let channels = extent.channels
        let outside: [Scalar]? = padding.constant(channels: channels)
        var output = Tensor<Scalar>.zeros(Shape(Array(grid.shape.dimensions.dropLast()) + [channels]))
        forEachPosition(of: extent, grid) { position, source, coordinates, share, _, _ in
            forEachTap(at: coordinates, of: extent, image: source) { pixel, weight, _ in
                // 0 · ∞ of a neighbour must not reach an exact copy.
                if weight == 0 { return }
                let weight = weight * share
                if let pixel {
                    for channel in 0..<channels {
                        output.values[position * channels + channel] += weight * image.values[pixel + channel]
                    }
                } else if let outside {
                    for channel in 0..<channels {
                        output.values[position * channels + channel] += weight * outside[channel]
                    }
                }
            }
        }
        return output
    }

    /// The gradients for image and grid of a gradient for the output.
    ///
    /// - Shapes: `dOutput` [N·M, Hout, Wout, C]; the results as `image` and `grid`. An image's gradient is the sum over its
    ///   grids.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func gradients<Scalar: BinaryFloatingPoint & Sendable>(
        dOutput: Tensor<Scalar>, image: Tensor<Scalar>, grid: Tensor<Scalar>
    ) -> (dImage: Tensor<Scalar>, dGrid: Tensor<Scalar>) {
        let extent = SampledExtent(image: image.shape, grid: grid.shape)
        let (channels, axes) = (extent.channels, extent.axes)
        let outside: [Scalar]? = padding.constant(channels: channels)
        let scales: [Scalar] = self.scales(of: extent)
        var dImage = Tensor<Scalar>.zeros(image.shape)
        var dGrid = Tensor<Scalar>.zeros(grid.shape)
        forEachPosition(of: extent, grid) { position, source, coordinates, share, offset, edges in
            var dPosition: [Scalar] = [0, 0, 0]
            forEachTap(at: coordinates, of: extent, image: source) { pixel, weight, slopes in
                if pixel == nil && outside == nil { return }
                let weight = weight * share
                var dWeight: Scalar = 0
                for channel in 0..<channels {
                    let gradient = dOutput.values[position * channels + channel]
                    if let pixel {
                        dImage.values[pixel + channel] += weight * gradient
                        dWeight += gradient * image.values[pixel + channel]
                    } else if let outside {
                        dWeight += gradient * outside[channel]
                    }
                }
                dPosition[0] += dWeight * slopes.x * scales[0]
                dPosition[1] += dWeight * slopes.y * scales[1]
                if axes == 3 { dPosition[2] += dWeight * slopes.z * scales[2] }
            }
            for axis in 0..<axes {
                let gradient = dPosition[axis] * share
                dGrid.values[position * axes + axis] += gradient
                for (distance, edge) in zip(offset, edges) {
                    dGrid.values[edge.last * axes + axis] += gradient * distance * edge.factor
                    dGrid.values[edge.first * axes + axis] -= gradient * distance * edge.factor
                }
            }
        }
        return (dImage, dGrid)
    }

    /// How far inside the image each position reads: the weights of its taps there, summed up.
    ///
    /// It is what the sampler would read from an image of ones with zeros around: 1 where all taps are inside, 0 where none
    /// is or the position is not finite. Bicubic weights may be negative, so that near a border of an image it can leave
    /// [0, 1] by up to a quarter. ``padding`` does not matter.
    ///
    /// - Shapes: `image` the images' shape, `grid` [N·M, Hout, Wout, 2] → [N·M, Hout, Wout]; volumes alike.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    public func validity<Scalar: BinaryFloatingPoint & Sendable>(
        of image: Shape, at grid: Tensor<Scalar>
    ) -> Tensor<Scalar> {
        let extent = SampledExtent(image: image, grid: grid.shape)
        let sampler = Sampler(mode: mode, corners: corners, antialias: antialias)
        var validity = Tensor<Scalar>.zeros(Shape(Array(grid.shape.dimensions.dropLast())))
        sampler.forEachPosition(of: extent, grid) { position, source, coordinates, share, _, _ in
            sampler.forEachTap(at: coordinates, of: extent, image: source) { pixel, weight, _ in
                if pixel != nil { validity.values[position] += weight * share }
            }
        }
        return validity
    }

    /// ∂pixel/∂normalised along each axis.
    private func scales<Scalar: BinaryFloatingPoint>(of extent: SampledExtent) -> [Scalar] {
        extent.extents.prefix(extent.axes).map { corners.span(of: $0) / 2 }
    }

    /// Calls `body(position, image, coordinates, share, offset, edges)` for each position to read: those of the grid, or of
    /// their footprints, `share` of each in the output.
    @inline(__always)
    private func forEachPosition<Scalar: BinaryFloatingPoint & Sendable>(
        of extent: SampledExtent, _ grid: Tensor<Scalar>,
        _ body: (Int, Int, [Scalar], Scalar, [Scalar], [Footprint<Scalar>.Edge]) -> Void
    ) {
        let axes = extent.axes
        let count = grid.values.count / axes
        let scales: [Scalar] = self.scales(of: extent)
        for position in 0..<count {
            let image = position / (count / extent.count)
            let middle = Array(grid.values[position * axes..<(position + 1) * axes])
            let averages = antialias && middle.allSatisfy(\.isFinite)
            let footprint = averages ? Footprint(of: position, in: grid, scales: scales) : Footprint()
            let share = 1 / Scalar(footprint.offsets.count)
            for offset in footprint.offsets {
                body(position, image, footprint.coordinates(at: offset, from: middle), share, offset, footprint.edges)
            }
        }
    }
}
