/// The images that a network is most wrong about.
package struct Mistakes: Equatable {
    /// Mistakes of the highest loss first, where what is right was thought least likely.
    package let worst: [Int]
    /// Mistakes that the network was surest of first.
    package let mostConfident: [Int]
    /// Mistakes in all.
    package let count: Int

    /// At most `limit` of each kind; of equals the first image comes first.
    package init(_ predictions: Predictions, limit: Int) {
        let wrong = predictions.labels.indices.filter { !predictions.isRight($0) }
        count = wrong.count
        func first(by measure: (Int) -> Double) -> [Int] {
            let measured = wrong.map { (image: $0, value: measure($0)) }
            return measured.sorted { $0.value != $1.value ? $0.value > $1.value : $0.image < $1.image }
                .prefix(limit).map(\.image)
        }
        worst = first { predictions.loss($0) }
        mostConfident = first { predictions.probability(of: predictions.said[$0], in: $0) }
    }
}
