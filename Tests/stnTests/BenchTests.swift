import Foundation
import Testing

@Suite("stn bench: what its JSON holds")
struct BenchTests {
    /// The one line of JSON that a command prints.
    private func json(_ arguments: String) throws -> [String: Any] {
        let outcome = try Program.run(arguments.split(separator: " ").map(String.init))
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        #expect(outcome.error.isEmpty)
        #expect(outcome.output.split(separator: "\n").count == 1 && outcome.output.hasSuffix("\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// Positive finite numbers under `keys`.
    private func expectPositive(
        _ object: [String: Any], _ keys: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for key in keys {
            let value = object[key] as? Double
            #expect(value.map { $0 > 0 && $0.isFinite } == true, "\(key)", sourceLocation: sourceLocation)
        }
    }

    @Test("convolution: two shapes, forward and backward, and the peak")
    func convolution() throws {
        let report = try json("bench convolution --json --threads 2")
        expectPositive(report, "peak_gflops")
        #expect(report["threads"] as? Int == 2 && report["precision"] as? String == "float32")
        let rows = try #require(report["convolution"] as? [[String: Any]])
        #expect(rows.compactMap { $0["shape"] as? [Int] } == [[64, 32, 32, 64], [64, 16, 16, 128]])
        for row in rows {
            expectPositive(row, "forward_ms", "backward_ms", "forward_gflops", "backward_gflops")
            #expect(row["kernel"] as? Int == 3)
        }
    }

    @Test("growth: batches and image sizes up to those asked for, and memory that grows with them")
    func growth() throws {
        let report = try json("bench growth --json --threads 2 --largest-batch 5 --largest-image 64")
        let batches = try #require(report["batches"] as? [[String: Any]])
        #expect(batches.compactMap { $0["batch"] as? Int } == [1, 2, 4])
        #expect(batches.allSatisfy { $0["image_size"] as? Int == 32 })
        let sizes = try #require(report["image_sizes"] as? [[String: Any]])
        #expect(sizes.compactMap { $0["image_size"] as? Int } == [32, 64])
        for rows in [batches, sizes] {
            for row in rows {
                expectPositive(row, "step_ms", "ms_per_image", "gflop", "plan_mb", "mb_per_image", "parameters_mb")
            }
            let memory = rows.compactMap { $0["plan_mb"] as? Double }
            #expect(zip(memory, memory.dropFirst()).allSatisfy(<))
        }
        let exponents = try #require(report["exponents"] as? [String: Any])
        let keys = ["time_by_batch", "memory_by_batch", "time_by_flops", "time_by_pixels", "memory_by_pixels"]
        #expect(keys.allSatisfy { (exponents[$0] as? Double)?.isFinite == true })
    }

    @Test("peak: FMAs and three bandwidths, with one thread and with all")
    func peak() throws {
        let report = try json("bench peak --json --threads 2")
        for (key, threads) in [("one_thread", 1), ("all_threads", 2)] {
            let peak = try #require(report[key] as? [String: Any])
            expectPositive(peak, "fma_gflops", "read_gbps", "copy_gbps", "triad_gbps")
            #expect(peak["threads"] as? Int == threads)
        }
    }

    @Test("a profile's kernels belong to phases, whose times add up")
    func profile() throws {
        let training = try json("bench train --profile --json --batch-size 8 --repetitions 3 --threads 2")
        expectPositive(training, "milliseconds", "peak_gflops", "peak_gbps")
        let phases = try #require(training["phases"] as? [String: Double])
        #expect(Set(phases.keys) == ["forward", "loss", "backward", "update"])
        let sum = try #require(training["milliseconds"] as? Double)
        #expect(abs(phases.values.reduce(0, +) - sum) < 1e-6 * sum)
        let rows = try #require(training["rows"] as? [[String: Any]])
        for phase in phases.keys { #expect(rows.contains { $0["phase"] as? String == phase }, "\(phase)") }
        for row in rows {
            let bound = try #require(row["is_memory_bound"] as? Bool)
            let (rate, peak) = bound ? ("gbps", "peak_gbps") : ("gflops", "peak_gflops")
            let (value, best) = (row[rate] as? Double ?? .nan, training[peak] as? Double ?? .nan)
            #expect(abs((row["share_of_peak"] as? Double ?? .nan) - value / best) < 1e-6)
        }
        let inference = try json("bench infer --profile --json --batch-size 8 --repetitions 3 --threads 2")
        #expect((inference["phases"] as? [String: Double]).map { Array($0.keys) } == ["forward"])
    }

    @Test(
        "tables for people have a line for each figure, with its unit",
        arguments: [
            ("convolution --threads 2", ["forward", "gradients", "GFLOP/s", "64×32×32×64"]),
            ("growth --threads 2 --largest-batch 2 --largest-image 32", ["batch", "image", "ms", "MB"]),
            ("peak --threads 2", ["1 thread", "2 threads", "GFLOP/s", "GB/s"]),
            (
                "train --batch-size 8 --repetitions 3 --threads 2",
                ["training step, batch 8", "images/s", "allocations"]
            ),
            ("train --profile --batch-size 8 --repetitions 3 --threads 2", ["forward", "backward", "update", "%"]),
            ("infer --profile --batch-size 8 --repetitions 3 --precision mixed", ["forward", "GB/s"]),
            ("startup --threads 1", ["loss"]),
        ])
    func tables(arguments: String, words: [String]) throws {
        let outcome = try Program.run(["bench"] + arguments.split(separator: " ").map(String.init))
        #expect(outcome.exitCode == 0 && outcome.error.isEmpty, "\(outcome.error)")
        for word in words { #expect(outcome.output.contains(word), "\(word) in:\n\(outcome.output)") }
        #expect(!outcome.output.contains("nan") && !outcome.output.contains("inf ms"))
    }

    @Test("samplers and families of every shape, and how they compare with the affine family")
    func samplers() throws {
        let report = try json("bench sample --json --batch-size 8 --repetitions 3 --threads 2")
        expectPositive(
            report, "train_step_ms", "infer_b1_ms", "infer_b64_ms", "infer_b512_ms", "peak_gflops", "peak_rss_mb")
        let samplers = try #require(report["sampler"] as? [[String: Any]])
        #expect(Set(samplers.compactMap { $0["mode"] as? String }) == ["bilinear", "nearest", "bicubic"])
        #expect(samplers.count == 12)
        for row in samplers { expectPositive(row, "forward_ms", "forward_backward_ms") }
        let families = try #require(report["transformations"] as? [[String: Any]])
        #expect(families.count == 6)
        for row in families {
            expectPositive(row, "forward_ms", "forward_backward_ms", "forward_to_affine", "forward_backward_to_affine")
            #expect(row["transformation"] as? String != "affine" || row["forward_to_affine"] as? Double == 1)
        }
    }

    @Test("startup: the loss of one step with fresh weights is near the logarithm of the number of classes")
    func startup() throws {
        let report = try json("bench startup --json --threads 1")
        let loss = try #require(report["loss"] as? Double)
        #expect(abs(loss - log(10)) < 0.3)
        #expect(report["threads"] as? Int == 1)
    }
}
