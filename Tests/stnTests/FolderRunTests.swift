import Foundation
import Imaging
import Testing

@Suite("A run on a folder of images")
struct FolderRunTests {
    /// Calls `body` with a folder that holds `pets`, and in it a file that is no picture.
    private func withBadPets(_ body: (String) throws -> Void) throws {
        try withPets { folder in
            try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/pets/cat/bad.png"))
            try body(folder)
        }
    }

    private let training = ["train", "pets", "--epochs", "1", "--image-size", "18", "--figure-every", "0", "--quiet"]

    @Test("an image that cannot be read stops the run before it begins, and the cure is an option that exists")
    func badImage() throws {
        try withBadPets { folder in
            let outcome = try Program.run(training, in: folder)
            #expect(outcome.exitCode == 65)
            #expect(outcome.error.contains("/pets/cat/bad.png: not a PNG or JPEG"), "\(outcome.error)")
            #expect(outcome.error.hasSuffix("leave them out with --skip-bad\n"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["pets"])
        }
    }

    @Test("a run is evaluated and drawn from any folder, and says where its images were when they are gone")
    func anywhere() throws {
        try withBadPets { folder in
            let trained = try Program.run(training + ["--skip-bad", "--run-name", "mine"], in: folder)
            #expect(trained.exitCode == 0)
            #expect(trained.output.isEmpty && trained.error.isEmpty, "\(trained.error)")
            let latest = folder + "/runs/latest"
            let evaluated = try Program.run(["evaluate", latest])
            #expect(evaluated.exitCode == 0)
            #expect(evaluated.output.hasPrefix("accuracy "))
            #expect(evaluated.error.contains("1 unusable file skipped"))
            let drawn = try Program.run(["visualize", latest, "--seed", "1"])
            #expect(drawn.output.hasPrefix("wrote \(latest)/figures/transforms.png\n"))
            let byClass = try Program.run(
                ["evaluate", latest, "--by-class", "--confusion", "confusion.csv"], in: folder)
            #expect(byClass.output.hasPrefix(evaluated.output) && byClass.output.hasSuffix("wrote confusion.csv\n"))
            let matrix = try String(contentsOfFile: folder + "/confusion.csv", encoding: .utf8)
            #expect(matrix.hasPrefix("right\\said,cat,dog\ncat,"))
            let picture = try Program.run(["evaluate", latest, "--json", "--confusion", "c.PNG"], in: folder)
            #expect(picture.output.hasPrefix("{\"accuracy\":") && picture.output.split(separator: "\n").count == 1)
            #expect(try Image(contentsOf: folder + "/c.PNG").width > 100)

            try FileManager.default.moveItem(atPath: folder + "/pets", toPath: folder + "/moved")
            let gone = try Program.run(["evaluate", latest])
            #expect(gone.exitCode == 66)
            #expect(gone.error.contains("/pets; put it back, or name its new place"), "\(gone.error)")
            // The weights say themselves what images they take.
            let predicted = try Program.run(["predict", latest, folder + "/moved/dog/0.png"])
            #expect(predicted.exitCode == 0 && predicted.output.contains("/moved/dog/0.png   "), "\(predicted.error)")
            let found = try Program.run(["evaluate", latest, "--dataset", "moved"], in: folder)
            #expect(found.output == evaluated.output)
        }
    }

    @Test("a run on distorted images is evaluated on images distorted alike, unless told otherwise")
    func distorted() throws {
        try withBadPets { folder in
            let distortion = ["--distort", "rotation-scale-translation"]
            let trained = try Program.run(training + distortion + ["--skip-bad", "--run-name", "mine"], in: folder)
            #expect(trained.exitCode == 0, "\(trained.error)")
            // The network is for the larger canvas, so it fits only if the distortion is known.
            #expect(try Program.run(["evaluate", folder + "/runs/mine"]).output.hasPrefix("accuracy "))
            #expect(try Program.run(["visualize", folder + "/runs/mine"]).exitCode == 0)
            #expect(try Program.run(["evaluate", folder + "/runs/mine", "--distort", "none"]).exitCode == 65)
        }
    }
}
