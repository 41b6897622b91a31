import Imaging
import Reports
import SpatialTransformers
import Testing

@Suite("What a warp is asked for")
struct WarpRequestTests {
    private static func zeros(_ count: Int) -> String {
        [String](repeating: "0", count: count).joined(separator: ",")
    }

    @Test(
        "every family is known by its name, and its identity changes nothing",
        arguments: [
            ("translation", "0,0"), ("rotation", "0"), ("attention", "1,0,0"), ("attention", "1,1,0,0"),
            ("similarity", "0,1,0,0"), ("affine", "1,0,0,0,1,0"), ("projective", "1,0,0,0,1,0,0,0"),
            ("thin-plate-spline", zeros(8)), ("thin-plate-spline", zeros(512)), ("cpab", zeros(26)),
            ("cpab", zeros(290)), ("displacement-field", zeros(2)), ("displacement-field", zeros(8192)),
        ])
    func families(name: String, theta: String) throws {
        var request = WarpRequest()
        (request.transform, request.theta) = (name, theta)
        let warp = try request.resolved()
        #expect(try warp.steps(for: .warpSample).map(\.transformation.name) == [name])
        #expect(try warp.apply(to: .warpSample) == .warpSample)
        #expect(try warp.lines(for: .warpSample)[0].hasPrefix("--transform \(name) --theta "))
        #expect(TransformationFamily.all.contains { $0.name == name })
    }

    @Test("θ is taken as it is: where to read")
    func raw() throws {
        var request = WarpRequest()
        (request.transform, request.theta) = ("translation", "0.5,0")
        let picture = Image(width: 4, height: 1, channels: 1, pixels: [10, 20, 30, 40])
        #expect(try request.resolved().apply(to: picture).pixels == [20, 30, 40, 0])
    }

    @Test("a list of all families has a line each, and the sheet an example each")
    func list() throws {
        #expect(TransformationFamily.lines.count == 10)
        #expect(Set(TransformationFamily.all.map(\.name)).count == 9)
        #expect(TransformationFamily.lines[0] == "translation         2          shift")
        let sheet = try TransformationFamily.sheet(of: .warpSample)
        #expect(sheet.width == 5 * 128 + 8 && sheet.height == 2 * (90 + 24 + 8) + 8)
        #expect(
            try TransformationFamily.sheet(of: Image(width: 1, height: 2000, channels: 1, filledWith: [0])).width > 0)
    }

    @Test("the figure of a grid shows the picture and the result")
    func figure() throws {
        var request = WarpRequest()
        request.scale = "0.5"
        let figure = try request.resolved().figure(of: .warpSample)
        #expect(figure.width > 460 && figure.height > 200)
        request.noise = "0.1"
        #expect(throws: WarpError.self) { try request.resolved().figure(of: .warpSample) }
        #expect(throws: WarpError.self) { try request.resolved().figure(of: .warpSample) }
        let point = Image(width: 1, height: 1, channels: 1, filledWith: [7])
        request.noise = nil
        #expect(try request.resolved().figure(of: point).width > 0)
    }

    @Test(
        "what cannot be had is refused in words",
        arguments: [
            ("scale", "0", "--scale takes one factor"), ("scale", "1,2,3", "--scale takes"),
            ("scale", "1e9", "--scale takes"), ("rotate", "nan", "--rotate takes a number"),
            ("rotate", "inf", "--rotate takes"), ("rotate", "", "--rotate takes"), ("rotate", "1,", "--rotate takes"),
            ("shift", "1", "--shift takes two numbers"), ("bend", "-0.1", "--bend takes a size from 0 to 1"),
            ("noise", "2", "--noise takes"), ("sampling", "cubic", "--sampling takes bilinear"),
            ("padding", "1,2", "--padding takes"), ("padding", "-1,0,0", "--padding takes"),
            ("padding", "256,0,0", "--padding takes"), ("size", "0x4", "--size takes"), ("size", "4", "--size takes"),
            ("size", "99999999999999999999x4", "--size takes"), ("size", "16384x16384", "--size takes"),
            ("affine", "1,0,0", "--theta has 3 numbers, but affine takes 6"),
            ("affine", "1,0,0,0,nan,0", "--theta takes numbers"), ("affin", "1", "did you mean 'affine'?"),
            ("cpab", "1,2,3", "cpab takes 10 to 290"), ("thin-plate-spline", "1,2", "takes 2·K²"),
        ])
    func mistakes(option: String, value: String, message: String) throws {
        var request = WarpRequest()
        switch option {
        case "scale": request.scale = value
        case "rotate": request.rotate = value
        case "shift": request.shift = value
        case "bend": request.bend = value
        case "noise": request.noise = value
        case "sampling": request.sampling = value
        case "padding": request.padding = value
        case "size": request.size = value
        default: (request.transform, request.theta) = (option, value)
        }
        let error = #expect(throws: WarpError.self) { try request.resolved() }
        let text = error?.description ?? ""
        #expect(text.contains(message), "\(text)")
        #expect(!text.contains("\n") && error?.category == .usage)
    }

    @Test("options that contradict one another are refused")
    func contradictions() throws {
        var request = WarpRequest()
        request.theta = "1"
        #expect(throws: WarpError.self) { try request.resolved() }
        (request.theta, request.transform) = (nil, "affine")
        #expect(throws: WarpError.self) { try request.resolved() }
        (request.theta, request.rotate) = ("1,0,0,0,1,0", "3")
        #expect(throws: WarpError.self) { try request.resolved() }
        var behind = WarpRequest()
        (behind.perspective, behind.shift) = ("1,0", "-1,0")
        #expect(throws: WarpError.behindHorizon) { try behind.resolved().steps(for: .warpSample) }
    }
}
