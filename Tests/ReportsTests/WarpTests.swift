import Imaging
import Reports
import SpatialTransformers
import Testing

@Suite("Warps of pictures")
struct WarpTests {
    private func warped(_ picture: Image, _ change: (inout WarpRequest) -> Void) throws -> Image {
        var request = WarpRequest()
        change(&request)
        return try request.resolved().apply(to: picture)
    }

    /// A black picture with one white pixel.
    private func dot(_ x: Int, _ y: Int, width: Int = 9, height: Int = 9) -> Image {
        var picture = Image(width: width, height: height, channels: 1, filledWith: [0])
        picture.pixels[y * width + x] = 255
        return picture
    }

    private let numbered = Image(width: 4, height: 2, channels: 1, pixels: [10, 20, 30, 40, 50, 60, 70, 80])

    @Test("nothing asked for leaves every byte as it is", arguments: SamplingMode.allCases)
    func identity(mode: SamplingMode) throws {
        let all = Image(width: 16, height: 16, channels: 1, pixels: Array(0...255))
        for alignCorners in [false, true] {
            for picture in [all, all.converted(toChannels: 3), .warpSample] {
                let same = try warped(picture) {
                    ($0.sampling, $0.alignCorners, $0.antialias) = (mode.rawValue, alignCorners, true)
                }
                #expect(same == picture)
            }
        }
    }

    @Test("mirrors and shifts by whole pixels are exact", arguments: [false, true])
    func exactPixels(alignCorners: Bool) throws {
        let across = try warped(numbered) { ($0.scale, $0.alignCorners) = ("-1,1", alignCorners) }
        #expect(across.pixels == [40, 30, 20, 10, 80, 70, 60, 50])
        let down = try warped(numbered) { ($0.scale, $0.alignCorners) = ("1,-1", alignCorners) }
        #expect(down.pixels == [50, 60, 70, 80, 10, 20, 30, 40])
        let right = try warped(numbered) { ($0.shift, $0.alignCorners) = ("0.25,0.5", alignCorners) }
        #expect(right.pixels == [0, 0, 0, 0, 0, 10, 20, 30])
        let wrapped = try warped(numbered) {
            ($0.shift, $0.padding, $0.alignCorners) = ("-0.25,0", "wrap", alignCorners)
        }
        #expect(wrapped.pixels == [20, 30, 40, 10, 60, 70, 80, 50])
    }

