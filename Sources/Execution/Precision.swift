/// What the products of a network are computed in.
public enum Precision: String, Sendable, CaseIterable {
    /// Everything in float32.
    case float32
    /// Linear layers, and the gradients of convolutions that go Winograd's way, multiply bfloat16 and sum in float32.
    ///
    /// Weights, gradients, updates, θ and the sampler stay float32, as do convolutions' forward passes: Winograd's
    /// transforms would enlarge bfloat16's rounding to 3% of the result. A linear layer's result has an error of 0.2%, such
    /// a gradient one of 4 to 6%, far below the noise of a batch. Fast where the processor has instructions for it (AVX-512 BF16).
    case mixed
}
