import CKernels
import Foundation
import Networks
import Tensors
import Warping

extension Tensor where Scalar == Float {
    /// The images warped by a transformation: grid and sampler as functions, with no network around them.
    ///
    /// ```swift
    /// let turned = try images.warped(by: .rotation(), theta: Tensor([1, 1], [.pi / 6]))
    /// ```
    ///
    /// - Convention: θ maps output positions to input positions: what is read is turned, what one sees turns the other way.
    /// - Shapes: [N, H, W, C] with `theta` [N·M, P] → [N·M, H, W, C], or the size asked for. The first M rows of θ warp the
    ///   first image, the next M the second, and so on.
    /// - Numerics: the grid is the family's, bit for bit; the sampler is the kernels', which a few units in the last place
    ///   separate from `Sampler.sample(_:at:)`. The identity returns the images bit for bit. Results do not depend on the
    ///   number of threads.
    /// - Gradient: none is computed; a network has it (`GridSampleOperation`).
    /// - Complexity: the family's cost and the sampler's for each position. Works through bands of rows, so that beside
    ///   images and results it takes some megabytes.
    /// - Parameters:
    ///   - transformation: The family.
    ///   - theta: Its parameters, a row for each result.
    ///   - sampler: How the images are read; bilinear with zeros around, as in the paper and in PyTorch. It brings the corner
    ///     convention of the grid.
    ///   - outputSize: Height and width of the results; nil keeps the images'.
    ///   - threadCount: Threads that compute; nil takes one a processor.
    ///   - instructionSet: The kernels; nil takes the widest that this processor has and `STN_ISA` allows.
    /// - Returns: The warped images, in the order of θ's rows.
    /// - Throws: `NetworkError` when shapes or sizes do not fit, ``ExecutionError`` when `STN_ISA` is wrong.
    public func warped(
        by transformation: some Transformation, theta: Tensor<Float>, sampler: Sampler = Sampler(corners: .edges),
        outputSize: (height: Int, width: Int)? = nil, threadCount: Int? = nil, instructionSet: InstructionSet? = nil
    ) throws -> Tensor<Float> {
        let size = outputSize ?? (shape.rank == 4 ? (shape[1], shape[2]) : (0, 0))
        let result = try ImageWarp.resultShape(
            of: shape, theta: theta.shape, by: transformation, sampler: sampler, size: size)
        let set = if let instructionSet { instructionSet } else { try InstructionSet.best() }
        guard let kernels = set.kernels else { throw ExecutionError.unavailableInstructionSet(set) }
        let pool = WorkerPool(threadCount: threadCount ?? min(1024, ProcessInfo.processInfo.activeProcessorCount))
        let values = [Float](unsafeUninitializedCapacity: result.count) { buffer, initialized in
            if let output = buffer.baseAddress, result.count > 0 {
                let warp = ImageWarp(
                    of: self, by: transformation, theta: theta, sampler: sampler, size: size, kernels: kernels,
                    output: output)
                Launch(named: "warp", count: warp.taskCount) { for task in $0 { warp.run(task) } }.run(on: pool)
            }
            initialized = result.count
        }
        return Tensor(result, values)
    }
}

