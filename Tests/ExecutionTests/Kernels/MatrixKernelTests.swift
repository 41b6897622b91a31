import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing
import Warping

@Suite("Kernels of a few numbers an image against the plain operations")
struct MatrixKernelTests {
    /// More than a task's.
    private let images = 67
    private let context = OperationContext(isTraining: true, seed: 0, step: 0, node: 0)

    private var tasks: Int { (images + Int(STN_ROWS) - 1) / Int(STN_ROWS) }

    static let families: [any MatrixTransformation] = [
        .translation, .rotation(), .rotation(aspectAware: false), .attention(), .attention(.perAxis),
        .attention(.fixed(0.5)), .similarity(), .similarity(aspectAware: false),
    ]

    @Test("matrices of windows, and gradients", arguments: families.indices, InstructionSet.available)
    func window(_ place: Int, _ set: InstructionSet) throws {
        let family = Self.families[place], count = family.parameterCount
        let frame = SamplingFrame(outputHeight: 5, outputWidth: 5, inputHeight: 9, inputWidth: 20, corners: .centers)
        let (operands, matrices) = (GuardedOperands(), GuardedBuffer<Float>(count: images * 6))
        let dTheta = GuardedBuffer<Float>(count: images * count)
        let theta: Tensor<Float> = randomTensor([images, count], seed: 71, -3, 3)
        let dMatrices: Tensor<Float> = randomTensor([images, 6], seed: 72)
        var arguments = try #require(WindowPlaces(family, frame: frame)).arguments
        arguments.images = Int64(images)
        arguments.theta = operands.place(theta.values)
        arguments.matrices = matrices.pointer
        arguments.d_matrices = operands.place(dMatrices.values)
        arguments.d_theta = dTheta.pointer
        try run(set.table.window_matrix, arguments, tasks: tasks)
        try run(set.table.window_matrix_gradient, arguments, tasks: tasks)
        #expect(matrices.isIntact && dTheta.isIntact)
        let exact: Tensor<Double> = theta.converted()
        expectClose(
            matrices.values.map(Double.init), family.matrices(theta: exact, frame: frame).values, relative: 1e-6,
            absolute: 1e-6, "\(family)")
        expectClose(
            dTheta.values.map(Double.init),
            family.thetaGradient(dMatrices: dMatrices.converted(), theta: exact, frame: frame).values, relative: 1e-5,
            absolute: 1e-5, "gradient of \(family)")
        withExtendedLifetime(operands) {}
    }

    @Test("windows that change nothing have the exact identity", arguments: InstructionSet.available)
    func identity(_ set: InstructionSet) throws {
        let frame = SamplingFrame(height: 9, width: 20, corners: .edges)
        for family in Self.families where !(family.identity.count == 2 && family.name == "attention") {
            let (operands, matrix) = (GuardedOperands(), GuardedBuffer<Float>(count: 6))
            var arguments = try #require(WindowPlaces(family, frame: frame)).arguments
            (arguments.images, arguments.theta) = (1, operands.place(family.identity))
            arguments.matrices = matrix.pointer
            try run(set.table.window_matrix, arguments, tasks: 1)
            expectSame(matrix.values, AffineTransform.identity, "\(family)")
            withExtendedLifetime(operands) {}
        }
    }

    @Test("products, and gradients of both or one of the factors", arguments: InstructionSet.available)
    func product(_ set: InstructionSet) throws {
        let factors: [Tensor<Float>] = [73, 74].map { randomTensor([images, 6], seed: $0) }
        let dProduct: Tensor<Float> = randomTensor([images, 6], seed: 75)
        let exact = factors.map { $0.converted(to: Double.self) }
        let operation = AffineCompositionOperation()
        let expected = operation.forward(exact, parameters: [], context: context)
        let gradients = operation.backward(
            dProduct.converted(), output: expected, inputs: exact, parameters: [], context: context)
        let (operands, product) = (GuardedOperands(), GuardedBuffer<Float>(count: images * 6))
        var arguments = stn_matrix_product_arguments()
        arguments.images = Int64(images)
        (arguments.left, arguments.right) = (operands.place(factors[0].values), operands.place(factors[1].values))
        (arguments.product, arguments.d_product) = (product.pointer, operands.place(dProduct.values))
        try run(set.table.matrix_product, arguments, tasks: tasks)
        expectClose(product.values.map(Double.init), expected.values, relative: 1e-6, absolute: 1e-6)
        for wanted in [[true, true], [true, false], [false, true]] {
            let dFactors = wanted.map { _ in GuardedBuffer<Float>(count: images * 6) }
            arguments.d_left = wanted[0] ? dFactors[0].pointer : nil
            arguments.d_right = wanted[1] ? dFactors[1].pointer : nil
            try run(set.table.matrix_product_gradient, arguments, tasks: tasks)
            for place in 0..<2 {
                #expect(wanted[place] ? dFactors[place].isIntact : dFactors[place].isUntouched)
                if !wanted[place] { continue }
                expectClose(
                    dFactors[place].values.map(Double.init), gradients.inputs[place].values, relative: 1e-6,
                    absolute: 1e-6)
            }
        }
        #expect(product.isIntact)
        withExtendedLifetime(operands) {}
    }

    @Test("bounds, and their gradient", arguments: InstructionSet.available, [1, 6, 8, 33])
    func bounds(_ set: InstructionSet, _ count: Int) throws {
        let identity = (0..<count).map { Float($0 % 3) }, reach = (0..<count).map { 0.25 + Float($0) }
        var raw: Tensor<Float> = randomTensor([images, count], seed: 76, -4, 4)
        for place in 0..<count { raw.values[place] = 0 }
        let dTheta: Tensor<Float> = randomTensor([images, count], seed: 77)
        let operation = BoundParametersOperation(identity: identity, reach: reach)
        let exact: Tensor<Double> = raw.converted()
        let expected = operation.forward([exact], parameters: [], context: context)
        let gradients = operation.backward(
            dTheta.converted(), output: expected, inputs: [exact], parameters: [], context: context)
        let operands = GuardedOperands()
        let (theta, dRaw) = (
            GuardedBuffer<Float>(count: images * count), GuardedBuffer<Float>(count: images * count)
        )
        let arguments = stn_bounds_arguments(
            images: Int64(images), parameters: Int64(count), identity: operands.place(identity),
            reach: operands.place(reach), raw: operands.place(raw.values), theta: theta.pointer,
            d_theta: operands.place(dTheta.values), d_raw: dRaw.pointer)
        try run(set.table.bounds, arguments, tasks: tasks)
        try run(set.table.bounds_gradient, arguments, tasks: tasks)
        #expect(theta.isIntact && dRaw.isIntact)
        expectSame(Array(theta.values[..<count]), identity, "raw zeros are the identity")
        expectClose(theta.values.map(Double.init), expected.values, relative: 1e-6, absolute: 1e-6)
        expectClose(
            dRaw.values.map(Double.init), gradients.inputs[0].values, relative: 1e-5, absolute: 1e-6)
        withExtendedLifetime(operands) {}
    }
}
