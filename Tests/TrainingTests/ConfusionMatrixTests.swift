import Datasets
import Testing
import Training

@Suite("The confusion matrix")
struct ConfusionMatrixTests {
    /// Three classes: of 4 cats 2 are right and the others one dog and one, bird; of 2 dogs both are right; no bird.
    private var matrix: ConfusionMatrix {
        var matrix = ConfusionMatrix(classNames: ["cat", "dog", "bi,\"rd"])
        for (label, prediction) in [(0, 0), (0, 1), (0, 2), (0, 0), (1, 1), (1, 1)] {
            matrix.record(label: label, prediction: prediction)
        }
        return matrix
    }

    @Test("precision, recall and F1 are what they are by hand, and undefined ones are none")
    func figures() throws {
        let (cat, dog, bird) = (matrix.figures(of: 0), matrix.figures(of: 1), matrix.figures(of: 2))
        #expect((cat.count, cat.precision, cat.recall) == (4, 1, 0.5))
        #expect(abs(try #require(cat.f1) - 2.0 / 3) < 1e-15)
        #expect((dog.count, dog.precision, dog.recall) == (2, 2.0 / 3, 1))
        #expect(abs(try #require(dog.f1) - 0.8) < 1e-15)
        #expect((bird.count, bird.precision, bird.recall, bird.f1) == (0, 0, nil, 0))
        #expect(ConfusionMatrix(classNames: ["a", "b"]).figures(of: 0).f1 == nil)
        #expect((matrix.total, matrix.correct) == (6, 4))
    }

    @Test("the most confused class is the first of equals, and none where all is right")
    func confusions() {
        let confusion = matrix.figures(of: 0).mostConfusedWith
        #expect((confusion?.label, confusion?.name, confusion?.count) == (1, "dog", 1))
        #expect(matrix.figures(of: 1).mostConfusedWith == nil)
        var later = matrix
        later.record(label: 0, prediction: 2)
        #expect(later.figures(of: 0).mostConfusedWith?.label == 2)
    }

    @Test("as comma-separated values names are quoted where they must be")
    func commaSeparated() {
        #expect(
            matrix.csv == "right\\said,cat,dog,\"bi,\"\"rd\"\ncat,2,1,1\ndog,0,2,0\n\"bi,\"\"rd\",0,0,0\n")
    }

    @Test("agrees with an evaluation, image for image, whatever the batch size")
    func evaluation() throws {
        let dataset = Glyphs.load(seed: 1, difficulty: .easy)
        let test = LabeledImages(
            height: 32, width: 32, channels: 3, pixels: Array(dataset.test.pixels.prefix(100 * 3072)),
            labels: Array(dataset.test.labels.prefix(100)))
        let small = Dataset(
            name: dataset.name, classNames: dataset.classNames, normalization: dataset.normalization, training: test,
            test: test)
        let model = try ClassifierModel(for: Fakes.configuration(), dataset: small)
        let answers = try Evaluation.answers(
            of: model, on: test, classNames: small.classNames, normalization: small.normalization)
        let (result, matrix) = (answers.result, answers.matrix)
        #expect(result == (try Evaluation.run(model, on: test, normalization: small.normalization)))
        #expect((matrix.total, matrix.correct) == (100, result.correct))
        for label in small.classNames.indices {
            #expect(matrix.figures(of: label).count == test.labels.count { $0 == label })
        }
        let other = try Evaluation.answers(
            of: model, on: test, classNames: small.classNames, normalization: small.normalization, batchSize: 7)
        #expect(other.matrix == matrix)
        #expect((result.correct...100).contains(answers.amongFive))
        #expect(other.amongFive == answers.amongFive)
    }

    @Test(
        "ranks by score, equals by number, and what is no number last",
        arguments: [(0, 1), (1, 3), (2, 0), (3, 2), (4, 5)])
    func rank(label: Int, expected: Int) {
        let scores: [Float] = [0.5, -1, 2, 0.5, .nan]
        #expect(scores.withUnsafeBufferPointer { EvaluationAnswers.rank(of: label, in: $0) } == expected)
    }
}
