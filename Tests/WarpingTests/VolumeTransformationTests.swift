import Tensors
import TestSupport
import Testing
import Warping

@Suite("Affine transforms of volumes")
struct VolumeTransformationTests {
    @Test("grid and gradient are PyTorch's", arguments: try Golden("affine_volume").caseNames)
    func golden(_ name: String) throws {
        let golden = try Golden("affine_volume")
        let theta = try golden.doubles(name, "theta")
        let expected = try golden.doubles(name, "output")
        let frame = VolumeFrame(
            depth: expected.shape[1], height: expected.shape[2], width: expected.shape[3],
            corners: CornerConvention(alignCorners: golden.flag(name, "alignCorners")))
        let parameters = theta.reshaped([theta.shape[0], 12])
        let grid = Affine3D().grid(theta: parameters, frame: frame)
        #expect(grid.shape == expected.shape)
        expectClose(grid.values, expected.values, relative: 1e-6, absolute: 1e-7, "grid")
        let dTheta = Affine3D().thetaGradient(
            dGrid: try golden.doubles(name, "outputGradient"), theta: parameters, frame: frame)
        let expectedGradient = try golden.doubles(name, "thetaGradient").values
        expectClose(dTheta.values, expectedGradient, relative: 1e-6, absolute: 1e-6, "gradient of θ")
    }

    @Test("the identity's grid is the frame's positions bit for bit", arguments: [false, true])
    func identity(_ alignCorners: Bool) {
        let corners = CornerConvention(alignCorners: alignCorners)
        for (depth, height, width) in [(1, 1, 1), (2, 5, 3), (4, 1, 6)] {
            let frame = VolumeFrame(depth: depth, height: height, width: width, corners: corners)
            let grid = Affine3D().grid(theta: Tensor([1, 12], Affine3D().identity), frame: frame)
            var positions: [Float] = []
            for slice in 0..<depth {
                for row in 0..<height {
                    for column in 0..<width {
                        positions.append(corners.normalized(column, of: width))
                        positions.append(corners.normalized(row, of: height))
                        positions.append(corners.normalized(slice, of: depth))
                    }
                }
            }
            #expect(grid.values.map(\.bitPattern) == positions.map(\.bitPattern))
        }
    }
}
