/// How convolutions and their gradients are summed.
public enum ConvolutionAlgorithm: Sendable {
    /// Whatever takes least time: by Winograd's minimal filtering where it fits, the others directly.
    ///
    /// It fits 3×3, 5×5 and 7×7 kernels of 16 channels or more, and 5×5 and 7×7 kernels of at most 4. Winograd's way has
    /// about 6 times the rounding error of direct summation (Lavin and Gray 2016), and an infinity in an image makes its
    /// whole neighbourhood NaN.
    case fastest
    /// Sums of products in the order of the definition.
    case direct
}