    @Test("a quarter turn is counterclockwise and exact")
    func quarterTurn() throws {
        let picture = Image(width: 3, height: 3, channels: 1, pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(try warped(picture) { $0.rotate = "90" }.pixels == [3, 6, 9, 2, 5, 8, 1, 4, 7])
        #expect(try warped(picture) { $0.rotate = "-90" }.pixels == [7, 4, 1, 8, 5, 2, 9, 6, 3])
        #expect(try warped(picture) { $0.rotate = "540" }.pixels == [9, 8, 7, 6, 5, 4, 3, 2, 1])
    }

    @Test("a rotation keeps lengths on a picture that is not square", arguments: [false, true])
    func aspect(alignCorners: Bool) throws {
        let turned = try warped(dot(7, 3, width: 11, height: 7)) {
            ($0.rotate, $0.sampling, $0.alignCorners) = ("90", "nearest", alignCorners)
        }
        #expect(turned == dot(5, 1, width: 11, height: 7))
    }

    @Test("scale 0.5 makes what one sees half as large, 2 twice")
    func scale() throws {
        var square = Image(width: 8, height: 8, channels: 1, filledWith: [0])
        square.fillRectangle(x: 2, y: 2, width: 4, height: 4, color: .white)
        var (smaller, larger) = (Image(width: 8, height: 8, channels: 1, filledWith: [0]), square)
        smaller.fillRectangle(x: 3, y: 3, width: 2, height: 2, color: .white)
        larger.fillRectangle(x: 0, y: 0, width: 8, height: 8, color: .white)
        #expect(try warped(square) { ($0.scale, $0.sampling) = ("0.5", "nearest") } == smaller)
        #expect(try warped(square) { ($0.scale, $0.sampling) = ("2", "nearest") } == larger)
        let wide = try warped(square) { ($0.scale, $0.sampling) = ("2,0.5", "nearest") }
        #expect(wide.pixels == (0..<64).map { (24..<40).contains($0) ? 255 : 0 })
    }

    @Test("a shear leans the top to the right")
    func shear() throws {
        #expect(try warped(dot(4, 2)) { $0.shear = "1" } == dot(6, 2))
        #expect(try warped(dot(4, 6)) { $0.shear = "1" } == dot(2, 6))
    }

    @Test("scale comes before shear, shear before rotation, rotation before shift")
    func order() throws {
        // One to the right, two after scaling, then two up after the turn, then two to the right.
        let scaled = try warped(dot(5, 4)) {
            ($0.scale, $0.rotate, $0.shift, $0.sampling) = ("2,1", "90", "\(2.0 / 9),0", "nearest")
        }
        #expect(scaled[6, 2] == [255])
        // Two up, sheared to two up and two right, then two left and two up.
        #expect(try warped(dot(4, 2)) { ($0.shear, $0.rotate) = ("1", "90") } == dot(2, 2))
    }

    @Test("perspective lets the right side recede")
    func perspective() throws {
        let white = Image(width: 60, height: 20, channels: 1, filledWith: [255])
        let tilted = try warped(white) { $0.perspective = "0.5,0" }
        #expect(tilted[0, 0] == [255] && tilted[59, 10] == [0])
        #expect(tilted[45, 0] == [0] && tilted[45, 10] == [255])
        let shifted = try warped(white) { ($0.perspective, $0.shift) = ("0.5,0", "0.25,0") }
        #expect(shifted[16, 10] == [255] && shifted[58, 10] == [255])
    }

    @Test("--inverse undoes: the θ of the opposite motion")
    func inverse() throws {
        let sample = Image.warpSample
        func lines(_ change: (inout WarpRequest) -> Void) throws -> [String] {
            var request = WarpRequest()
            change(&request)
            return try request.resolved().lines(for: sample)
        }
        #expect(
            try lines { ($0.shift, $0.inverse) = ("0.25,0.5", true) } == lines { $0.shift = "-0.25,-0.5" })
        #expect(try lines { ($0.scale, $0.inverse) = ("2,4", true) } == lines { $0.scale = "0.5,0.25" })
        let there = try warped(sample) { ($0.flow, $0.padding) = ("0.05", "border") }
        let back = try warped(there) { ($0.flow, $0.padding, $0.inverse) = ("0.05", "border", true) }
        func difference(_ other: Image) -> Double {
            zip(sample.pixels, other.pixels).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
        }
        #expect(difference(back) < difference(there) / 3)
        #expect(throws: WarpError.hasNoInverse(family: "thin-plate-spline")) {
            try lines { ($0.bend, $0.inverse) = ("0.1", true) }
        }
        #expect(throws: WarpError.cannotBeUndone(family: "affine")) {
            try lines { ($0.transform, $0.theta, $0.inverse) = ("affine", "1,1,0,1,1,0", true) }
        }
    }

    @Test("distortions are the same for a seed, as large as asked for, and nothing at 0")
    func distortions() throws {
        let sample = Image.warpSample
        for option in [\WarpRequest.bend, \.flow, \.noise] {
            let one = try warped(sample) { $0[keyPath: option] = "0.05" }
            #expect(try warped(sample) { $0[keyPath: option] = "0.05" } == one)
            #expect(try warped(sample) { ($0[keyPath: option], $0.seed) = ("0.05", 1) } != one)
            #expect(one != sample)
            #expect(try warped(sample) { $0[keyPath: option] = "0" } == sample)
            var request = WarpRequest()
            request[keyPath: option] = "0.05"
            let line = try #require(request.resolved().lines(for: sample).last)
            #expect(line.contains("up to 0.10"), "\(line)")
        }
    }

    @Test("passes follow one another")
    func passes() throws {
        let sample = Image.warpSample
        let both = try warped(sample) { ($0.rotate, $0.noise) = ("10", "0.02") }
        let turned = try warped(sample) { $0.rotate = "10" }
        let then = try warped(turned) { $0.noise = "0.02" }
        // In between, one command keeps numbers and two keep bytes.
        #expect(zip(both.pixels, then.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test("a colour around a grey picture makes it a colour picture")
    func color() throws {
        let shifted = try warped(numbered) { ($0.shift, $0.padding) = ("0.25,0", "255,128,0") }
        #expect(shifted.channels == 3 && shifted[0, 0] == [255, 128, 0] && shifted[1, 0] == [10, 10, 10])
    }

    @Test("a size is rows by columns, and averaging keeps the mean of stripes")
    func size() throws {
        let stripes = Image(width: 64, height: 32, channels: 1, pixels: (0..<2048).map { $0 % 2 == 0 ? 0 : 200 })
        let small = try warped(stripes) { ($0.size, $0.antialias) = ("8x16", true) }
        #expect(small.width == 16 && small.height == 8)
        #expect(small.pixels.allSatisfy { $0 == 100 })
    }
}
