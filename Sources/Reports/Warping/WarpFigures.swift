import Imaging
import SpatialTransformers

extension PictureWarp {
    /// The picture under the lines of the grid, beside what is read there.
    ///
    /// The lines are rows and columns of the result, drawn where they read.
    ///
    /// - Throws: ``WarpError``, also when there are several steps, whose grids lie over different pictures.
    public func figure(of picture: Image) throws -> Image {
        let steps = try steps(for: picture)
        guard let step = steps.first, steps.count == 1 else {
            throw WarpError.contradiction(
                "--grid shows one transformation, not \(steps.count) passes; warp in two commands")
        }
        return try Image.sideBySide([
            (title: "Where it reads", picture: outlined(picture, by: step)),
            (title: "What it reads", picture: try apply(to: picture)),
        ])
    }

    /// Positions along each axis of the lines, of which one in eight is drawn: 11 lines, fine enough to look smooth.
    private static let positions = 81, stride = 8

    private func outlined(_ picture: Image, by step: WarpStep) -> Image {
        let (width, height) = (size?.width ?? picture.width, size?.height ?? picture.height)
        let frame = SamplingFrame(
            outputHeight: min(Self.positions, height), outputWidth: min(Self.positions, width),
            inputHeight: picture.height, inputWidth: picture.width, corners: corners)
        let grid = step.transformation.grid(theta: Tensor([1, step.theta.count], step.theta), frame: frame).values
        // A frame around the picture, for lines that read beyond it.
        let (left, top) = (picture.width / 5, picture.height / 5)
        let points = (0..<frame.count).map { index in
            (
                x: Float(left) + corners.pixel(grid[index * 2], of: picture.width) + 0.5,
                y: Float(top) + corners.pixel(grid[index * 2 + 1], of: picture.height) + 0.5
            )
        }
        let (rows, columns) = (frame.outputHeight, frame.outputWidth)
        var canvas = Image(
            width: picture.width + 2 * left, height: picture.height + 2 * top, channels: 3, filledWith: [48, 48, 48])
        canvas.draw(picture, x: left, y: top)
        let thickness = Float(max(picture.width, picture.height)) / 300 + 0.5
        for row in lines(of: rows).dropFirst() {
            canvas.drawPolyline((0..<columns).map { points[row * columns + $0] }, color: .yellow, thickness: thickness)
        }
        for column in lines(of: columns) {
            canvas.drawPolyline((0..<rows).map { points[$0 * columns + column] }, color: .yellow, thickness: thickness)
        }
        // As on the sheets of sampled regions, the upper edge tells which way is up.
        canvas.drawPolyline(Array(points[..<columns]), color: .red, thickness: thickness + 1)
        return canvas
    }

    private func lines(of extent: Int) -> [Int] {
        Array(Swift.stride(from: 0, to: extent, by: extent < Self.positions ? 1 : Self.stride))
    }
}

extension TransformationFamily {
    /// A sheet with an example of each family on one picture, their names below.
    ///
    /// - Throws: ``ImagingError`` when the picture is too narrow to be one of a sheet.
    public static func sheet(of picture: Image) throws -> Image {
        let width = 120, height = min(max(1, width * picture.height / picture.width), 4 * width)
        let small = picture.converted(toChannels: 3).resized(width: width, height: height)
        let cells = try all.map { family in
            var request = WarpRequest()
            request.sampling = SamplingMode.bicubic.rawValue
            var warp = try request.resolved()
            warp.others = [family.example]
            return captioned(try warp.apply(to: small), family.name)
        }
        let volume = captioned(try volumeExample(of: small), "\(ofVolumes.name), volumes")
        return try PictureGrid(columns: 5, margin: 8, background: .white).arranging(cells + [volume])
    }

    private static func captioned(_ picture: Image, _ caption: String) -> Image {
        var cell = Image(width: picture.width, height: picture.height + 24, channels: 3, filledWith: [255, 255, 255])
        cell.draw(picture, x: 0, y: 0)
        let spare = Float(picture.width) - Image.textWidth(caption, height: 9)
        cell.drawText(caption, x: spare / 2, y: Float(picture.height) + 6, height: 9, color: Color(grey: 32))
        return cell
    }
}