extension Tensor where Scalar == Float {
    /// How far inside the images a warp reads, pixel by pixel: 1 where it reads nothing from beyond, 0 where nothing else.
    ///
    /// What the warp would make of images of ones with zeros around; see `Sampler.validity(of:at:)`, from which a few units in the
    /// last place separate it. The sampler's padding does not matter.
    ///
    /// - Shapes: images [N, H, W, C] with `theta` [N·M, P] → [N·M, H, W], or the size asked for.
    /// - Parameters:
    ///   - transformation: The family.
    ///   - theta: Its parameters, a row for each result.
    ///   - sampler: How the images are read; bilinear, as where they are warped.
    ///   - outputSize: Height and width of the results; nil keeps the images'.
    ///   - threadCount: Threads that compute; nil takes one a processor.
    ///   - instructionSet: The kernels; nil takes the widest that this processor has and `STN_ISA` allows.
    /// - Returns: A mask for each row of θ.
    /// - Throws: `NetworkError` when shapes or sizes do not fit, ``ExecutionError`` when `STN_ISA` is wrong.
    public func validity(
        warpedBy transformation: some Transformation, theta: Tensor<Float>,
        sampler: Sampler = Sampler(corners: .edges), outputSize: (height: Int, width: Int)? = nil,
        threadCount: Int? = nil, instructionSet: InstructionSet? = nil
    ) throws -> Tensor<Float> {
        guard shape.rank == 4 else {
            throw NetworkError.unsuitableInput(
                operation: "a warp by \(transformation.name)", input: shape,
                needs: "images, height, width and channels")
        }
        let ones = Tensor([shape[0], shape[1], shape[2], 1], repeating: 1)
        let read = try ones.warped(
            by: transformation, theta: theta,
            sampler: Sampler(mode: sampler.mode, corners: sampler.corners, antialias: sampler.antialias),
            outputSize: outputSize, threadCount: threadCount, instructionSet: instructionSet)
        return read.reshaped(Shape(Array(read.shape.dimensions.dropLast())))
    }
}

/// One warp of a batch, cut into tasks: bands of rows of each result.
private struct ImageWarp {
    private let transformation: any Transformation
    private let theta: Tensor<Float>
    private let sampler: Sampler
    private let frame: SamplingFrame
    private let kernels: UnsafePointer<stn_kernels>
    /// The images, and the constant around them, readable past their ends.
    private let input: AlignedBuffer, constant: AlignedBuffer?
    private let output: UnsafeMutablePointer<Float>
    private let channels: Int
    private let resultsPerImage: Int
    private let rowsPerBand: Int

    /// Positions of a band: a grid of half a megabyte, which stays in the second cache; averaging reads up to 256 for each.
    private static let positionsPerBand = (plain: 1 << 16, averaging: 1 << 10)

    init(
        of images: Tensor<Float>, by transformation: any Transformation, theta: Tensor<Float>, sampler: Sampler,
        size: (height: Int, width: Int), kernels: UnsafePointer<stn_kernels>, output: UnsafeMutablePointer<Float>
    ) {
        (self.transformation, self.theta, self.sampler) = (transformation, theta, sampler)
        (self.kernels, self.output) = (kernels, output)
        frame = SamplingFrame(
            outputHeight: size.height, outputWidth: size.width, inputHeight: images.shape[1],
            inputWidth: images.shape[2], corners: sampler.corners)
        channels = images.shape[3]
        resultsPerImage = theta.shape[0] / images.shape[0]
        input = AlignedBuffer(copying: images.values)
        constant = sampler.padding.kernelConstant(channels: channels).map { AlignedBuffer(copying: $0) }
        let positions = sampler.antialias ? Self.positionsPerBand.averaging : Self.positionsPerBand.plain
        rowsPerBand = max(1, positions / size.width)
    }

    private var bandsPerResult: Int { (frame.outputHeight - 1) / rowsPerBand + 1 }

    var taskCount: Int { theta.shape[0] * bandsPerResult }

    func run(_ task: Int) {
        let (result, band) = task.quotientAndRemainder(dividingBy: bandsPerResult)
        let rows = band * rowsPerBand..<min((band + 1) * rowsPerBand, frame.outputHeight)
        let parameters = transformation.parameterCount
        let theta = Tensor<Float>(
            [1, parameters], Array(self.theta.values[result * parameters..<(result + 1) * parameters]))
        let image = result / resultsPerImage
        let target = output + (result * frame.count + rows.lowerBound * frame.outputWidth) * channels
        if sampler.antialias {
            average(rows, theta: theta, image: image, to: target)
        } else {
            let grid = transformation.grid(theta: theta, frame: frame.band(rows))
            sample(image, at: grid.values, rows: rows.count, to: target)
        }
    }

