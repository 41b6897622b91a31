import Datasets

/// How often images of each class were put into each: what an accuracy alone does not tell.
///
/// - Convention: as in scikit-learn's `confusion_matrix` a row is the class that is right, a column the class that was said.
public struct ConfusionMatrix: Sendable, Equatable {
    /// The classes by label.
    public let classNames: [String]
    /// Images by right and said class, row after row: [classes, classes].
    public private(set) var counts: [Int]

    /// A matrix of no images.
    public init(classNames: [String]) {
        self.classNames = classNames
        counts = [Int](repeating: 0, count: classNames.count * classNames.count)
    }

    /// Images of class `label` that were put into class `prediction`.
    ///
    /// - Precondition: both are classes.
    public subscript(label: Int, prediction: Int) -> Int { counts[index(label, prediction)] }

    /// Counts one image.
    ///
    /// - Precondition: both are classes.
    public mutating func record(label: Int, prediction: Int) { counts[index(label, prediction)] += 1 }

    /// Images in all.
    public var total: Int { counts.reduce(0, +) }

    /// Images on the diagonal: those classified rightly.
    public var correct: Int { classNames.indices.reduce(0) { $0 + self[$1, $1] } }

    /// What is said of one class.
    public struct ClassFigures: Sendable, Equatable {
        /// The class.
        public var name: String
        /// Images of the class.
        public var count: Int
        /// Of the images put into the class, the share that belongs there; nil where none was.
        public var precision: Double?
        /// Of the images of the class, the share that was put there; nil where there are none.
        public var recall: Double?
        /// The harmonic mean of the two, 2·right / (belonging + put there); nil where both are zero images.
        public var f1: Double?
        /// The other class that its images were put into most often, the first of equals, and how often; nil where all
        /// were classified rightly.
        public var mostConfusedWith: Confusion?
    }

    /// Another class, and how many images were put there.
    public struct Confusion: Sendable, Equatable {
        /// The class by label.
        public var label: Int
        /// The class by name.
        public var name: String
        /// Images.
        public var count: Int
    }

    /// The figures of one class.
    ///
    /// - Complexity: O(classes).
    public func figures(of label: Int) -> ClassFigures {
        let count = classNames.indices.reduce(0) { $0 + self[label, $1] }
        let said = classNames.indices.reduce(0) { $0 + self[$1, label] }
        let right = self[label, label]
        func share(_ part: Int, of whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
        return ClassFigures(
            name: classNames[label], count: count, precision: share(right, of: said), recall: share(right, of: count),
            f1: share(2 * right, of: count + said), mostConfusedWith: mostConfused(label))
    }

    /// The figures of all classes, by label.
    public var classFigures: [ClassFigures] { classNames.indices.map(figures(of:)) }

    /// The counts as comma-separated values: a row a right class, a column a said one, names in the first of each.
    ///
    /// Fields are quoted as in RFC 4180, but lines end in a line feed alone, as everything that reads lines expects.
    public var csv: String {
        let head = (["right\\said"] + classNames).map(Self.csvField).joined(separator: ",")
        let rows = classNames.indices.map { label in
            ([Self.csvField(classNames[label])] + classNames.indices.map { "\(self[label, $0])" }).joined(
                separator: ",")
        }
        return ([head] + rows).map { $0 + "\n" }.joined()
    }

    /// A field of comma-separated values, in quotes where it holds what would end it.
    package static func csvField(_ text: String) -> String {
        // By scalars: Swift takes a line break of two, \r\n, for one character that is neither.
        let isPlain = !text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    private func mostConfused(_ label: Int) -> Confusion? {
        let others = classNames.indices.filter { $0 != label && self[label, $0] > 0 }
        let most = others.max { one, other in
            // The first of equals: of those, a later one counts as less.
            (self[label, one], other) < (self[label, other], one)
        }
        return most.map { Confusion(label: $0, name: classNames[$0], count: self[label, $0]) }
    }

    private func index(_ label: Int, _ prediction: Int) -> Int {
        let classes = classNames.indices
        precondition(
            classes.contains(label) && classes.contains(prediction),
            "classes \(label) and \(prediction) of \(classes.count)")
        return label * classes.count + prediction
    }
}
