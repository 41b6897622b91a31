// swift-tools-version: 6.1
// Targets stand in the order data walks through them; a target imports only targets above it.
import PackageDescription

let package = Package(
    name: "spatial-transformers",
    // `Synchronization` (atomics of the worker pool) needs macOS 15.
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SpatialTransformers", targets: ["SpatialTransformers"]),
        .executable(name: "stn", targets: ["stn"]),
    ],
    // For the command line only: someone who depends on the library fetches and builds none of them.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
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
        // The loop, optimizer settings, schedules, metrics, checkpoints, run folders.
        .target(
            name: "Training",
            dependencies: [
                "Tensors", "Execution", "Datasets", "Yams", .product(name: "Logging", package: "swift-log"),
            ]),
        // How fast training, inference and the sampler are on this machine.
        .target(name: "Benchmarking", dependencies: ["CKernels", "SpatialTransformers"]),
        // The command line: one file a command, no logic of its own.
        .executableTarget(
            name: "stn",
            dependencies: [
                "SpatialTransformers", "Datasets", "Training", "Benchmarking",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(name: "TestSupport", dependencies: ["Tensors", "Interchange"], path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(
            name: "ExecutionTests", dependencies: ["CKernels", "Execution", "SpatialTransformers", "TestSupport"]),
        .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "TestSupport"]),
        .testTarget(name: "TrainingTests", dependencies: ["Execution", "Training", "Datasets", "TestSupport"]),
        .testTarget(name: "stnTests", dependencies: ["stn"]),
    ]
)
