import Imaging
import Reports
import SpatialTransformers
import Testing

@Suite("Warps of volumes")
struct VolumeWarpTests {
    private func warped(_ stack: SliceStack, _ change: (inout WarpRequest) -> Void) throws -> SliceStack {
        var request = WarpRequest()
        change(&request)
        return try request.resolvedForVolumes().apply(to: stack)
    }

    /// Where the only bright voxel of a volume of 5 × 5 × 5 is.
    private func moved(_ x: Int, _ y: Int, _ z: Int, _ change: (inout WarpRequest) -> Void) throws -> [Int] {
        let dot = try stack(x, y, z)
        let pixels = try warped(dot, change).slices.flatMap(\.pixels)
        let places = pixels.indices.filter { pixels[$0] == 255 }
        let place = try #require(places.first)
        #expect(places.count == 1)
        return [place % 5, place / 5 % 5, place / 25]
    }

    private func stack(_ x: Int, _ y: Int, _ z: Int) throws -> SliceStack {
        let slices = (0..<5).map { slice in
            var picture = Image(width: 5, height: 5, channels: 1, filledWith: [0])
            if slice == z { picture.pixels[y * 5 + x] = 255 }
            return picture
        }
        return try SliceStack(slices, names: (0..<5).map { "\($0)" })
    }

    @Test("nothing asked for leaves every byte as it is", arguments: SamplingMode.allCases)
    func identity(mode: SamplingMode) throws {
        for alignCorners in [false, true] {
            let same = try warped(.warpSample) { ($0.sampling, $0.alignCorners) = (mode.rawValue, alignCorners) }
            #expect(same == .warpSample)
        }
    }

    @Test("quarter turns are exact: counterclockwise, and what recedes is right and bottom", arguments: [false, true])
    func quarterTurns(alignCorners: Bool) throws {
        func turned(_ x: Int, _ y: Int, _ z: Int, _ change: (inout WarpRequest) -> Void) throws -> [Int] {
            try moved(x, y, z) {
                $0.alignCorners = alignCorners
                change(&$0)
            }
        }
        #expect(try turned(4, 2, 1) { $0.rotate = "90" } == [2, 0, 1])
        #expect(try turned(4, 2, 2) { $0.tilt = "0,90" } == [2, 2, 4])
        #expect(try turned(2, 4, 2) { $0.tilt = "90,0" } == [2, 2, 4])
        // The bottom goes to the back, which then goes to the left.
        #expect(try turned(2, 4, 2) { $0.tilt = "90,90" } == [0, 2, 2])
        #expect(try turned(2, 4, 2) { ($0.tilt, $0.rotate) = ("90,90", "90") } == [2, 4, 2])
    }

    @Test("shifts and mirrors by whole voxels are exact")
    func shifts() throws {
        #expect(try moved(1, 2, 3) { $0.shift = "0.4,-0.2,0.2" } == [3, 1, 4])
        #expect(try moved(1, 2, 3) { $0.scale = "-1,1,1" } == [3, 2, 3])
        #expect(try moved(1, 2, 3) { $0.scale = "1,1,-1" } == [1, 2, 1])
        #expect(try moved(1, 2, 3) { ($0.shift, $0.inverse) = ("-0.4,0.2,-0.2", true) } == [3, 1, 4])
    }

    @Test("slices that are apart keep angles")
    func spacing() throws {
        // A slice from the middle is two pixels, which a quarter turn brings to the left.
        let wide = (0..<3).map { slice in
            var picture = Image(width: 5, height: 1, channels: 1, filledWith: [0])
            if slice == 2 { picture.pixels[2] = 255 }
            return picture
        }
        let stack = try SliceStack(wide, names: ["a", "b", "c"])
        let turned = try warped(stack) { ($0.tilt, $0.spacing) = ("0,90", "2") }
        #expect(turned.slices[1].pixels == [255, 128, 0, 0, 0])
    }

    @Test("a colour around a grey volume makes it a colour one, in the size asked for")
    func color() throws {
        let shifted = try warped(.warpSample) { ($0.shift, $0.padding, $0.size) = ("1,0,0", "255,0,10", "2x3x4") }
        #expect(shifted.slices.count == 2)
        #expect(shifted.slices[0].pixels == (0..<12).flatMap { _ in [255, 0, 10] as [UInt8] })
    }
}
