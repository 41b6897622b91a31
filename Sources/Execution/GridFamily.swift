import Tensors
import Warping

/// The families of transformations whose grids have kernels.
package enum GridFamily {
    /// Affine maps by six numbers, homographies by eight.
    case homography(parameterCount: Int)
    /// Splines, whose displacements are a matrix times θ.
    case spline(ThinPlateSpline)
    /// Displacements on a lattice.
    case lattice(DisplacementField)
    /// Flows of piecewise-affine velocities.
    case flow(ContinuousPiecewiseAffine)

    /// The kernels of a transformation; nil where its reference must do.
    ///
    /// Families that are a matrix in disguise, and bounds on θ, are stages of their own: `TransformationMatrixOperation` and
    /// `BoundParametersOperation`.
    package init?(_ transformation: any Transformation) {
        switch transformation {
        case is AffineTransform, is Projective: self = .homography(parameterCount: transformation.parameterCount)
        case let spline as ThinPlateSpline: self = .spline(spline)
        case let field as DisplacementField: self = .lattice(field)
        case let flow as ContinuousPiecewiseAffine: self = .flow(flow)
        default: return nil
        }
    }
}
