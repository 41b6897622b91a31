import CKernels
import Execution
import Networks
import SpatialTransformers
import Tensors
import TestSupport
import Testing

@Suite("Optimizer kernels")
struct OptimizerTests {
    /// Nesterov's momentum is not among the rules.
    static let cases = (try? Golden("optimizers"))?.caseNames.filter { $0 != "sgd_nesterov" } ?? []

    @Test("five steps of each rule are PyTorch's, on every instruction set", arguments: cases)
    func golden(_ name: String) throws {
        let golden = try Golden("optimizers")
        let initial = try golden.tensor(name, "initial").values
        let (gradients, expected) = (try golden.tensor(name, "gradients"), try golden.tensor(name, "afterEachStep"))
        // Six weights and a bias: as many numbers as the file's parameter has.
        let network = Sequential {
            Flatten(); Linear(1)
        }
        let graph = try GraphBuilder.graph(of: network, input: [1, 1, 6])
        for set in InstructionSet.available {
            let parameters = ParameterBlock(for: graph, seed: 0)
            let places = parameters.entries.flatMap { Array($0.range) }
            for (place, value) in zip(places, initial) { parameters.values[place] = value }
            let optimizer = Optimizer(
                try golden.optimizerUpdate(name, step: 1).kind, usesMomentum: golden.number(name, "momentum") != nil,
                parameters: parameters, kernels: try #require(set.kernels))
            let pool = WorkerPool(threadCount: 2)
            for step in 0..<5 {
                for (index, place) in places.enumerated() {
                    parameters.gradients[place] = gradients.values[step * 7 + index]
                }
                optimizer.apply(try golden.optimizerUpdate(name, step: step + 1), on: pool)
                expectClose(
                    places.map { parameters.values[$0] }, Array(expected.values[step * 7..<(step + 1) * 7]),
                    relative: 2e-6, absolute: 5e-7, "\(set): step \(step + 1)")
            }
            #expect(parameters.values.filter { $0 != 0 }.count == 7, "the gaps between parameters stay zero")
        }
    }

    @Test("localization networks learn at their own rate, the rest at the common one")
    func localizationRate() throws {
        let classifier = try Classifier(
            Sequential {
                SpatialTransformer {
                    Flatten(); Linear(4)
                }
                Flatten(); Linear(3)
            }, input: [5, 4, 1], seed: 1, threadCount: 1)
        let parameters = classifier.executor.parameters
        let optimizer = Optimizer(
            .sgd, usesMomentum: false, parameters: parameters,
            kernels: try #require(classifier.executor.instructionSet.kernels))
        for place in 0..<parameters.count { (parameters.values[place], parameters.gradients[place]) = (1, 1) }
        optimizer.apply(
            OptimizerUpdate(kind: .sgd, learningRate: 0.5, localizationRate: 0.25), on: WorkerPool(threadCount: 1))
        let rates = parameters.entries.map { entry in Set(parameters.tensor(entry).values.map { 1 - $0 }) }
        #expect(parameters.entries.contains { $0.isLocalization })
        #expect(rates == parameters.entries.map { [$0.isLocalization ? 0.125 : 0.5] })
    }

    @Test("SGD on any number of weights, with velocity and without", arguments: InstructionSet.available)
    func sgd(_ set: InstructionSet) throws {
        for count in oddCounts {
            let draws = (0..<3).map { (randomTensor([count], seed: 50 + $0) as Tensor<Float>).values }
            for momentum in [Float(0), 0.75] {
                let buffers = draws.map(GuardedBuffer.init)
                let arguments = stn_sgd_arguments(
                    count: Int64(count), parameters: buffers[0].pointer, gradients: buffers[1].pointer,
                    velocity: momentum == 0 ? nil : buffers[2].pointer, rate: 0.5, momentum: momentum,
                    weight_decay: 0.125)
                try run(set.table.sgd, arguments, tasks: pieceCount(count))
                let velocity = (0..<count).map { index in
                    draws[1][index] + 0.125 * draws[0][index] + momentum * draws[2][index]
                }
                let weights = zip(draws[0], velocity).map { $0 - 0.5 * $1 }
                expectClose(buffers[0].values, weights, relative: 1e-6, absolute: 3e-7, "\(count) weights")
                expectClose(
                    buffers[2].values, momentum == 0 ? draws[2] : velocity, relative: 1e-6, absolute: 3e-7,
                    "\(count) velocities")
                #expect(buffers[1].values == draws[1])
                #expect(buffers.allSatisfy { $0.isIntact })
            }
        }
    }

    @Test("Adam on any number of weights", arguments: InstructionSet.available)
    func adam(_ set: InstructionSet) throws {
        for count in oddCounts {
            var draws = (0..<4).map { (randomTensor([count], seed: 60 + $0) as Tensor<Float>).values }
            draws[3] = draws[3].map(abs)
            let buffers = draws.map(GuardedBuffer.init)
            let arguments = stn_adam_arguments(
                count: Int64(count), parameters: buffers[0].pointer, gradients: buffers[1].pointer,
                first_moment: buffers[2].pointer, second_moment: buffers[3].pointer, corrected_rate: 0.01,
                correction_root: 0.5, beta1: 0.75, beta2: 0.875, epsilon: 1e-3, weight_decay: 0.25, shrink: 0.9)
            try run(set.table.adam, arguments, tasks: pieceCount(count))
            var expected: [[Float]] = [[], [], []]
            for index in 0..<count {
                let (weight, gradient) = (draws[0][index], draws[1][index] + 0.25 * draws[0][index])
                let first = 0.75 * draws[2][index] + 0.25 * gradient
                let second = 0.875 * draws[3][index] + 0.125 * gradient * gradient
                expected[0].append(0.9 * weight - 0.01 * first / (second.squareRoot() / 0.5 + 1e-3))
                expected[1].append(first)
                expected[2].append(second)
            }
            for (buffer, values) in zip([buffers[0], buffers[2], buffers[3]], expected) {
                expectClose(buffer.values, values, relative: 2e-6, absolute: 3e-7, "\(count) weights")
            }
            #expect(buffers[1].values == draws[1])
            #expect(buffers.allSatisfy { $0.isIntact })
        }
    }
}

extension Golden {
    /// The update rule that a case of the file `optimizers` describes.
    fileprivate func optimizerUpdate(_ name: String, step: Int) throws -> OptimizerUpdate {
        let kind: OptimizerKind = name.hasPrefix("sgd") ? .sgd : name.hasPrefix("adamw") ? .adamW : .adam
        return OptimizerUpdate(
            kind: kind, learningRate: try #require(number(name, "learningRate")),
            momentum: number(name, "momentum") ?? 0, weightDecay: number(name, "weightDecay") ?? 0,
            beta1: number(name, "beta1") ?? 0, beta2: number(name, "beta2") ?? 0,
            epsilon: number(name, "epsilon") ?? 0, step: step)
    }
}
