import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

@Suite("Sums and branches")
struct CombinationTests {
    @Test("parameters at the top are numbered through, inside a transformer named by their place")
    func names() throws {
        let network = Sequential {
            SpatialTransformer {
                Conv2d(4, kernel: 3)
                Residual {
                    Conv2d(6, kernel: 1); ReLU(); Conv2d(6, kernel: 1)
                } shortcut: {
                    Conv2d(6, kernel: 1)
                }
                Branches {
                    Conv2d(2, kernel: 1)
                    Sequential {
                        ReLU(); Conv2d(3, kernel: 1)
                    }
                }
                Conv2d(2, kernel: 1); Flatten(); Linear(4)
            }
            Conv2d(3, kernel: 1); Residual { Conv2d(3, kernel: 1) }; Flatten(); Linear(2)
        }
        let graph = try GraphBuilder.graph(of: network, input: [7, 6, 3])
        #expect(
            graph.parameters.map(\.name).filter { $0.hasSuffix("weight") } == [
                "localization.0.weight", "localization.1.layers.0.weight", "localization.1.layers.2.weight",
                "localization.1.shortcut.0.weight", "localization.2.branches.0.0.weight",
                "localization.2.branches.1.1.weight", "localization.3.weight", "fc_loc.0.weight", "fc_loc.1.weight",
                "conv1.weight", "conv2.weight", "fc1.weight",
            ])
        #expect(graph.parameters.filter(\.isLocalization).count == 18)
    }

    @Test("a sum is element by element, a concatenation channel by channel")
    func values() {
        let context = OperationContext(isTraining: true)
        let (a, b) = (Tensor<Double>([2, 1, 1, 2], [1, 2, 3, 4]), Tensor<Double>([2, 1, 1, 2], [10, 20, 30, 40]))
        #expect(AddOperation().forward([a, b], parameters: [], context: context).values == [11, 22, 33, 44])
        let c = Tensor<Double>([2, 1, 1, 1], [5, 6])
        let output = ConcatenateOperation().forward([a, c, a], parameters: [], context: context)
        #expect(output == Tensor([2, 1, 1, 5], [1, 2, 5, 1, 2, 3, 4, 6, 3, 4]))
        let gradients = ConcatenateOperation().backward(
            output, output: output, inputs: [a, c, a], parameters: [], context: context)
        #expect(gradients.inputs == [a, c, a])
    }

    @Test("what does not fit together is refused")
    func refused() {
        func error(_ layer: some Layer) -> NetworkError? {
            do {
                _ = try GraphBuilder.graph(of: layer, input: [6, 5, 3])
                return nil
            } catch { return error as? NetworkError }
        }
        #expect(
            error(Residual { Conv2d(3, kernel: 3) })
                == .unsuitableInput(
                    operation: "add", input: [6, 5, 3], needs: "[4, 3, 3], the shape of what it is added to"))
        #expect(
            error(
                Branches {
                    Conv2d(2, kernel: 1); Conv2d(2, kernel: 3)
                })
                == .unsuitableInput(
                    operation: "concatenate", input: [4, 3, 2],
                    needs: "[6, 5, 2] up to the last axis, as its first input has"))
        #expect(
            error(Branches { Flatten() })
                == .unsuitableInput(
                    operation: "Branches", input: [6, 5, 3], needs: "images: put Flatten() behind the branches"))
        let residual = Sequential {
            Flatten(); Residual { Linear(90) }
        }
        #expect(
            error(residual)
                == .unsuitableInput(
                    operation: "Residual", input: [6, 5, 3],
                    needs: "both ways flattened or none: put a Linear() between Flatten() and Residual"))
        let sameOrder = Sequential {
            Flatten(); Residual { ReLU() }
        }
        #expect(error(sameOrder) == nil)
        #expect(
            error(Branches {})
                == .invalidSetting(layer: "Branches", setting: "branches", value: "none", needs: "one or more"))
        #expect(
            error(
                Branches {
                    Sequential {
                        Flatten(); Linear(2)
                    }
                    Sequential {
                        Flatten(); Linear(3)
                    }
                }) == nil)
    }
}
