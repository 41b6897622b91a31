import Foundation
import Tensors
import TestSupport
import Testing
import Warping

/// ONNX's own test vectors for GridSample and AffineGrid.
///
/// They are not part of this repository: a folder of cases as in onnx/backend/test/data/node, `$STN_ONNX_NODE_TESTS` or
/// `../shared/onnx-node-tests` beside the repository.
@Suite(
    "ONNX's test vectors",
    .enabled(if: OnnxNode.folder != nil, "needs ONNX's node tests; set STN_ONNX_NODE_TESTS to their folder"))
struct OnnxNodeTests {
    @Test("all are there")
    func complete() {
        #expect(OnnxNode.names("test_gridsample").count == 18)
        #expect(OnnxNode.names("test_affine_grid").count == 4)
    }

    @Test("GridSample", arguments: OnnxNode.names("test_gridsample"))
    func gridSample(_ name: String) throws {
        let node = try OnnxNode(in: #require(OnnxNode.folder).appendingPathComponent(name))
        #expect(node.operation == "GridSample")
        let modes: [String: SamplingMode] = [
            "linear": .bilinear, "bilinear": .bilinear, "nearest": .nearest, "cubic": .bicubic, "bicubic": .bicubic,
        ]
        let paddings: [String: SamplingPadding] = ["zeros": .zeros, "border": .border, "reflection": .reflection]
        let sampler = Sampler(
            mode: try #require(modes[node.text["mode"] ?? "linear"]),
            padding: try #require(paddings[node.text["padding_mode"] ?? "zeros"]),
            corners: CornerConvention(alignCorners: node.integers["align_corners"] == 1))
        let output = sampler.sample(channelsBehindAxes(node.inputs[0]), at: node.inputs[1])
        expect(output, channelsBehindAxes(node.output))
    }

    @Test("AffineGrid", arguments: OnnxNode.names("test_affine_grid"))
    func affineGrid(_ name: String) throws {
        let node = try OnnxNode(in: #require(OnnxNode.folder).appendingPathComponent(name))
        #expect(node.operation == "AffineGrid")
        let corners = CornerConvention(alignCorners: node.integers["align_corners"] == 1)
        let (theta, size) = (node.inputs[0], node.inputs[1].values.map { Int($0) })
        if size.count == 4 {
            let grid = AffineTransform.grid(
                theta: theta.reshaped([size[0], 6]), height: size[2], width: size[3], corners: corners)
            expect(grid, node.output)
        } else {
            let frame = VolumeFrame(depth: size[2], height: size[3], width: size[4], corners: corners)
            expect(Affine3D().grid(theta: theta.reshaped([size[0], 12]), frame: frame), node.output)
        }
    }

    /// ONNX's tolerance for its node tests.
    private func expect(_ actual: Tensor<Double>, _ expected: Tensor<Double>) {
        #expect(actual.shape == expected.shape)
        expectClose(actual.values, expected.values, relative: 1e-3, absolute: 1e-7)
    }
}
