import Imaging

extension Image {
    /// A picture to try warps on, drawn by the program: squares that fade, a letter that shows turns and mirrors, a frame.
    ///
    /// Not square, so that rotations which shear would show.
    public static var warpSample: Image {
        let (width, height, square) = (192, 144, 24)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for row in 0..<height {
            for column in 0..<width {
                let isDark = (row / square + column / square) % 2 == 1
                // Red grows to the right, blue downwards, in steps of a square so that the file stays small.
                let (red, blue) = (column / square * 14, row / square * 18)
                let base = isDark ? 70 : 120
                pixels += [UInt8(base + red), UInt8(base + 40), UInt8(base + blue)]
            }
        }
        var picture = Image(width: width, height: height, channels: 3, pixels: pixels)
        picture.drawPolygon([(4, 4), (188, 4), (188, 140), (4, 140)], color: .white, thickness: 4)
        picture.drawPolyline([(4, 4), (188, 4)], color: .red, thickness: 4)
        picture.drawText("Fg", x: 48, y: 26, height: 74, color: Color(grey: 20))
        picture.drawText("stn", x: 138, y: 110, height: 16, color: .yellow)
        return picture
    }
}
