import ModelFormats
import SpatialTransformers
import Testing

/// What ONNX cannot express is refused by name, and never written as something else.
@Suite struct ONNXRefusalTests {
    private func error(of network: some Layer, _ export: ONNXExport = ONNXExport()) throws -> ONNXError? {
        let classifier = try Classifier(network, input: [8, 9, 3], seed: 1, threadCount: 1)
        do throws(ONNXError) {
            _ = try export.model(of: classifier)
            return nil
        } catch {
            return error
        }
    }

    private func transformer(_ family: any Transformation, _ change: (inout TransformerOptions) -> Void) -> Sequential {
        var options = TransformerOptions()
        change(&options)
        return Sequential {
            SpatialTransformer(family, options: options) {
                Flatten(); Linear(4)
            }; Flatten(); Linear(5)
        }
    }

    @Test func familiesAndOptionsThatTheStandardLacks() throws {
        let cases: [(String, Sequential)] = [
            ("cpab", transformer(ContinuousPiecewiseAffine()) { _ in }),
            ("antialias", transformer(AffineTransform()) { $0.antialias = true }),
            ("padding wrap", transformer(AffineTransform()) { $0.padding = .wrap }),
            ("flatten", Sequential { Flatten() }),
        ]
        for (name, network) in cases {
            let error = try error(of: network)
            guard case .inexpressible(let operation, _) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
            #expect(operation == name)
            #expect(error?.category.exitCode == 65)
            #expect(!"\(error.map(String.init(describing:)) ?? "")".contains("\n"))
        }
    }

    @Test func operationsOfUsersAreRefusedByName() throws {
        let error = try error(
            of: Sequential {
                Squares(); Flatten(); Linear(2)
            })
        #expect(error == .inexpressible(operation: "squares", reason: "no operator of the standard does the same"))
    }

    @Test func aNormalisationOfOtherChannels() throws {
        var export = ONNXExport()
        export.normalization = (mean: [0.5], deviation: [0.5])
        let error = try error(
            of: Sequential {
                Flatten(); Linear(2)
            }, export)
        #expect(error == .wrongNormalization(means: 1, deviations: 1, channels: 3))
    }
}

/// A layer that only its author knows.
private struct Squares: Layer {
    func lower(_ input: Graph.Value, into builder: inout GraphBuilder) throws -> Graph.Value {
        try builder.add(SquareOperation(), input)
    }
}

private struct SquareOperation: Networks.Operation {
    var name: String { "squares" }
    func outputShape(of inputs: [Shape]) -> Shape { inputs[0] }
    func cost(of inputs: [Shape]) -> Cost { Cost(flops: 0, bytes: 0) }
    func forward<Scalar: BinaryFloatingPoint & Sendable>(
        _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>], context: OperationContext
    ) -> Tensor<Scalar> {
        Tensor(inputs[0].shape, inputs[0].values.map { $0 * $0 })
    }
    func backward<Scalar: BinaryFloatingPoint & Sendable>(
        _ dOutput: Tensor<Scalar>, output: Tensor<Scalar>, inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>],
        context: OperationContext
    ) -> OperationGradients<Scalar> {
        OperationGradients(inputs: [Tensor(dOutput.shape, zip(dOutput.values, inputs[0].values).map { 2 * $0 * $1 })])
    }
}
