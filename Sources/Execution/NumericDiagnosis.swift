import Networks
import Tensors

/// Where the numbers of a training plan stand, in the order in which they are computed.
struct PlanTrace {
    /// What one stage reads and makes.
    struct Layer {
        let name: String
        let parameters: [Int]
        let output: UnsafeBufferPointer<Float>
        let isTheta: Bool
        let moments: [UnsafeMutableBufferPointer<Float>]
    }

    let images: UnsafeBufferPointer<Float>
    let layers: [Layer]

    init(_ builder: PlanBuilder, _ memory: PlanMemory, _ stages: [StageLaunches]) {
        let graph = builder.graph
        func numbers(_ value: Graph.Value) -> UnsafeBufferPointer<Float> {
            UnsafeBufferPointer(start: memory.floats(builder.slot(of: value)), count: builder.count(of: value))
        }
        let thetas = Set(graph.marks.filter { $0.key.hasPrefix(Mark.theta) }.values.map(builder.root(of:)))
        images = numbers(graph.input)
        layers = zip(builder.stages, stages).map { stage, launches in
            let parameter = stage.parameters.first.map { builder.parameters.entries[$0].name }
            let layer = parameter?.lastIndex(of: ".").flatMap { end in parameter.map { String($0[..<end]) } }
            return Layer(
                name: layer ?? parameter ?? launches.name, parameters: stage.parameters,
                output: numbers(stage.output), isTheta: thetas.contains(builder.root(of: stage.output)),
                moments: launches.moments)
        }
    }

    /// What is looked through in each step: all that is learned from, and all that an update changes or reads.
    ///
    /// Other outputs are not, as what is wrong there either shows in one of these or has no effect.
    func screened(_ parameters: ParameterBlock) -> [NumericScreen.Region] {
        let learned = 0..<parameters.learnedCount
        var regions = [NumericScreen.Region(values: images, limit: .infinity)]
        for numbers in [parameters.values, parameters.gradients] {
            regions.append(.init(values: UnsafeBufferPointer(rebasing: numbers[learned]), limit: NumericFault.limit))
        }
        for (index, layer) in layers.enumerated() {
            if layer.isTheta || index == layers.count - 1 {
                regions.append(.init(values: layer.output, limit: .infinity))
            }
            regions += layer.moments.map {
                .init(values: UnsafeBufferPointer($0), limit: NumericFault.statisticsLimit)
            }
        }
        return regions
    }
}

extension Executor {
    /// The first number in the order in which data flow that is of no use, of the step whose gradients were just computed.
    ///
    /// Computes the forward pass once more, the same bits, as the backward pass reuses memory; changes no weight.
    func diagnosis(of plan: Plan) -> NumericFault {
        plan.runForward(on: pool)
        guard let trace = plan.trace else { preconditionFailure("a plan that does not train was traced") }
        var fault =
            forwardFault(trace, batch: plan.batch) ?? lossFault(plan) ?? gradientFault(trace)
            ?? largestLoss(plan)
        fault.theta = thetaRange(trace)
        return fault
    }

    private func forwardFault(_ trace: PlanTrace, batch: Int) -> NumericFault? {
        if let (place, value) = Self.first(in: trace.images, limit: .infinity) {
            return NumericFault(place: .image(place / inputCount), value: value)
        }
        for layer in trace.layers {
            for entry in layer.parameters.map({ parameters.entries[$0] }) where entry.specification.role == .learned {
                let numbers = UnsafeBufferPointer(rebasing: parameters.values[entry.range])
                if let (_, value) = Self.first(in: numbers, limit: NumericFault.limit) {
                    return NumericFault(place: .weight(entry.name), value: value)
                }
            }
            for moments in layer.moments {
                let numbers = UnsafeBufferPointer(moments)
                if let (_, value) = Self.first(in: numbers, limit: NumericFault.statisticsLimit) {
                    return NumericFault(place: .statistics(layer: layer.name), value: value)
                }
            }
            if let (place, value) = Self.first(in: layer.output, limit: .infinity) {
                let image = place / (layer.output.count / batch)
                return NumericFault(
                    place: layer.isTheta ? .theta(image: image) : .output(layer: layer.name, image: image),
                    value: value)
            }
        }
        return nil
    }

    private func lossFault(_ plan: Plan) -> NumericFault? {
        let losses = UnsafeBufferPointer(start: plan.losses, count: plan.batch)
        return Self.first(in: losses, limit: .infinity).map { NumericFault(place: .loss(image: $0.0), value: $0.1) }
    }

    /// Gradients flow from the last layer to the first.
    private func gradientFault(_ trace: PlanTrace) -> NumericFault? {
        for layer in trace.layers.reversed() {
            for entry in layer.parameters.map({ parameters.entries[$0] }) {
                let numbers = UnsafeBufferPointer(rebasing: parameters.gradients[entry.range])
                if let (_, value) = Self.first(in: numbers, limit: NumericFault.limit) {
                    return NumericFault(place: .gradient(entry.name), value: value)
                }
            }
        }
        return nil
    }

    private func largestLoss(_ plan: Plan) -> NumericFault {
        let image = (0..<plan.batch).max { abs(plan.losses[$0]) < abs(plan.losses[$1]) } ?? 0
        return NumericFault(place: .loss(image: image), value: plan.losses[image])
    }

    private func thetaRange(_ trace: PlanTrace) -> NumericFault.ThetaRange? {
        let thetas = trace.layers.filter(\.isTheta)
        if thetas.isEmpty { return nil }
        let numbers = thetas.flatMap { Array($0.output) }
        let finite = numbers.filter(\.isFinite)
        return .init(
            lowest: finite.min() ?? 0, highest: finite.max() ?? 0, notFinite: numbers.count - finite.count)
    }

    private static func first(in numbers: UnsafeBufferPointer<Float>, limit: Float) -> (Int, Float)? {
        numbers.firstIndex { !(abs($0) < limit) }.map { ($0, numbers[$0]) }
    }
}
