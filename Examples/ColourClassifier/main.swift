// Trains a network with a spatial transformer on images made here, and classifies new ones.
import SpatialTransformers

let network = Sequential {
    SpatialTransformer(.affine) {  // localization network; the layer that gives θ is added, starting at the identity
        Conv2d(8, kernel: 5); MaxPool2d(2); ReLU()
        Flatten(); Linear(16); ReLU()
    }
    Conv2d(8, kernel: 5); MaxPool2d(2); ReLU()
    Flatten(); Linear(3)
}
let classifier = try Classifier(network, input: [16, 16, 3], seed: 0)

/// Noise in which one of the three channels is brighter: the class.
func batch(_ count: Int, seed: UInt64) -> (images: Tensor<Float>, labels: [Int32]) {
    var random = RandomStream(seed: seed, purpose: .testing).generator
    let labels = (0..<count).map { _ in Int32(random.integer(below: 3)) }
    let values = labels.flatMap { label in
        (0..<16 * 16 * 3).map { random.uniform(-1, 1) + ($0 % 3 == Int(label) ? 0.5 : 0) }
    }
    return (Tensor([count, 16, 16, 3], values), labels)
}

for step in 0..<60 {
    let (images, labels) = batch(32, seed: UInt64(step))
    let result = try classifier.trainingStep(
        images, labels: labels, step: step, update: OptimizerUpdate(kind: .sgd, learningRate: 0.05))
    if step % 20 == 0 { print("step \(step): loss \(result.lossSum / 32)") }
}

let (images, labels) = batch(100, seed: 1_000)
let scores = try classifier.logProbabilities(of: images)
let correct = labels.indices.count { row in
    let classes = scores.values[row * 3..<row * 3 + 3]
    return classes.firstIndex(of: classes.max() ?? 0) == row * 3 + Int(labels[row])
}
print("correct: \(correct)/100")
