// swift-tools-version: 6.1
// Targets stand in the order data walks through them; a target imports only targets above it.
import PackageDescription

let package = Package(
    name: "spatial-transformers",
    // `Synchronization` (atomics of the worker pool) needs macOS 15.
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SpatialTransformers", targets: ["SpatialTransformers"])
    ],
    targets: [
        // SIMD kernels in C, chosen at run time; the only place with intrinsics.
        .target(name: "CKernels"),
        // Shapes, values, seeded random numbers, parallel loops, errors.
        .target(name: "Tensors", dependencies: ["CKernels"]),
        // Coordinates and pixels: transforms, samplers and their gradients; useful with no network at all.
        .target(name: "Warping", dependencies: ["Tensors"]),
        // Layers as plain values, lowered to a graph of operations, each with its gradient and plain reference.
        .target(name: "Networks", dependencies: ["Tensors", "Warping"]),
        // Graph → plan → numbers: the SIMD backend and the reference backend.
        .target(name: "Execution", dependencies: ["CKernels", "Tensors", "Networks"]),
        // Files that other programs read and write: safetensors, and PyTorch's memory layouts.
        .target(name: "Interchange", dependencies: ["Tensors"]),
        // What people import: the SpatialTransformer layer, ready models, Classifier.
        .target(
            name: "SpatialTransformers", dependencies: ["Tensors", "Warping", "Networks", "Execution", "Interchange"]),
        // Labelled images in memory, and where they come from.
        .target(name: "Datasets", dependencies: ["Tensors"]),

        .target(name: "TestSupport", dependencies: ["Tensors", "Interchange"], path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(
            name: "ExecutionTests", dependencies: ["CKernels", "Execution", "SpatialTransformers", "TestSupport"]),
        .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "TestSupport"]),
    ]
)
