import Imaging
import Training

extension ConfusionMatrix {
    /// The matrix as a picture: a row a right class, a column a said one, each cell as dark as its share of the row.
    ///
    /// What is right is blue, what is wrong red. Up to 30 classes are named and their images counted; of more, up to a thousand,
    /// the pattern alone is drawn.
    public var picture: Image {
        let layout = ConfusionLayout(classNames: classNames)
        var image = Image(width: layout.width, height: layout.height, channels: 3, filledWith: [255, 255, 255])
        if layout.hasText { layout.drawNames(on: &image) }
        for label in classNames.indices {
            let count = max(1, figures(of: label).count)
            for said in classNames.indices {
                let share = Float(self[label, said]) / Float(count)
                layout.drawCell(label, said, count: self[label, said], share: share, on: &image)
            }
        }
        return image
    }

    /// Writes the matrix, as a picture where the name ends in .png, else as comma-separated values.
    ///
    /// - Throws: ``ImagingError`` when the file cannot be written.
    public func write(to path: String) throws(ImagingError) {
        if path.lowercased().hasSuffix(".png") { return try picture.write(png: path) }
        try WholeFile.write(Array(csv.utf8), to: path)
    }
}

/// Where the parts of a drawn confusion matrix are.
private struct ConfusionLayout {
    let hasText: Bool
    let width, height: Int
    private let names: [String]
    private let cell, left, top: Int
    private static let textHeight: Float = 12
    private static let margin = 12
    private static let title = "right class down, said class across"

    init(classNames: [String]) {
        let count = classNames.count
        hasText = count <= 30
        // Names rarely fit above a column, so columns are numbered, and rows say which number is which.
        names = classNames.enumerated().map { $1 == "\($0)" ? $1 : "\($0) \($1.prefix(24))" }
        cell = hasText ? (count <= 12 ? 52 : 40) : max(2, 960 / max(count, 1))
        let longest = names.map { Image.textWidth($0, height: Self.textHeight) }.max() ?? 0
        left = hasText ? Int(longest) + 2 * Self.margin : Self.margin
        top = hasText ? 4 * Self.margin + Int(Self.textHeight) : Self.margin
        let titleWidth = hasText ? Int(Image.textWidth(Self.title, height: Self.textHeight)) + 2 * Self.margin : 0
        width = max(left + count * cell + Self.margin, titleWidth)
        height = top + count * cell + Self.margin
    }

    func drawNames(on image: inout Image) {
        let height = Self.textHeight
        image.drawText(Self.title, x: Float(Self.margin), y: Float(Self.margin), height: height)
        for (label, name) in names.enumerated() {
            let middle = (Float(label) + 0.5) * Float(cell)
            let x = Float(left - Self.margin) - Image.textWidth(name, height: height)
            image.drawText(name, x: x, y: Float(top) + middle - height / 2, height: height)
            let number = "\(label)"
            image.drawText(
                number, x: Float(left) + middle - Image.textWidth(number, height: height) / 2,
                y: Float(top) - 1.5 * height, height: height)
        }
    }

    func drawCell(_ label: Int, _ said: Int, count: Int, share: Float, on image: inout Image) {
        let full: (Float, Float, Float) = label == said ? (20, 100, 200) : (200, 50, 40)
        // From white, so that what never happens is paper.
        func mixed(_ end: Float) -> UInt8 { UInt8(255 + (end - 255) * min(share, 1)) }
        let gap = cell >= 10 ? 1 : 0
        let (x, y) = (left + said * cell, top + label * cell)
        image.fillRectangle(x: x, y: y, width: cell, height: cell, color: Color(grey: 225))
        image.fillRectangle(
            x: x, y: y, width: cell - gap, height: cell - gap,
            color: Color(red: mixed(full.0), green: mixed(full.1), blue: mixed(full.2)))
        guard hasText, count > 0 else { return }
        let text = "\(count)"
        // Five digits fit into a cell at this height, more are drawn smaller.
        let height = min(Self.textHeight, Self.textHeight * 5 / Float(text.count))
        image.drawText(
            text, x: Float(x) + (Float(cell) - Image.textWidth(text, height: height)) / 2,
            y: Float(y) + (Float(cell) - height) / 2, height: height, color: share > 0.5 ? .white : .black)
    }
}
