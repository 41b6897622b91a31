import Imaging
import Testing

@Suite("Text and figures")
struct FigureTests {
    @Test("the typeface has all printable ASCII, and every line of its table is understood")
    func completeTypeface() {
        let font = StrokeFont.standard
        #expect(font.faults.isEmpty)
        for code in 0x20...0x7E as ClosedRange<UInt8> {
            let character = Character(UnicodeScalar(code))
            #expect(font.glyphs[character] != nil, "\(character)")
            #expect(font.glyphs[character]?.lines.isEmpty == (character == " "), "\(character)")
        }
    }

    @Test("glyphs keep to their width and between the line above and the descenders")
    func glyphExtents() {
        for (character, glyph) in StrokeFont.standard.glyphs {
            for place in glyph.lines.joined() {
                // Some hooks reach a little under a neighbour, as in any typeface.
                #expect(place.x >= -1 && place.x <= glyph.width + 1, "\(character)")
                #expect(place.y >= -2 && place.y <= 18.6, "\(character)")
            }
        }
    }

    @Test("glyphs differ from each other")
    func distinctGlyphs() {
        var pictures: [[UInt8]: Character] = [:]
        for character in StrokeFont.standard.glyphs.keys.sorted() {
            var image = Image(width: 24, height: 24, channels: 1, filledWith: [255])
            image.drawText(String(character), x: 3, y: 3, height: 14)
            if let twin = pictures[image.pixels] { Issue.record("\(character) looks like \(twin)") }
            pictures[image.pixels] = character
        }
    }

    @Test("text takes the width that is foretold")
    func textWidth() {
        for text in ["Hamburg", "E", "Dataset Images", "I"] {
            let width = Image.textWidth(text, height: 20)
            var image = Image(width: 400, height: 40, channels: 1, filledWith: [255])
            image.drawText(text, x: 10, y: 5, height: 20)
            let columns = (0..<400).filter { x in (0..<40).contains { image[x, $0] != [255] } }
            #expect(abs(Float(columns.first ?? 0) - 10) <= 1.5, "\(text)")
            #expect(abs(Float((columns.last ?? 0) + 1) - 10 - width) <= 1.5, "\(text)")
        }
        #expect(Image.textWidth("", height: 20) == 0)
    }

    @Test("text outside, empty, enormous or of unknown characters does not trap")
    func hostileText() {
        let blank = Image(width: 30, height: 30, channels: 3, filledWith: [255, 255, 255])
        var image = blank
        image.drawText("", x: 0, y: 0, height: 10)
        image.drawText("far", x: 1e9, y: -1e30, height: 10)
        image.drawText("not a number", x: .nan, y: 0, height: .nan)
        #expect(image == blank)
        image.drawText("🦉漢", x: 2, y: 2, height: 10)
        var marks = blank
        marks.drawText("??", x: 2, y: 2, height: 10)
        #expect(image == marks)
        image.drawText("big", x: 0, y: 0, height: 1e30)
    }

    @Test("a grid puts each picture in its place, enlarged, with margins around")
    func grid() throws {
        let pictures = (1...5).map { Image(width: 2, height: 1, channels: 1, filledWith: [UInt8($0 * 10)]) }
        let grid = try PictureGrid(columns: 3, margin: 1, scale: 2).arranging(pictures)
        #expect(grid.width == 3 * 5 + 1 && grid.height == 2 * 3 + 1 && grid.channels == 1)
        #expect(grid[0, 0] == [0] && grid[5, 1] == [0] && grid[15, 6] == [0])
        #expect(grid[1, 1] == [10] && grid[4, 2] == [10] && grid[6, 1] == [20] && grid[11, 1] == [30])
        #expect(grid[1, 4] == [40] && grid[9, 5] == [50] && grid[11, 4] == [0])
    }

    @Test("a grid of fewer pictures than columns is as wide as they are")
    func narrowGrid() throws {
        let pictures = [
            noisePicture(width: 4, height: 3, channels: 3), noisePicture(width: 4, height: 3, channels: 1),
        ]
        let grid = try PictureGrid(margin: 0).arranging(pictures)
        #expect(grid.width == 8 && grid.height == 3 && grid.channels == 3)
        #expect(grid.cropped(x: 0, y: 0, width: 4, height: 3) == pictures[0])
    }

    @Test("no pictures, mixed sizes and absurd settings are errors")
    func badGrids() {
        let picture = noisePicture(width: 4, height: 3, channels: 1)
        let other = noisePicture(width: 3, height: 4, channels: 1)
        #expect(throws: ImagingError.self) { try PictureGrid().arranging([]) }
        #expect(throws: ImagingError.self) { try PictureGrid().arranging([picture, other]) }
        #expect(throws: ImagingError.self) { try PictureGrid(columns: 0).arranging([picture]) }
        #expect(throws: ImagingError.self) { try PictureGrid(scale: 0).arranging([picture]) }
        #expect(throws: ImagingError.self) { try PictureGrid(margin: -1).arranging([picture]) }
        #expect(throws: ImagingError.self) { try PictureGrid(margin: .max).arranging([picture]) }
        #expect(throws: ImagingError.self) { try PictureGrid(scale: .max).arranging([picture]) }
        #expect(throws: ImagingError.self) { try Image.sideBySide([]) }
    }

    @Test("a figure holds its pictures unchanged, apart from each other and below their titles")
    func sideBySide() throws {
        let left = Image(width: 300, height: 200, channels: 3, filledWith: [200, 0, 0])
        let right = Image(width: 300, height: 150, channels: 3, filledWith: [0, 0, 200])
        let figure = try Image.sideBySide([("Dataset Images", left), ("Transformed Images", right)])
        let places = { (color: [UInt8]) in
            (0..<figure.height).flatMap { y in
                (0..<figure.width).filter { figure[$0, y] == color }.map { ($0, y) }
            }
        }
        #expect(places([200, 0, 0]).count == 300 * 200 && places([0, 0, 200]).count == 300 * 150)
        let top = try #require(places([200, 0, 0]).first?.1)
        #expect(places([0, 0, 200]).first?.1 == top)
        let isDark = { (x: Int, y: Int) in figure[x, y][0] < 100 }
        let title = (0..<top).flatMap { y in (0..<figure.width).filter { isDark($0, y) } }
        #expect(title.contains { $0 < figure.width / 2 } && title.contains { $0 > figure.width / 2 })
    }

    @Test("a title wider than its picture widens the panel")
    func longTitle() throws {
        let picture = Image(width: 8, height: 8, channels: 1, filledWith: [0])
        let figure = try Image.sideBySide([("A title far wider than the picture", picture)])
        #expect(Float(figure.width) > Image.textWidth("A title far wider than the picture", height: 11))
        #expect(figure.channels == 1)
    }
}
