import Foundation
import Imaging
import Testing

@Suite("stn warp")
struct WarpCommandTests {
    /// Runs `body` in a fresh folder that holds a.png and b.png, and removes it.
    private func inFolder(_ body: (_ folder: String, _ picture: Image) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "stn-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let picture = Image(width: 3, height: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        try picture.write(png: folder + "/a.png")
        try picture.converted(toChannels: 3).write(png: folder + "/b.png")
        try body(folder, picture)
    }

    private func warp(_ arguments: String, in folder: String) throws -> Program.Outcome {
        try Program.run(["warp"] + arguments.split(separator: " ").map(String.init), in: folder)
    }

    @Test("writes what it is asked for, and says so")
    func files() throws {
        try inFolder { folder, picture in
            let same = try warp("a.png -o same.png", in: folder)
            #expect(same.exitCode == 0 && same.output == "wrote same.png\n" && same.error.isEmpty)
            #expect(try Image(contentsOf: folder + "/same.png") == picture)
            // Options may begin with a minus, and a file that is there is replaced.
            let turned = try warp("a.png --rotate -90 -o same.png", in: folder)
            #expect(turned.exitCode == 0)
            #expect(try Image(contentsOf: folder + "/same.png").pixels == [7, 4, 1, 8, 5, 2, 9, 6, 3])
            let several = try warp("a.png b.png --rotate 180 -o new/deep", in: folder)
            #expect(several.output == "wrote new/deep/a.png\nwrote new/deep/b.png\n")
            #expect(try Image(contentsOf: folder + "/new/deep/b.png").channels == 3)
            #expect(try warp("a.png -o new", in: folder).output == "wrote new/a.png\n")
            #expect(try warp("--sample --size 20x30 -o s.png", in: folder).exitCode == 0)
            #expect(try Image(contentsOf: folder + "/s.png").width == 30)
            #expect(try warp("--sample --flow 0.1 --grid -o s.png", in: folder).exitCode == 0)
        }
    }

    @Test("never replaces an input")
    func inputs() throws {
        try inFolder { folder, picture in
            try FileManager.default.createSymbolicLink(atPath: folder + "/link.png", withDestinationPath: "a.png")
            for arguments in [
                "a.png --rotate 90 -o a.png", "a.png --rotate 90 -o ./a.png", "a.png --rotate 90 -o link.png",
                "a.png --rotate 90 -o .", "b.png a.png --rotate 90 -o .", "link.png -o a.png",
            ] {
                let outcome = try warp(arguments, in: folder)
                #expect(outcome.exitCode == 64 && outcome.error.contains("is an input"), "\(arguments)")
            }
            #expect(try Image(contentsOf: folder + "/a.png") == picture)
            let twice = try warp("a.png a.png -o out", in: folder)
            #expect(twice.exitCode == 64 && twice.error.contains("two pictures"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
        }
    }

    @Test("prints θ and what it means")
    func print() throws {
        try inFolder { folder, _ in
            let outcome = try warp("a.png --shift 0.25,0 --print", in: folder)
            #expect(
                outcome.output == """
                    --transform similarity --theta 0.0,1.0,-0.5,0.0
                    reads: rotate 0.0°, scale 1.00, shift (−0.50, 0.00); the picture does the opposite

                    """)
        }
    }

    @Test("lists all transformations, with or without a sheet")
    func list() throws {
        try inFolder { folder, _ in
            let list = try warp("--list", in: folder)
            #expect(list.exitCode == 0 && list.output.split(separator: "\n").count == 9)
            let sheet = try warp("--list -o sheet.png", in: folder)
            #expect(sheet.output == list.output + "wrote sheet.png\n")
            #expect(try Image(contentsOf: folder + "/sheet.png").width > 380)
        }
    }

    @Test(
        "a mistake is one line with its exit code",
        arguments: [
            ("", 64, "no picture given"), ("a.png", 64, "--output"), ("--sample a.png -o c.png", 64, "--sample"),
            ("a.png -o c.jpg", 64, "a file whose name ends in .png"), ("none.png -o c.png", 66, "no such file"),
            ("text.png -o c.png", 65, "not a PNG or JPEG"), ("a.png -o /dev/null/c.png", 73, "cannot be created"),
            ("a.png b.png -o text.png", 73, "the folder cannot be created"),
            ("a.png --rotate x -o c.png", 64, "--rotate takes"), ("a.png --rotat 3 -o c.png", 64, "--rotate"),
            ("a.png --transform affine -o c.png", 64, "--transform needs --theta"),
            ("a.png --bend 0.1 --inverse -o c.png", 64, "has no inverse"),
            ("a.png --rotate 3 --bend 0.1 --grid -o c.png", 64, "--grid shows one"),
            ("a.png --size 100000x100000 -o c.png", 64, "--size takes"), ("a.png --grid --print", 64, "--grid needs"),
        ])
    func mistakes(arguments: String, exitCode: Int32, message: String) throws {
        try inFolder { folder, _ in
            try Data("not a picture".utf8).write(to: URL(fileURLWithPath: folder + "/text.png"))
            let outcome = try warp(arguments, in: folder)
            #expect(outcome.exitCode == exitCode)
            #expect(outcome.error.hasPrefix("error: ") && outcome.error.contains(message), "\(outcome.error)")
            #expect(outcome.error.split(separator: "\n").count == 1)
            #expect(!FileManager.default.fileExists(atPath: folder + "/c.png"))
        }
    }
}
