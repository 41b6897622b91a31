import Foundation
import Testing

// Only Linux holds a process to `ulimit -v`.
#if os(Linux)
    /// `stn train` where the system gives it less memory than it needs.
    @Suite("stn: scarce memory") struct ScarceMemoryTests {
        /// The libraries alone take half of the first; the last is enough for all.
        static let limits = Array(stride(from: 160, through: 576, by: 32))

        private static let train = "\"$STN\" train pets --epochs 2 --output run --quiet"

        /// Trains with `options` under `limit` MiB; what happened, and whether the folder it leaves, if any, can be gone on with.
        private func outcome(
            _ options: String, limit: Int, in folder: String
        ) throws -> (exitCode: Int32, error: String, goesOn: Bool) {
            let limited = try Program.shell(
                "cd '\(folder)'; ulimit -c 0; ulimit -v \(limit * 1024); timeout 60 \(Self.train) \(options)")
            guard FileManager.default.fileExists(atPath: "\(folder)/run/config.yaml") else {
                return (limited.exitCode, limited.error, true)
            }
            let next = try Program.shell("cd '\(folder)'; \"$STN\" train --resume run --quiet --epochs 2")
            return (limited.exitCode, limited.error, next.exitCode == 0)
        }

        @Test(
            "a run is finished, or refused in one line that says how much memory for what; either way its folder loads",
            arguments: [
                "--image-size 64 --batch-size 8", "--image-size 32 --batch-size 4 --optimizer adam",
                "--image-size 20 --batch-size 4 --threads 8",
            ])
        func limited(options: String) throws {
            var codes: [Int32] = []
            for limit in Self.limits {
                try withPets { folder in
                    let outcome = try outcome(options, limit: limit, in: folder)
                    codes.append(outcome.exitCode)
                    #expect(outcome.exitCode == 0 || outcome.exitCode == 70, "\(limit) MiB: \(outcome)")
                    #expect(outcome.goesOn, "\(limit) MiB")
                    if outcome.exitCode == 70 {
                        let lines = outcome.error.split(separator: "\n").filter { !$0.hasPrefix("classes ") }
                        #expect(lines.count == 1 && lines[0].hasPrefix("error: not enough memory for "), "\(lines)")
                    }
                }
            }
            #expect(codes.last == 0, "the largest limit is enough: \(codes)")
            // Whoever has more memory gets no further than whoever has less only by mistake.
            #expect(codes == codes.sorted(by: >), "\(codes)")
        }

        @Test("a batch that is too large is refused before there is a folder, and names what to lower")
        func largeBatch() throws {
            try withPets { folder in
                let refused = try Program.shell(
                    "cd '\(folder)'; ulimit -c 0; ulimit -v 400000; \(Self.train) --image-size 256 --batch-size 8")
                #expect(refused.exitCode == 70)
                #expect(
                    refused.error.contains("not enough memory for ") && refused.error.contains(" MiB; take "))
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/run"))
            }
        }

        @Test("images that are too many or too large for the memory are refused before one is read, with the cure")
        func largeImages() throws {
            try withPets { folder in
                let refused = try Program.shell(
                    "cd '\(folder)'; for i in $(seq 100); do cp pets/cat/0.png pets/cat/copy-$i.png; done; "
                        + "ulimit -c 0; ulimit -v 300000; \(Self.train) --image-size 1024 --batch-size 1")
                #expect(refused.exitCode == 70)
                #expect(refused.error.hasPrefix("error: not enough memory for the images of "), "\(refused.error)")
                #expect(refused.error.hasSuffix("; take smaller ones (--image-size) or fewer\n"), "\(refused.error)")
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/run"))
            }
        }
    }
#endif
