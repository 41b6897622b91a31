import Tensors

/// A reader's refusal that is no error of its own.
struct Refusal: UserFacingError {
    let description: String
    let category = ErrorCategory.badData
}
