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

    @Test("takes slices for a volume, and gives slices or a sheet of them")
    func volume() throws {
        try inFolder { folder, picture in
            let slices = ["a.png", "c.png", "d.png"]
            for (index, name) in slices.enumerated() {
                let slice = Image(
                    width: 3, height: 3, channels: 1, pixels: picture.pixels.map { $0 + UInt8(10 * index) })
                try slice.write(png: folder + "/\(name)")
            }
            let turned = try warp("a.png c.png d.png --volume --tilt 0,90 -o turned", in: folder)
            #expect(turned.output == "wrote 3 slices to turned\n" && turned.error.isEmpty)
            let columns = try slices.map { try Image(contentsOf: folder + "/turned/\($0)").pixels }
            // The right column went to the back, the first slices to the right.
            #expect(columns[2] == [23, 13, 3, 26, 16, 6, 29, 19, 9])
            let sheet = try warp("a.png c.png d.png --volume --size 2x3x3 -o sheet.png", in: folder)
            #expect(sheet.output == "wrote sheet.png\n")
            let small = try warp("--sample --volume --size 2x8x9 -o new/", in: folder)
            #expect(small.output == "wrote 2 slices to new/\n")
            #expect(try Image(contentsOf: folder + "/new/slice-001.png").width == 9)
            let printed = try warp("a.png --volume --shift 0,0,0.5 --print", in: folder)
            let theta = "--volume --transform affine --theta 1.0,0.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,0.0,1.0,-1.0\n"
            #expect(printed.output.hasPrefix(theta) && printed.output.hasSuffix("the volume does the opposite\n"))
        }
    }

    @Test("tells what lies inside by a mask beside the result")
    func mask() throws {
        try inFolder { folder, _ in
            let outcome = try warp("a.png --shift 0.5,0 --padding border --mask -o moved.png", in: folder)
            #expect(outcome.output == "wrote moved.png\nwrote moved-mask.png\n")
            // By one pixel and a half: the left one reads nothing, the next half, the last all.
            let mask = try Image(contentsOf: folder + "/moved-mask.png")
            #expect(mask.pixels == [0, 128, 255, 0, 128, 255, 0, 128, 255])
            let clash = try warp("moved-mask.png --mask -o moved.png", in: folder)
            #expect(clash.exitCode == 64 && clash.error.contains("is an input"))
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
            #expect(list.exitCode == 0 && list.output.split(separator: "\n").count == 10)
            let sheet = try warp("--list -o sheet.png", in: folder)
            #expect(sheet.output == list.output + "wrote sheet.png\n")
            #expect(try Image(contentsOf: folder + "/sheet.png").width > 630)
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
            ("a.png --tilt 3,4 -o c.png", 64, "say --volume"), ("a.png --spacing 2 -o c.png", 64, "say --volume"),
            ("a.png b.png --volume --bend 0.1 -o c.png", 64, "--bend is for pictures"),
            ("a.png --volume --tilt 3 -o c.png", 64, "--tilt takes"),
            ("a.png --volume --shift 1,2 -o c.png", 64, "X,Y,Z"),
            ("a.png --volume --scale 1,2 -o c.png", 64, "X,Y,Z"),
            ("a.png --volume --spacing 0 -o c.png", 64, "--spacing"),
            ("a.png --volume --size 3x3 -o c.png", 64, "slices, rows"),
            ("a.png --volume --grid -o c.png", 64, "--grid"),
            ("a.png --volume --transform rotation --theta 1 -o c.png", 64, "volumes have affine"),
            ("a.png --volume --transform affine --theta 1,0 -o c.png", 64, "takes 12"),
            ("a.png --volume --theta 1,0 -o c.png", 64, "go together"), ("--list --volume", 64, "--list draws"),
            ("a.png --mask --print", 64, "--mask needs"), ("a.png --mask --grid -o c.png", 64, "--mask is of"),
            ("a.png --volume --transform affine --theta 1,0,0,0,1,0,0,0,1,0,0,0 --inverse --print", 64, "be undone"),
            ("a.png wide.png --volume -o c.png", 65, "wide.png: is 4×3"),
            ("a.png a.png --volume -o a.png", 64, "is an input"), ("none.png --volume -o c.png", 66, "no such file"),
            ("a.png --volume -o /dev/null/c", 73, "cannot be created"),
        ])
    func mistakes(arguments: String, exitCode: Int32, message: String) throws {
        try inFolder { folder, _ in
            try Image(width: 4, height: 3, channels: 1, filledWith: [0]).write(png: folder + "/wide.png")
            try Data("not a picture".utf8).write(to: URL(fileURLWithPath: folder + "/text.png"))
            let outcome = try warp(arguments, in: folder)
            #expect(outcome.exitCode == exitCode)
            #expect(outcome.error.hasPrefix("error: ") && outcome.error.contains(message), "\(outcome.error)")
            #expect(outcome.error.split(separator: "\n").count == 1)
            #expect(!FileManager.default.fileExists(atPath: folder + "/c.png"))
        }
    }
}
