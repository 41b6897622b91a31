// swift-tools-version: 6.1
// Targets stand in the order data walks through them; a target imports only targets above it.
import PackageDescription

let package = Package(
    name: "spatial-transformers",
    // `Synchronization` (atomics of the worker pool) needs macOS 15.
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SpatialTransformers", targets: ["SpatialTransformers"]),
        // PNG and JPEG for those who want them beside it; needs libpng and libjpeg-turbo.
        .library(name: "Imaging", targets: ["Imaging"]),
        .executable(name: "stn", targets: ["stn"]),
    ],
    // For the command line only: nothing of them is built for someone who depends on the library.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
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
        .target(name: "Execution", dependencies: ["CKernels", "Tensors", "Warping", "Networks"]),
        // Files that other programs read and write: safetensors, and PyTorch's memory layouts.
        .target(name: "Interchange", dependencies: ["Tensors"]),
        // What people import: the SpatialTransformer layer, ready models, Classifier.
        .target(
            name: "SpatialTransformers", dependencies: ["Tensors", "Warping", "Networks", "Execution", "Interchange"]),
        // Files of other programs in protocol buffers: ONNX, TensorBoard's events.
        .target(
            name: "ModelFormats",
            dependencies: ["SpatialTransformers", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        // libpng, for its simplified interface.
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        // TurboJPEG, the interface of libjpeg-turbo.
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        // PNG and JPEG in and out, picture grids, drawing.
        .target(name: "Imaging", dependencies: ["Tensors", "CPNG", "CTurboJPEG"]),
        // libarchive: unpacks downloaded archives.
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        // zlib: reads gzipped files and checks their checksum, which libarchive does not.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        // Labelled images in memory, and where they come from.
        .target(
            name: "Datasets",
            dependencies: [
                "Tensors", "Warping", "Imaging", "CArchive", "CZlib",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]),
        // The loop, optimizer settings, schedules, metrics, checkpoints, run folders.
        .target(
            name: "Training",
            dependencies: [
                "SpatialTransformers", "ModelFormats", "Datasets", "Yams",
                .product(name: "Logging", package: "swift-log"), .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Pictures of what a transformer does, what files hold, and what a bug report needs.
        .target(
            name: "Reports", dependencies: ["SpatialTransformers", "ModelFormats", "Imaging", "Datasets", "Training"]),
        // How fast training, inference and the sampler are on this machine.
        .target(name: "Benchmarking", dependencies: ["CKernels", "SpatialTransformers"]),
        // The command line: one file a command, no logic of its own.
        .executableTarget(
            name: "stn",
            dependencies: [
                "SpatialTransformers", "ModelFormats", "Datasets", "Training", "Reports", "Benchmarking",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(
            name: "TestSupport", dependencies: ["Tensors", "Interchange", "CTurboJPEG"], path: "Tests/TestSupport"),
        // What must hold of every reader whatever it is given; Fuzzing searches with it.
        .target(
            name: "ReaderChecks",
            dependencies: [
                "Tensors", "Interchange", "ModelFormats", "Imaging", "CZlib", "Datasets", "Training", "Reports",
                .product(name: "Crypto", package: "swift-crypto"),
            ], path: "Tests/ReaderChecks"),
        .testTarget(
            name: "ReaderTests", dependencies: ["ReaderChecks", "Tensors"], exclude: ["Corpus"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(name: "WarpingTests", dependencies: ["Tensors", "Warping", "TestSupport"]),
        .testTarget(
            name: "NetworksTests",
            dependencies: ["Tensors", "Warping", "Networks", "Execution", "SpatialTransformers", "TestSupport"]),
        .testTarget(
            name: "ExecutionTests",
            dependencies: ["CKernels", "Warping", "Execution", "SpatialTransformers", "TestSupport"]),
        .testTarget(name: "SpatialTransformersTests", dependencies: ["SpatialTransformers", "TestSupport"]),
        .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "TestSupport"]),
        .testTarget(
            name: "ModelFormatsTests",
            dependencies: ["ModelFormats", "TestSupport", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging", "Tensors", "TestSupport"]),
        .testTarget(
            name: "DatasetsTests",
            dependencies: [
                "Datasets", "Imaging", "Tensors", "Warping", "TestSupport", "CArchive", "CZlib",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Execution", "Interchange", "SpatialTransformers", "ModelFormats", "Training", "Datasets",
                "Imaging", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .testTarget(
            name: "ReportsTests",
            dependencies: [
                "Reports", "ModelFormats", "Datasets", "Imaging", "SpatialTransformers", "Training", "TestSupport",
            ]),
        .testTarget(
            name: "stnTests",
            dependencies: [
                "stn", "Datasets", "Imaging", "Interchange", "SpatialTransformers", "Training", "TestSupport",
            ]),
        .testTarget(name: "PackageTests", dependencies: ["Imaging", "SpatialTransformers"]),
    ]
)

// What makes the documentation (make docs) is asked for with it alone: nobody who builds or uses the package fetches it.
if Context.environment["STN_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