    /// Reads an image at the positions of `rows` rows.
    private func sample(_ image: Int, at grid: [Float], rows: Int, to target: UnsafeMutablePointer<Float>) {
        var arguments = stn_grid_sample_arguments()
        arguments.sample.images = 1
        arguments.sample.height = Int64(frame.inputHeight)
        arguments.sample.width = Int64(frame.inputWidth)
        arguments.sample.channels = Int64(channels)
        arguments.sample.output_height = Int64(rows)
        arguments.sample.output_width = Int64(grid.count / 2 / rows)
        arguments.sample.align_corners = sampler.corners.alignCorners ? 1 : 0
        arguments.sample.mode = sampler.mode.kernelMode
        let input = input.base.assumingMemoryBound(to: Float.self)
        arguments.sample.input = UnsafePointer(input + image * frame.inputHeight * frame.inputWidth * channels)
        arguments.sample.output = target
        arguments.padding = sampler.padding.kernelPadding
        arguments.constant = constant.map { UnsafePointer($0.base.assumingMemoryBound(to: Float.self)) }
        grid.withUnsafeBufferPointer { positions in
            arguments.grid = positions.baseAddress
            withUnsafePointer(to: arguments) { kernels.pointee.grid_sample?(UnsafeRawPointer($0), 0, Int64(rows), 0) }
        }
    }

    /// Reads an image at all positions of the footprints in `rows`, and averages.
    private func average(
        _ rows: Range<Int>, theta: Tensor<Float>, image: Int, to target: UnsafeMutablePointer<Float>
    ) {
        // A footprint's shape comes from the rows beside it too.
        let around = max(0, rows.lowerBound - 1)..<min(frame.outputHeight, rows.upperBound + 1)
        let grid = transformation.grid(theta: theta, frame: frame.band(around))
        let inside = rows.lowerBound - around.lowerBound..<rows.upperBound - around.lowerBound
        let footprints = FootprintPositions(
            ofRows: inside, in: grid,
            scale: SIMD2(
                sampler.corners.span(of: frame.inputWidth) / 2, sampler.corners.span(of: frame.inputHeight) / 2))
        let count = footprints.positions.count / 2 * channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { readings in
            guard var reading = readings.baseAddress else { return }
            sample(image, at: footprints.positions, rows: 1, to: reading)
            for (pixel, count) in footprints.counts.enumerated() {
                let share = 1 / Float(count)
                for channel in 0..<channels {
                    var sum: Float = 0
                    for place in 0..<count { sum += share * reading[place * channels + channel] }
                    target[pixel * channels + channel] = sum
                }
                reading += count * channels
            }
        }
    }
}

extension ImageWarp {
    /// The shape of a warp's results.
    ///
    /// - Throws: `NetworkError` when there is no such warp.
    static func resultShape(
        of images: Shape, theta: Shape, by transformation: any Transformation, sampler: Sampler,
        size: (height: Int, width: Int)
    ) throws -> Shape {
        let name = "a warp by \(transformation.name)"
        guard images.rank == 4 else {
            throw NetworkError.unsuitableInput(
                operation: name, input: images, needs: "images, height, width and channels")
        }
        guard theta.rank == 2, theta[1] == transformation.parameterCount,
            images[0] > 0 ? theta[0] % images[0] == 0 : theta[0] == 0
        else {
            throw NetworkError.unsuitableInput(
                operation: name, input: theta,
                needs: "\(transformation.parameterCount) numbers for each result, and as many results for each image")
        }
        guard size.height > 0, size.width > 0,
            let shape = Shape(checking: [theta[0], size.height, size.width, max(2, images[3])])
        else {
            throw NetworkError.invalidSetting(
                layer: name, setting: "outputSize", value: "\(size.height)×\(size.width)",
                needs: "positive, and no more than can be addressed")
        }
        let grid: Shape = [size.height, size.width, 2]
        let image = try GridSampleOperation(sampler: sampler).outputShape(
            of: [Shape(Array(images.dimensions.dropFirst())), grid])
        return image.prefixed(by: shape[0])
    }
}

extension AlignedBuffer {
    /// A copy of `values`.
    fileprivate convenience init(copying values: [Float]) {
        self.init(floats: values.count)
        _ = floats.update(fromContentsOf: values)
    }
}
