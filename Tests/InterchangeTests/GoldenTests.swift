import Interchange
import Tensors
import TestSupport
import Testing

@Suite("Golden files")
struct GoldenTests {
    static let names = [
        "activations", "affine_sampler", "affine_volume", "batch_norm", "batch_norm_network", "convolution",
        "convolution_geometry", "convolution_pool_relu", "grid_sample_far", "grid_sample_modes", "grid_sample_volumes",
        "layers", "loss", "optimizers", "pooling", "schedules", "seed_final_parameters", "seed_training",
    ]

    @Test("every golden file opens, names its origin, and has cases", arguments: names)
    func opens(_ name: String) throws {
        let golden = try Golden(name)
        #expect(golden.about["torch"]?.hasPrefix("2.") == true)
        #expect(golden.about["script"]?.hasPrefix("tools/generate_") == true)
        #expect(!golden.caseNames.isEmpty)
    }

    @Test("images of a golden file are moved to channels-last")
    func image() throws {
        let golden = try Golden("convolution")
        let (stored, moved) = (try golden.tensor("kernel5", "input"), try golden.image("kernel5", "input"))
        #expect(stored.shape == [2, 3, 9, 8])
        #expect(moved.shape == [2, 9, 8, 3])
        // Image 1, channel 2, row 4, column 5.
        let (last, first) = (((1 * 9 + 4) * 8 + 5) * 3 + 2, ((1 * 3 + 2) * 9 + 4) * 8 + 5)
        #expect(moved.values[last] == stored.values[first])
    }

    @Test("a golden convolution is the sum of products that its weights say")
    func convolution() throws {
        let golden = try Golden("convolution")
        let input = try golden.image("kernel5", "input")
        let weight = try golden.convolutionWeight("kernel5", "weight")
        let bias = try golden.tensor("kernel5", "bias")
        let output = try golden.image("kernel5", "output")
        #expect(output.shape == [2, 5, 4, 4])
        var expected: [Double] = []
        for n in 0..<2 {
            for y in 0..<5 {
                for x in 0..<4 {
                    for o in 0..<4 {
                        var sum = Double(bias.values[o])
                        for ky in 0..<5 {
                            for k in 0..<15 {
                                let pixel = input.values[((n * 9 + y + ky) * 8 + x) * 3 + k]
                                sum += Double(pixel) * Double(weight.values[(o * 5 + ky) * 15 + k])
                            }
                        }
                        expected.append(sum)
                    }
                }
            }
        }
        expectClose(output.values.map(Double.init), expected, relative: 1e-6, absolute: 1e-6, "kernel5")
    }

    @Test("settings come back as numbers and flags")
    func settings() throws {
        #expect(try Golden("optimizers").number("sgd_momentum_weight_decay", "weightDecay") == 0.01)
        #expect(try Golden("optimizers").number("sgd", "momentum") == nil)
        #expect(try Golden("affine_sampler").flag("larger/corners", "alignCorners"))
        #expect(try !Golden("affine_sampler").flag("larger/edges", "alignCorners"))
    }

    @Test("the seed network's initial parameters are the ones PyTorch started from, bit for bit")
    func seedParameters() throws {
        let sums = try Golden("seed_training").integers("drawn", "parameterBitSums")
        let parameters = SeedGolden.parameters()
        #expect(parameters.map { bitSum($0.values) } == sums)
        #expect(parameters.reduce(0) { $0 + $1.values.count } == 1_585_008)
        let final = try Golden("seed_final_parameters")
        for parameter in parameters {
            #expect(try final.tensor(parameter.name, "final").shape == parameter.shape)
        }
        #expect(final.cases.count == parameters.count)
    }

    @Test("the seed network's batches are the ones PyTorch trained on, bit for bit")
    func seedBatches() throws {
        let golden = try Golden("seed_training")
        let batches = (0..<UInt32(SeedGolden.stepCount)).map(SeedGolden.batch)
        #expect(batches.map { bitSum($0.images.values) } == (try golden.integers("drawn", "imageBitSums")))
        #expect(batches.flatMap(\.labels) == (try golden.integers("drawn", "labels")))
    }

    @Test("no parameter of the golden training run stays where it was")
    func seedMovement() throws {
        let final = try Golden("seed_final_parameters")
        for parameter in SeedGolden.parameters() {
            let after = try final.tensor(parameter.name, "final").values
            let moved = zip(after, parameter.values).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
            let stated = Float(try #require(final.number(parameter.name, "movement")))
            expectClose([moved], [stated], relative: 0.02, absolute: 1e-7, parameter.name)
            #expect(moved > 100 * Float(final.number(parameter.name, "deviation") ?? 1), "\(parameter.name)")
        }
    }

    /// The sum of all bit patterns modulo 2⁶³.
    private func bitSum(_ values: [Float]) -> Int {
        Int(truncatingIfNeeded: values.reduce(UInt64(0)) { $0 &+ UInt64($1.bitPattern) } & UInt64(Int64.max))
    }
}
