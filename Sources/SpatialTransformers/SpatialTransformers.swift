// One import for users: the layers, the tensors and the transforms come along.
@_exported import Execution
@_exported import Interchange
@_exported import Networks
@_exported import Tensors
@_exported import Warping
