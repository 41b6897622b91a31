import Datasets
import Imaging
import SpatialTransformers
import Training

/// How the transformation of a few images came about, epoch by epoch.
package struct EvolutionAnimation {
    /// The pictures: first the identity, from which training starts, then epochs.
    package let animation: AnimatedPNG
    /// The epochs that are shown.
    package let epochs: [Int]

    /// Pictures at most: more would make a report of megabytes, and nobody counts fifty.
    private static let frameLimit = 16
    private static let columns = 8

    /// Draws what a run kept; nil where it kept nothing, or only of images that the data set has not.
    ///
    /// - Throws: ``RunFolderError/damaged(path:line:reason:)`` for a θ of another family, ``ImagingError``, ``ExecutionError``.
    init?(
        _ record: RunRecord, on split: LabeledImages, drawing: TransformerDrawing, bar: BarMaker = { _, _, _ in nil }
    ) throws {
        let family = drawing.transformer.transformation
        guard let first = record.evolution.first, first.images.allSatisfy({ $0 < split.count }) else { return nil }
        let lines = record.evolution.filter { $0.images == first.images }
        guard lines.allSatisfy({ $0.theta.allSatisfy { $0.count == family.parameterCount } }) else {
            throw RunFolderError.damaged(
                path: record.path + "/evolution.jsonl", line: nil,
                reason: "its θ are not the \(family.parameterCount) numbers of \(family.name)")
        }
        let shown = LineChart.thinned(lines, to: Self.frameLimit - 1)
        let images = split.images(at: first.images)
        let start = [[Float]](repeating: family.identity, count: first.images.count)
        let last = record.last.epoch
        var frames: [AnimatedPNG.Frame] = []
        let progress = bar("drawing", shown.count + 1, "picture")
        defer { progress?.clear() }
        for (epoch, theta) in [(0, start)] + shown.map({ ($0.epoch, $0.theta) }) {
            let title = epoch == 0 ? "before training" : "after epoch \(epoch) of \(last)"
            let picture = try Self.sheet(drawing.pairs(of: images, theta: theta, frameShare: 0.25), title: title)
            // Long enough to look at, short enough to see motion; the end stands.
            frames.append(.init(picture, milliseconds: epoch == shown.last?.epoch ? 3000 : epoch == 0 ? 1200 : 600))
            progress?.show(frames.count)
        }
        animation = AnimatedPNG(frames)
        epochs = shown.map(\.epoch)
    }

    /// The last picture, for who wants nothing to move.
    var still: Image? { animation.frames.last?.picture }

    /// A title over all images, each with what is made of it below.
    private static func sheet(_ pairs: [(before: Image, after: Image)], title: String) throws -> Image {
        let cells = pairs.map { pair in
            let after = pair.after.converted(toChannels: 3).enlarged(toAbout: TransformPictures.outlinedSide)
            var cell = Image(
                width: max(pair.before.width, after.width), height: pair.before.height + 4 + after.height, channels: 3,
                filledWith: [255, 255, 255])
            cell.draw(pair.before, x: (cell.width - pair.before.width) / 2, y: 0)
            cell.draw(after, x: (cell.width - after.width) / 2, y: pair.before.height + 4)
            return cell
        }
        let grid = try PictureGrid(columns: columns, margin: 6, background: .white).arranging(cells)
        let head = 30
        var sheet = Image(width: grid.width, height: grid.height + head, channels: 3, filledWith: [255, 255, 255])
        sheet.drawText(title, x: 8, y: 10, height: 13, color: Color(grey: 32))
        sheet.draw(grid, x: 0, y: head)
        return sheet
    }
}
