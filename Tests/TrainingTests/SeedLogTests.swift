import Testing
import Training

@Suite("The log's lines")
struct SeedLogTests {
    @Test("a training line is the tutorial's to the letter")
    func trainingLine() {
        #expect(
            SeedLog.trainingLine(
                epoch: 1, imagesBefore: 32_000, imageCount: 50_000, batch: 500, batchCount: 782,
                loss: 2.094_854)
                == "Train Epoch: 1 [32000/50000 (64%)]\tLoss: 2.094854")
        #expect(
            SeedLog.trainingLine(
                epoch: 12, imagesBefore: 0, imageCount: 50_000, batch: 0, batchCount: 782, loss: 0.000_000_4)
                == "Train Epoch: 12 [0/50000 (0%)]\tLoss: 0.000000")
    }

    @Test("a test line is the tutorial's to the letter")
    func testLine() {
        #expect(
            SeedLog.testLine(BatchResult(lossSum: 18_471, correct: 3473, count: 10_000))
                == "Test set: Average loss: 1.8471, Accuracy: 3473/10000 (35%)")
    }

    @Test(
        "percentages round half to even, as Python does",
        arguments: [
            (1, "0%"), (3, "2%"), (5, "2%"), (7, "4%"), (9, "4%"), (200, "100%"), (199, "100%"), (197, "98%"),
        ])
    func halves(correct: Int, percentage: String) {
        // Of 200, so that odd numbers are halves of a percent.
        let line = SeedLog.testLine(BatchResult(lossSum: 0, correct: correct, count: 200))
        #expect(line.hasSuffix("(\(percentage))"), "\(line)")
    }
}
