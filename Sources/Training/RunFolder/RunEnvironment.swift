import Foundation
import SpatialTransformers

/// The version of the program and the library.
public enum ProductVersion {
    /// As it stands in files.
    public static let current = "0.1.0"

    /// Version and build as `stn --version` prints them: compiler, platform, and the kernels that are chosen here.
    ///
    /// No commit: it would have to come from a plugin or the manifest, and either compiles everything anew with each one.
    public static var full: String {
        // A wrong STN_ISA is told here as well as anywhere, and no reason to hide the version.
        let kernels = (try? InstructionSet.best().rawValue) ?? "none, STN_ISA names a set that this processor lacks"
        return "\(current) (Swift \(RunEnvironment.compilerVersion), \(platform), kernels: \(kernels))"
    }

    private static var platform: String {
        #if os(Linux)
            let system = "Linux"
        #else
            let system = "macOS"
        #endif
        #if arch(x86_64)
            return "\(system) x86_64"
        #else
            return "\(system) arm64"
        #endif
    }
}

/// What a run ran on: enough to explain a difference in speed or in the last bit.
public struct RunEnvironment: Codable, Sendable, Equatable {
    /// The program's version.
    public var version: String
    /// The Swift compiler that built it.
    public var swift: String
    /// The processor's own name.
    public var processor: String
    /// The instruction set that kernels were chosen for.
    public var instructionSet: String
    /// Threads that the run used.
    public var threads: Int
    /// The operating system and its release.
    public var system: String
    /// When the run began, ISO 8601 in UTC.
    public var date: String

    enum CodingKeys: String, CodingKey {
        case version, swift, processor
        case instructionSet = "instruction_set"
        case threads, system, date
    }

    /// This machine, now.
    public static func current(instructionSet: String, threads: Int) -> RunEnvironment {
        RunEnvironment(
            version: ProductVersion.current, swift: compilerVersion, processor: processorName(),
            instructionSet: instructionSet, threads: threads, system: systemName(),
            date: Date().formatted(.iso8601))
    }

    /// The environment as JSON, one key a line in alphabetical order.
    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        }
    }

    fileprivate static var compilerVersion: String {
        // The compiler tells its version only as a condition; the list grows by a line a release.
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #else
            "6.1"
        #endif
    }

    #if os(Linux)
        /// The processor's name as the kernel tells it; Linux on ARM may leave it out.
        package static func processorName(in path: String = "/proc/cpuinfo") -> String {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first {
                $0.hasPrefix("model name") || $0.hasPrefix("Model")
            }
            let name = line?.split(separator: ":", maxSplits: 1).last.map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return name ?? "unknown"
        }
    #else
        private static func processorName() -> String {
            var size = 0
            guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 else {
                return "unknown"
            }
            var bytes = [UInt8](repeating: 0, count: size)
            guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else {
                return "unknown"
            }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    #endif

    private static func systemName() -> String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        func text<Characters>(_ characters: Characters) -> String {
            withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    }
}
