import CKernels
import Tensors
import Warping

/// The positions of a grid before they are transformed, as kernels take them.
struct GridFrame {
    /// The size, without places in memory.
    let size: stn_grid_frame
    private let x, y: PlanConstant<Float>

    fileprivate init(_ size: stn_grid_frame, x: PlanConstant<Float>, y: PlanConstant<Float>) {
        (self.size, self.x, self.y) = (size, x, y)
    }

    /// Bands of rows that gradients are made in.
    var bands: Int { withUnsafePointer(to: size) { Int(stn_grid_bands($0)) } }
    /// Rows of an image of the upper half, each with its mirrored one; the middle one alone.
    var rowPairs: Int { withUnsafePointer(to: size) { Int(stn_row_pairs($0)) } }
    /// Rows of all images.
    var rows: Int { Int(size.images * size.height) }

    func arguments(in memory: PlanMemory) -> stn_grid_frame {
        var frame = size
        (frame.x, frame.y) = (x.place(in: memory), y.place(in: memory))
        return frame
    }
}

extension SamplingFrame {
    /// The normalised coordinates of the output's columns, and of its rows.
    package var coordinates: (x: [Float], y: [Float]) {
        (
            (0..<outputWidth).map { corners.normalized($0, of: outputWidth) },
            (0..<outputHeight).map { corners.normalized($0, of: outputHeight) }
        )
    }
}

extension PlanBuilder {
    mutating func reserveFrame(_ coordinates: (x: [Float], y: [Float])) -> GridFrame {
        let size = stn_grid_frame(
            images: Int64(batch), height: Int64(coordinates.y.count), width: Int64(coordinates.x.count), x: nil, y: nil)
        return GridFrame(size, x: reserveConstant(coordinates.x), y: reserveConstant(coordinates.y))
    }
}

/// Where a gradient is made in parts, one a band of rows, and where their sum belongs.
struct BandedSum {
    let sum: MemoryPlanner.Slot
    private let parts: MemoryPlanner.Slot
    private let images, bands, width: Int

    fileprivate init(parts: MemoryPlanner.Slot, sum: MemoryPlanner.Slot, images: Int, bands: Int, width: Int) {
        (self.parts, self.sum) = (parts, sum)
        (self.images, self.bands, self.width) = (images, bands, width)
    }

    /// Where the parts are made.
    func place(in memory: PlanMemory) -> UnsafeMutablePointer<Float> { memory.floats(parts) }

    func append(to launches: inout StageLaunches, _ kernels: UnsafePointer<stn_kernels>, _ memory: PlanMemory) {
        if bands == 1 { return }
        let arguments = stn_sum_parts_arguments(
            parts: Int64(bands), width: Int64(width), input: memory.floats(parts), output: memory.floats(sum))
        launches.backward.append(Launch(kernels.pointee.sum_parts, arguments, count: images, share: 0))
    }
}

extension PlanBuilder {
    /// Reserves for the parts of a sum of `width` numbers an image; a single band's part is the sum itself.
    mutating func reserveBandedSum(
        of frame: GridFrame, width: Int, to sum: MemoryPlanner.Slot, stage: Int
    ) -> BandedSum {
        let (bands, moment) = (frame.bands, backwardMoment(stage))
        let parts =
            bands == 1 ? sum : memory.reserve(byteCount: 4 * batch * bands * width, from: moment, to: moment)
        return BandedSum(parts: parts, sum: sum, images: batch, bands: bands, width: width)
    }
}
