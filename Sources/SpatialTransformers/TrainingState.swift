import Execution
import Interchange
import Networks
import Tensors

extension Classifier {
    /// Weights and what the optimizer remembers: all that training changes, so that it goes on from the file bit for bit.
    ///
    /// Moments lie beside the weights, in PyTorch's layouts, under the parameter's name behind `optimizer.first_moment.` (SGD's
    /// velocity, Adam's mean of gradients) and `optimizer.second_moment.`; `optimizer_memory` in the metadata names the rule.
    ///
    /// - Parameter metadata: Put into the file's header.
    /// - Returns: A file for ``restoreTrainingState(from:named:)``; PyTorch's `load_state_dict` wants ``weights(metadata:)``.
    public func trainingState(metadata: [String: String] = [:]) -> SafetensorsFile {
        let weights = weights(metadata: metadata)
        guard let memory = executor.optimizerMemory else { return weights }
        var all = weights.metadata
        all[Self.ruleKey] = memory.kind.rawValue
        let moments =
            tensors(of: memory.firstMoment, behind: Self.firstPrefix)
            + tensors(of: memory.secondMoment, behind: Self.secondPrefix)
        return SafetensorsFile(metadata: all, tensors: weights.tensors + moments)
    }

    /// Takes over what ``trainingState(metadata:)`` gave; `name` is used in errors.
    ///
    /// - Throws: ``WeightsError`` or `SafetensorsError` when it does not fit; the network is unchanged then.
    public func restoreTrainingState(from file: SafetensorsFile, named name: String) throws {
        let prefixes = [Self.firstPrefix, Self.secondPrefix]
        let weights = SafetensorsFile(
            metadata: file.metadata,
            tensors: file.tensors.filter { tensor in !prefixes.contains { tensor.name.hasPrefix($0) } })
        let kind = file.metadata[Self.ruleKey].flatMap(OptimizerKind.init(rawValue:))
        let hasMoments = weights.tensors.count < file.tensors.count
        // Adam without moments would be another run, not this one: its second moments must be there.
        let memory = try kind.map { kind in
            OptimizerMemory(
                kind: kind,
                firstMoment: hasMoments ? try moments(in: file, behind: Self.firstPrefix, named: name) : [],
                secondMoment: kind == .sgd ? [] : try moments(in: file, behind: Self.secondPrefix, named: name))
        }
        try loadWeights(from: weights, named: name)
        executor.restore(memory)
    }

    private static let ruleKey = "optimizer_memory"
    private static let firstPrefix = "optimizer.first_moment."
    private static let secondPrefix = "optimizer.second_moment."

    private var learned: [ParameterBlock.Entry] {
        executor.parameters.entries.filter { $0.specification.role == .learned }
    }

    private func tensors(of moments: [Float], behind prefix: String) -> [SafetensorsFile.NamedTensor] {
        moments.isEmpty
            ? []
            : learned.map { entry in
                SafetensorsFile.NamedTensor(
                    name: prefix + entry.name, shape: entry.specification.pyTorchShape,
                    floats: entry.specification.toPyTorch(Array(moments[entry.range])))
            }
    }

    /// Moments in the layout of the parameters; the gaps between those are zero, as no update ever changes them.
    private func moments(in file: SafetensorsFile, behind prefix: String, named name: String) throws -> [Float] {
        var moments = [Float](repeating: 0, count: executor.parameters.learnedCount)
        for entry in learned {
            let (key, needed) = (prefix + entry.name, entry.specification.pyTorchShape)
            guard let tensor = file[key] else { throw WeightsError.missing(name: key, file: name) }
            guard tensor.shape == needed else {
                throw WeightsError.wrongShape(name: key, found: tensor.shape, needed: needed, file: name)
            }
            moments.replaceSubrange(entry.range, with: entry.specification.fromPyTorch(try file.floats(named: key)))
        }
        return moments
    }
}
