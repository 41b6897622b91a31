// Says what an image shows. Usage: ClassifyImage WEIGHTS IMAGE, where WEIGHTS is a checkpoint of `stn train cifar10` or of
// another data set, with the network and the transformer that are the default, and IMAGE a PNG or JPEG of any size.
import Foundation
import Imaging
import SpatialTransformers

let (weights, path) = (CommandLine.arguments[1], CommandLine.arguments[2])

// The file says what images the network takes, and what its classes are called.
let about = try SafetensorsFile.summary(of: weights).metadata
let numbers = { (key: String) in about[key, default: ""].split(separator: ",").compactMap { Float($0) } }
let (size, mean, deviation) = (numbers("input_size").map { Int($0) }, numbers("mean"), numbers("std"))
let classes = about["class_names", default: ""].split(separator: "\n")
let (height, width, channels) = (size[0], size[1], size[2])

let classifier = try Classifier(ReadyMade.seed(classes: classes.count), input: [height, width, channels], seed: 0)
try classifier.loadWeights(from: weights)

let picture = try Image(contentsOf: path).converted(toChannels: channels).resized(width: width, height: height)
let pixels = picture.pixels.enumerated().map { place, byte in
    (Float(byte) / 255 - mean[place % channels]) / deviation[place % channels]
}
let image = Tensor([1, height, width, channels], pixels)
let scores = try classifier.logProbabilities(of: image).values
for (name, score) in zip(classes, scores).sorted(by: { $0.1 > $1.1 }).prefix(3) {
    print(String(format: "%.1f%%", 100 * exp(score)), name)
}
// θ says where the transformer reads; the family says what that means.
if let theta = try classifier.transformed(image)?.theta { print(AffineTransform().meaning(of: theta.values)) }
