import Execution
import Networks
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Warps of volumes with no network")
struct VolumeWarpTests {
    private static let samplers: [Sampler] = [
        Sampler(corners: .edges), Sampler(mode: .nearest, padding: .wrap, corners: .centers),
        Sampler(mode: .bicubic, padding: .reflection, corners: .edges),
        Sampler(padding: .constant([0.25, 0.5]), corners: .edges),
        Sampler(padding: .border, corners: .centers, antialias: true),
    ]

    private static func thetas(_ count: Int) -> Tensor<Float> {
        let noise: Tensor<Float> = randomTensor([count, 12], seed: 2, -0.4, 0.4)
        return Tensor(noise.shape, noise.values.indices.map { noise.values[$0] + Affine3D().identity[$0 % 12] })
    }

    @Test("are what grid and sampler make of them, the same bits on any number of threads", arguments: samplers)
    func reference(_ sampler: Sampler) throws {
        let volumes: Tensor<Float> = randomTensor([2, 9, 7, 11, 2], seed: 1, 0, 1)
        let frame = VolumeFrame(depth: 4, height: 5, width: 6, corners: sampler.corners)
        let theta = Self.thetas(4)
        let expected = sampler.sample(volumes, at: Affine3D().grid(theta: theta, frame: frame))
        for set in InstructionSet.available {
            let warps = try [1, 3].map {
                try volumes.warped(
                    by: .affine3D, theta: theta, sampler: sampler, outputSize: (4, 5, 6), threadCount: $0,
                    instructionSet: set)
            }
            #expect(warps[0].shape == expected.shape && warps[0] == warps[1])
            expectClose(warps[0].values, expected.values, relative: 1e-5, absolute: 2e-5, "\(set)")
        }
    }

    @Test("by the identity are the volumes, bit for bit", arguments: [CornerConvention.edges, .centers])
    func identity(_ corners: CornerConvention) throws {
        let volumes: Tensor<Float> = randomTensor([2, 5, 6, 7, 1], seed: 4)
        let theta = Tensor([2, 12], Affine3D().identity + Affine3D().identity)
        for mode in SamplingMode.allCases {
            let sampler = Sampler(mode: mode, corners: corners, antialias: mode == .bilinear)
            #expect(try volumes.warped(by: .affine3D, theta: theta, sampler: sampler) == volumes)
        }
    }

    @Test("of nothing are nothing")
    func empty() throws {
        let warped = try Tensor<Float>.zeros([0, 3, 3, 3, 1]).warped(by: .affine3D, theta: .zeros([0, 12]))
        #expect(warped.shape == [0, 3, 3, 3, 1])
    }

    @Test("that do not fit are refused")
    func mistakes() throws {
        let volumes = Tensor<Float>.zeros([2, 4, 4, 4, 3])
        let theta = Tensor<Float>.zeros([2, 12])
        #expect(throws: NetworkError.self) { try volumes.warped(by: .affine3D, theta: .zeros([2, 6])) }
        #expect(throws: NetworkError.self) { try volumes.warped(by: .affine3D, theta: .zeros([3, 12])) }
        #expect(throws: NetworkError.self) { try volumes.reshaped([8, 4, 4, 3]).warped(by: Affine3D(), theta: theta) }
        #expect(throws: NetworkError.self) { try volumes.warped(by: .affine3D, theta: theta, outputSize: (4, 0, 4)) }
        #expect(throws: NetworkError.self) {
            try volumes.warped(by: .affine3D, theta: theta, outputSize: (Int.max, Int.max, 2))
        }
        #expect(throws: NetworkError.self) {
            let sampler = Sampler(padding: .constant([0, 1]), corners: .edges)
            return try volumes.warped(by: .affine3D, theta: theta, sampler: sampler)
        }
    }
}
