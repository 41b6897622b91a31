import Datasets
import Tensors
import Testing

@Suite("Glyph scenes")
struct GlyphScenesTests {
    private static func scenes(_ difficulty: GlyphDifficulty, count: Int = 300) -> [GlyphScene] {
        (0..<count).map { Glyphs.scene($0, seed: 9, split: .training, difficulty: difficulty) }
    }

    /// The luma of each pixel of a painted scene.
    private static func luma(_ scene: GlyphScene) -> [Float] {
        var canvas = GlyphCanvas(size: Glyphs.size)
        var bytes = [UInt8](repeating: 0, count: Glyphs.size * Glyphs.size * 3)
        bytes.withUnsafeMutableBufferPointer { canvas.paint(scene, into: $0) }
        return stride(from: 0, to: bytes.count, by: 3).map {
            GlyphColor.luma(SIMD4(Float(bytes[$0]), Float(bytes[$0 + 1]), Float(bytes[$0 + 2]), 0) / 255)
        }
    }

    private static func backgroundAlone(_ scene: GlyphScene) -> GlyphScene {
        var scene = scene
        scene.glyph.strokes = []
        scene.fragments = []
        return scene
    }

    @Test("ink keeps its contrast to every background pixel", arguments: GlyphDifficulty.allCases)
    func contrast(difficulty: GlyphDifficulty) {
        let least = GlyphRecipe(difficulty).contrast
        for scene in Self.scenes(difficulty) {
            let background = Self.luma(Self.backgroundAlone(scene))
            for ink in ([scene.glyph] + scene.fragments).map({ GlyphColor.luma($0.color) }) {
                let contrast = background.map { abs($0 - ink) }.min() ?? 0
                // Bytes round by half a step of 1/255.
                #expect(contrast > least - 0.003, "class \(scene.label), \(scene.background.texture)")
            }
        }
    }

    @Test("strokes are painted in full ink somewhere", arguments: GlyphDifficulty.allCases)
    func fullInk(difficulty: GlyphDifficulty) {
        for scene in Self.scenes(difficulty) {
            let ink = GlyphColor.luma(scene.glyph.color)
            #expect(Self.luma(scene).contains { abs($0 - ink) < 0.003 }, "class \(scene.label)")
        }
    }

    @Test("no background is plain, and all textures occur", arguments: GlyphDifficulty.allCases)
    func textured(difficulty: GlyphDifficulty) {
        let scenes = Self.scenes(difficulty)
        for scene in scenes {
            let background = Self.luma(Self.backgroundAlone(scene))
            let mean = background.reduce(0, +) / Float(background.count)
            let variance = background.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(background.count)
            #expect(variance.squareRoot() > 0.01)
        }
        for texture in GlyphTexture.allCases {
            // A third of 300 each, with a standard deviation of 8.
            #expect(abs(scenes.count { $0.background.texture == texture } - 100) < 40)
        }
    }

    @Test("all warp families occur, and every quadrant of rotation")
    func warps() {
        let scenes = Self.scenes(.normal)
        for family in GlyphWarpFamily.allCases {
            #expect(abs(scenes.count { $0.warp.family == family } - 100) < 40)
        }
        for (right, down) in [(true, true), (true, false), (false, true), (false, false)] {
            let turned = scenes.count { ($0.warp.xAxis.x > 0) == right && ($0.warp.xAxis.y > 0) == down }
            #expect(abs(turned - 75) < 38)
        }
    }

    @Test("glyphs lie inside the frame, in all parts of it", arguments: GlyphDifficulty.allCases)
    func inside(difficulty: GlyphDifficulty) {
        var centers: [SIMD2<Float>] = []
        for scene in Self.scenes(difficulty, count: 3000) {
            let points = scene.glyph.strokes.joined()
            let reach = scene.glyph.halfWidth
            for point in points {
                #expect(min(point.x, point.y) > reach && max(point.x, point.y) < Float(Glyphs.size) - reach)
            }
            centers.append(points.reduce(.zero, +) / Float(points.count))
        }
        for (left, upper) in [(true, true), (true, false), (false, true), (false, false)] {
            #expect(centers.count { ($0.x < 16) == left && ($0.y < 16) == upper } > 600)
        }
    }

    @Test("fragments stay clear of the glyph", arguments: GlyphDifficulty.allCases)
    func clear(difficulty: GlyphDifficulty) {
        let gap = GlyphRecipe(difficulty).gap
        for scene in Self.scenes(difficulty, count: 100) {
            for point in scene.fragments.flatMap({ $0.strokes.joined() }) {
                for other in scene.glyph.strokes.joined() {
                    #expect(((point - other) * (point - other)).sum() >= gap * gap)
                }
            }
        }
    }

    @Test("colours, background and warp do not depend on the class")
    func noColorCue() {
        let stream = RandomStream(seed: 2, purpose: .glyphs)
        let scenes = (0..<10).map { label in
            var generator = stream.generator
            return GlyphScene(
                label: label, recipe: GlyphRecipe(.normal), size: Glyphs.size, generator: &generator)
        }
        let background = Self.luma(Self.backgroundAlone(scenes[0]))
        for (label, scene) in scenes.enumerated() {
            #expect(scene.glyph.color == scenes[0].glyph.color)
            #expect(scene.glyph.halfWidth == scenes[0].glyph.halfWidth)
            #expect(scene.warp.xAxis == scenes[0].warp.xAxis)
            #expect(Self.luma(Self.backgroundAlone(scene)) == background)
            if label > 0 { #expect(Self.luma(scene) != Self.luma(scenes[label - 1])) }
        }
    }

    @Test("harder glyphs are smaller, fainter and more cluttered")
    func difficulty() {
        let measures = GlyphDifficulty.allCases.map { difficulty in
            let scenes = Self.scenes(difficulty)
            let clutter = scenes.reduce(0) { $0 + $1.fragments.count }
            let area = scenes.reduce(Float(0)) {
                $0 + abs($1.warp.xAxis.x * $1.warp.yAxis.y - $1.warp.xAxis.y * $1.warp.yAxis.x)
            }
            let contrast = scenes.reduce(Float(0)) {
                $0 + abs(GlyphColor.luma($1.glyph.color) - $1.background.luma)
            }
            return (clutter: clutter, area: area, contrast: contrast)
        }
        for (easier, harder) in zip(measures, measures.dropFirst()) {
            #expect(Double(easier.clutter) * 1.3 < Double(harder.clutter))
            #expect(easier.area > harder.area * 1.1)
            #expect(easier.contrast > harder.contrast)
        }
    }
}
