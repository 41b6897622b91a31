extension Image {
    /// One figure of several pictures next to each other, a title above each.
    ///
    /// This is how the effect of a spatial transformer is usually shown: "Dataset Images" on the left, "Transformed
    /// Images" on the right. Black titles on white, centred; pictures are aligned at the top.
    ///
    /// - Parameter panels: the pictures with their titles, from the left.
    /// - Returns: the figure; in colour when a picture is.
    /// - Throws: `ImagingError.cannotArrange` when there are no panels or the figure would have more than 2²⁸ pixels.
    public static func sideBySide(_ panels: [(title: String, picture: Image)]) throws(ImagingError) -> Image {
        guard let widest = panels.map(\.picture.width).max(), let highest = panels.map(\.picture.height).max()
        else {
            throw .cannotArrange(reason: "there are no panels")
        }
        let layout = FigureLayout(panelWidth: widest)
        let columns = panels.map { panel in
            max(panel.picture.width, Int(textWidth(panel.title, height: layout.titleHeight).rounded(.up)))
        }
        let width = columns.reduce(layout.margin) { $0 + $1 + layout.margin }
        let height = layout.pictureTop + highest + layout.margin
        guard Double(width) * Double(height) <= 0x1p28 else {
            throw .cannotArrange(reason: "a figure of \(width)×\(height) pixels is too large")
        }
        let channels = panels.contains { $0.picture.channels == 3 } ? 3 : 1
        var figure = Image(
            width: width, height: height, channels: channels,
            filledWith: Color.white.samples(channels: channels))
        var left = layout.margin
        for (panel, column) in zip(panels, columns) {
            let spare = Float(column) - textWidth(panel.title, height: layout.titleHeight)
            figure.drawText(
                panel.title, x: Float(left) + spare / 2, y: Float(layout.margin), height: layout.titleHeight,
                color: Color(grey: 32))
            figure.draw(panel.picture, x: left + (column - panel.picture.width) / 2, y: layout.pictureTop)
            left += column + layout.margin
        }
        return figure
    }
}

/// The measures of a figure, which follow the width of its widest picture.
private struct FigureLayout {
    /// Of a title's capitals: a 26th of the picture's width, within what is legible and what is not a poster.
    let titleHeight: Float
    /// Around the figure and between panels.
    let margin: Int
    /// Where pictures begin: margin, title with descenders, and air.
    let pictureTop: Int

    init(panelWidth: Int) {
        titleHeight = Float(min(max(panelWidth / 26, 11), 28))
        // Whole pixels from 11 to 28, so these conversions are exact enough and small.
        margin = Int(titleHeight * 1.4)
        pictureTop = margin + Int(titleHeight * 2.1)
    }
}
