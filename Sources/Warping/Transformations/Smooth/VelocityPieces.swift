import Tensors

extension ContinuousPiecewiseAffine {
    /// The matrix that makes affine velocities on triangles of θ, for x and y alike; what kernels integrate.
    ///
    /// Triangles come cell by cell, row by row, in a cell the one to the right of its centre, to the left, below and above; for
    /// each what its velocity gains by x, by y, and its value at 0.
    ///
    /// - Shapes: [3 · triangles, P/2].
    package var pieces: Tensor<Double> {
        let functions = parameterCount / 2
        // One θ for each function of the basis, with that alone along x.
        var theta = Tensor<Double>.zeros([functions, parameterCount])
        for function in 0..<functions { theta.values[function * parameterCount + 2 * function] = 1 }
        let (velocities, triangles) = (velocities(theta: theta), tessellation.triangles)
        var pieces = Tensor<Double>.zeros([3 * triangles.count, functions])
        for (triangle, hats) in triangles.enumerated() {
            for hat in hats {
                for (row, coefficient) in hat.coefficients.enumerated() {
                    for function in 0..<functions {
                        pieces.values[(3 * triangle + row) * functions + function] +=
                            coefficient * velocities.values[(function * tessellation.vertexCount + hat.vertex) * 2]
                    }
                }
            }
        }
        return pieces
    }
}
