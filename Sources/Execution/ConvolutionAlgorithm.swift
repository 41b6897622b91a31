/// How forward convolutions are summed.
public enum ConvolutionAlgorithm: Sendable {
    /// Whatever takes least time: 5×5 convolutions of 16 channels or more by Winograd's minimal filtering F(4×4, 5×5),
    /// the others directly.
    ///
    /// Winograd's way has about 6 times the rounding error of direct summation (Lavin and Gray 2016), and an infinity in
    /// an image makes its whole neighbourhood NaN.
    case fastest
    /// Sums of products in the order of the definition, 5×5 kernels too.
    case direct
}
