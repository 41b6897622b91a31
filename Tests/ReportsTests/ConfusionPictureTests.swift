import Foundation
import Imaging
import Reports
import Testing
import Training

@Suite("Drawn confusion matrices")
struct ConfusionPictureTests {
    @Test("the picture of a confusion matrix has a cell for each pair, and names them up to 30 classes")
    func confusion() throws {
        var matrix = ConfusionMatrix(classNames: ["cat", "dog"])
        for (label, said) in [(0, 0), (0, 0), (0, 1), (1, 1)] { matrix.record(label: label, prediction: said) }
        let picture = matrix.picture
        // The last cell, of nothing but right answers, is the darkest blue; below it is the margin.
        let corner = (x: picture.width - 1, y: picture.height - 14)
        let blue = (0..<picture.width).filter { picture[$0, corner.y] == [20, 100, 200] }
        #expect(blue.count > 40 && picture[corner.x, picture.height - 1] == [255, 255, 255])
        #expect(ConfusionMatrix(classNames: (0..<1000).map(String.init)).picture.width == 2024)
        #expect(ConfusionMatrix(classNames: []).picture.width > 0)
    }
}
