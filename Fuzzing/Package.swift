// swift-tools-version: 6.1
// A search for files that readers do not stand: libFuzzer around the checks of Tests/ReaderChecks. A package of its own, as its
// parts are compiled once more, with sanitizers (scripts/fuzz.py says how); nobody who builds the other one fetches or sees it.
// The folders in Sources are links to those of the other package: what is `package` there is so here. Its targets stand here
// again, as a manifest sees no other and `package` ends at a package's edge; what is missing here does not compile.
import PackageDescription

let package = Package(
    name: "fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "CKernels"),
        .target(name: "Tensors", dependencies: ["CKernels"]),
        .target(name: "Warping", dependencies: ["Tensors"]),
        .target(name: "Networks", dependencies: ["Tensors", "Warping"]),
        .target(name: "Execution", dependencies: ["CKernels", "Tensors", "Warping", "Networks"]),
        .target(name: "Interchange", dependencies: ["Tensors"]),
        .target(
            name: "SpatialTransformers", dependencies: ["Tensors", "Warping", "Networks", "Execution", "Interchange"]),
        .target(
            name: "ModelFormats",
            dependencies: ["SpatialTransformers", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),
        .target(name: "Imaging", dependencies: ["Tensors", "CPNG", "CTurboJPEG"]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(
            name: "Datasets",
            dependencies: [
                "Tensors", "Warping", "Imaging", "CArchive", "CZlib",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Training",
            dependencies: [
                "SpatialTransformers", "ModelFormats", "Datasets", "Yams",
                .product(name: "Logging", package: "swift-log"), .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "Reports", dependencies: ["SpatialTransformers", "ModelFormats", "Imaging", "Datasets", "Training"]),
        .target(
            name: "ReaderChecks",
            dependencies: [
                "Tensors", "Interchange", "ModelFormats", "Imaging", "CZlib", "Datasets", "Training", "Reports",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // What libFuzzer lends its mutators, and its own entry.
        .systemLibrary(name: "CLibFuzzer"),
        .executableTarget(name: "Fuzz", dependencies: ["ReaderChecks", "CLibFuzzer", "Tensors", "Interchange"]),
    ]
)
