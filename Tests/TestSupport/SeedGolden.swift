import Tensors

/// What the ten golden training steps start from: initial parameters and batches, drawn from a formula.
///
/// The formula stands in `tools/generate_seed_goldens.py`, whose results are `Tests/Goldens/seed_training.safetensors` and
/// `seed_final_parameters.safetensors`; the two must stay equal. Everything is in PyTorch's layout.
///
/// To use it: put ``parameters()`` into the network with dropout off, run ``stepCount`` steps of plain SGD at
/// ``learningRate`` on ``batch(_:)`` 0, 1, …, and compare.
public enum SeedGolden {
    /// Training steps in the golden run.
    public static let stepCount = 10
    /// Images of each batch.
    public static let batchSize = 64
    /// The learning rate of the golden run; no momentum, no weight decay.
    public static let learningRate = 0.01
    private static let seed: UInt64 = 150_602_025

    /// A parameter under its PyTorch name, in PyTorch's layout.
    public struct Parameter: Sendable {
        /// The name in PyTorch's state dictionary, such as "localization.3.weight".
        public let name: String
        /// PyTorch's shape: [O, I, kH, kW], [O, K] or [O].
        public let shape: Shape
        /// The elements in row-major order.
        public let values: [Float]
    }

    /// A batch of images with their labels.
    public struct Batch: Sendable {
        /// [64, 3, 32, 32], channels first; ``channelsLast(_:)`` converts.
        public let images: Tensor<Float>
        /// The class of each image, from 0 to 9.
        public let labels: [Int]
    }

    private static let layers: [(name: String, weight: Shape)] = [
        ("conv1", [16, 3, 5, 5]), ("conv2", [32, 16, 5, 5]), ("fc1", [1024, 800]), ("fc2", [10, 1024]),
        ("localization.0", [64, 3, 7, 7]), ("localization.3", [128, 64, 5, 5]), ("fc_loc.0", [256, 2048]),
        ("fc_loc.2", [6, 256]),
    ]

    /// The 16 initial parameters, in the order of PyTorch's state dictionary.
    public static func parameters() -> [Parameter] {
        var result: [Parameter] = []
        for (name, weight) in layers {
            let bound = Float(1 / Double(weight.count / weight[0]).squareRoot())
            let isThetaHead = name == "fc_loc.2"
            let values = draw(weight.count, isThetaHead ? 0.02 : bound, index: result.count)
            result.append(Parameter(name: name + ".weight", shape: weight, values: values))
            var bias = draw(weight[0], isThetaHead ? 0.05 : bound, index: result.count)
            if isThetaHead { bias = zip(bias, [1, 0, 0, 0, 1, 0]).map { $0 + $1 } }
            result.append(Parameter(name: name + ".bias", shape: [weight[0]], values: bias))
        }
        return result
    }

    private static func draw(_ count: Int, _ bound: Float, index: Int) -> [Float] {
        var generator = RandomStream(seed: seed, purpose: .testing, index: UInt16(index)).generator
        return (0..<count).map { _ in generator.uniform(-bound, bound) }
    }

    /// The batch of training step `step`, counted from 0.
    public static func batch(_ step: UInt32) -> Batch {
        var labels = RandomStream(seed: seed, purpose: .testing, index: 101, step: step).generator
        let classes = (0..<batchSize).map { _ in labels.integer(below: 10) }
        var generator = RandomStream(seed: seed, purpose: .testing, index: 100, step: step).generator
        var pixels: [Float] = []
        pixels.reserveCapacity(batchSize * 3 * 32 * 32)
        for label in classes {
            let brightness = Float(label) * 0.25 - 1.125
            for _ in 0..<3 {
                let nodes = (0..<25).map { _ in generator.uniform(-1, 1) }
                for position in 0..<32 * 32 {
                    pixels.append(blend(nodes, y: position / 32, x: position % 32) + brightness)
                }
            }
        }
        return Batch(images: Tensor([batchSize, 3, 32, 32], pixels), labels: classes)
    }

    /// The value at pixel (y, x) of a smooth 32×32 picture given by 5×5 nodes, one every 8 pixels.
    private static func blend(_ nodes: [Float], y: Int, x: Int) -> Float {
        let fractionX = Float(x % 8) / 8
        let fractionY = Float(y % 8) / 8
        let node = y / 8 * 5 + x / 8
        let top = nodes[node] + (nodes[node + 1] - nodes[node]) * fractionX
        let bottom = nodes[node + 5] + (nodes[node + 6] - nodes[node + 5]) * fractionX
        return top + (bottom - top) * fractionY
    }
}
