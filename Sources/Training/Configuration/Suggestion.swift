/// Finds the word that was probably meant.
package enum Suggestion {
    /// The candidate nearest to `word` by edit distance, or nil when none is near.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.count <= 40 else { return nil }
        let scored = candidates.map { (candidate: $0, distance: distance(Array(word), Array($0))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        // Two slips in a short word, a third of a longer one: beyond that a guess misleads.
        return best.distance <= max(2, best.candidate.count / 3) ? best.candidate : nil
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var rows = [Array(0...other.count)]
        for i in one.indices {
            var row = [i + 1]
            for j in other.indices {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    cost = min(cost, rows[i - 1][j - 1] + 1)
                }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }
}
