import Networks

extension GraphBuilder {
    /// Adds a localization network, and behind it the linear layer that gives θ: weight 0, so that it starts at `start`.
    ///
    /// Parameters are named as in PyTorch's tutorial: `localization.0…` up to the first `Flatten`, `fc_loc.0…` behind it, with
    /// `number` behind the words.
    ///
    /// - Throws: `NetworkError` when a layer does not fit.
    mutating func lowerTheta(
        _ localization: [any Layer], from input: Graph.Value, number: String, start: [Float]
    ) throws -> Graph.Value {
        let split = localization.firstIndex { $0 is Flatten } ?? localization.count
        var features = try lowerLocalization(
            Array(localization[..<split]), from: input, prefix: "localization\(number)")
        features = try Flatten().lower(features, into: &self)
        let head = Linear(start.count, weight: .values([0]), bias: .values(start))
        return try lowerLocalization(
            Array(localization.dropFirst(split + 1)) + [head], from: features, prefix: "fc_loc\(number)")
    }
}
