import CKernels
import Networks
import Tensors
import Warping

/// Which numbers of θ place a window, for the kernel that makes its matrix.
package struct WindowPlaces {
    /// The kernel's arguments, without images and memory.
    package private(set) var arguments = stn_window_matrix_arguments()

    /// The places of a family's numbers in a frame; nil where the reference must do.
    package init?(_ transformation: any MatrixTransformation, frame: SamplingFrame) {
        (arguments.angle, arguments.scale_x, arguments.scale_y) = (-1, -1, -1)
        (arguments.scale, arguments.aspect) = (1, 1)
        arguments.parameters = Int64(transformation.parameterCount)
        // Shifts are the last two of every family that has them.
        (arguments.shift_x, arguments.shift_y) = (arguments.parameters - 2, arguments.parameters - 1)
        switch transformation {
        case is Translation: break
        case let rotation as Rotation:
            (arguments.shift_x, arguments.shift_y) = (-1, -1)
            turn(frame, aspectAware: rotation.aspectAware)
        case let similarity as Similarity:
            turn(frame, aspectAware: similarity.aspectAware)
            (arguments.scale_x, arguments.scale_y) = (1, 1)
        case let attention as Attention:
            switch attention.scaling {
            case .isotropic: (arguments.scale_x, arguments.scale_y) = (0, 0)
            case .perAxis: (arguments.scale_x, arguments.scale_y) = (0, 1)
            case .fixed(let scale): arguments.scale = scale
            }
        default: return nil
        }
    }

    private mutating func turn(_ frame: SamplingFrame, aspectAware: Bool) {
        arguments.angle = 0
        if aspectAware { arguments.aspect = frame.aspect() }
    }
}

extension PlanBuilder {
    /// Tasks of a kernel that works image by image.
    private var imageTasks: Int { (batch + Int(STN_ROWS) - 1) / Int(STN_ROWS) }

    /// The 2×3 matrices of θ.
    mutating func reserveWindowMatrix(_ index: Int, _ places: WindowPlaces) -> StageEmitter {
        let stage = stages[index]
        let (theta, matrices) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let dMatrices = gradientSlot(of: stage.output)
        let target = dMatrices == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        let (batch, kernels, tasks) = (batch, kernels, imageTasks)
        let count = count(of: stage.inputs[0])
        return { memory, launches in
            var arguments = places.arguments
            arguments.images = Int64(batch)
            arguments.theta = UnsafePointer(memory.floats(theta))
            arguments.matrices = memory.floats(matrices)
            launches.forward.append(Launch(kernels.pointee.window_matrix, arguments, count: tasks))
            guard let dMatrices, let target else { return }
            arguments.d_matrices = UnsafePointer(memory.floats(dMatrices))
            arguments.d_theta = memory.floats(target.slot)
            launches.backward.append(Launch(kernels.pointee.window_matrix_gradient, arguments, count: tasks))
            launches.appendAddition(kernels, target, memory, count: count)
        }
    }

    /// Products of two different matrices an image.
    mutating func reserveMatrixProduct(_ index: Int) -> StageEmitter {
        let stage = stages[index]
        let (factors, product) = (stage.inputs.map(slot(of:)), slot(of: stage.output))
        let dProduct = gradientSlot(of: stage.output)
        let targets = stage.inputs.map { dProduct == nil ? nil : gradientTarget(of: $0, stage: index) }
        let (count, kernels, tasks) = (count(of: stage.output), kernels, imageTasks)
        return { memory, launches in
            var arguments = stn_matrix_product_arguments()
            arguments.images = Int64(count / 6)
            arguments.left = UnsafePointer(memory.floats(factors[0]))
            arguments.right = UnsafePointer(memory.floats(factors[1]))
            arguments.product = memory.floats(product)
            launches.forward.append(Launch(kernels.pointee.matrix_product, arguments, count: tasks))
            guard let dProduct else { return }
            arguments.d_product = UnsafePointer(memory.floats(dProduct))
            arguments.d_left = memory.floats(targets[0]?.slot)
            arguments.d_right = memory.floats(targets[1]?.slot)
            launches.backward.append(Launch(kernels.pointee.matrix_product_gradient, arguments, count: tasks))
            for case let target? in targets { launches.appendAddition(kernels, target, memory, count: count) }
        }
    }

    /// θ within bounds.
    mutating func reserveBounds(_ index: Int, _ operation: BoundParametersOperation) -> StageEmitter {
        let stage = stages[index]
        let (raw, theta) = (slot(of: stage.inputs[0]), slot(of: stage.output))
        let dTheta = gradientSlot(of: stage.output)
        let target = dTheta == nil ? nil : gradientTarget(of: stage.inputs[0], stage: index)
        let (identity, reach) = (reserveConstant(operation.identity), reserveConstant(operation.reach))
        let (batch, kernels, tasks) = (batch, kernels, imageTasks)
        return { memory, launches in
            var arguments = stn_bounds_arguments()
            (arguments.images, arguments.parameters) = (Int64(batch), Int64(operation.identity.count))
            (arguments.identity, arguments.reach) = (identity.place(in: memory), reach.place(in: memory))
            arguments.raw = UnsafePointer(memory.floats(raw))
            arguments.theta = memory.floats(theta)
            launches.forward.append(Launch(kernels.pointee.bounds, arguments, count: tasks))
            guard let dTheta, let target else { return }
            arguments.d_theta = UnsafePointer(memory.floats(dTheta))
            arguments.d_raw = memory.floats(target.slot)
            launches.backward.append(Launch(kernels.pointee.bounds_gradient, arguments, count: tasks))
            launches.appendAddition(kernels, target, memory, count: batch * operation.identity.count)
        }
    }
}
