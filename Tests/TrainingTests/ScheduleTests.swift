import TestSupport
import Testing
import Training

@Suite("Learning-rate schedules")
struct ScheduleTests {
    private func rates(
        _ schedule: LearningRateSchedule, base: Double, steps: [Int], of total: Int, epoch: Int
    )
        -> [Double]
    {
        steps.map { schedule.learningRate(base: base, step: $0, stepsPerEpoch: epoch, totalSteps: total) }
    }

    @Test("constant is the base at every step")
    func constant() {
        #expect(rates(.constant, base: 0.01, steps: [0, 5, 99], of: 100, epoch: 10) == [0.01, 0.01, 0.01])
    }

    @Test("step drops by gamma after each `size` epochs, in the first batch of an epoch")
    func step() {
        expectClose(
            rates(.step(size: 2, gamma: 0.1), base: 0.5, steps: [0, 19, 20, 39, 40], of: 60, epoch: 10),
            [0.5, 0.5, 0.05, 0.05, 0.005], relative: 1e-12)
    }

    @Test("cosine goes from the base through half of it towards 0")
    func cosine() {
        // (1 + cos 45°)/2, (1 + cos 90°)/2, (1 + cos 171°)/2
        expectClose(
            rates(.cosine, base: 0.2, steps: [0, 5, 10, 19], of: 20, epoch: 4),
            [0.2, 0.170_710_678_118_654_76, 0.1, 0.001_231_165_940_486_234], relative: 1e-12)
    }

    @Test("one-cycle equals OneCycleLR with a peak of 1 over 10 steps")
    func oneCycle() {
        // From the formula in torch.optim.lr_scheduler.OneCycleLR: the peak stands at 0.3·10 − 1 = 2, the end at 9.
        expectClose(
            rates(.oneCycle, base: 1, steps: Array(0..<10), of: 10, epoch: 10),
            [
                0.04, 0.52, 1, 0.950_484_632_010_3, 0.811_745_653_949_6, 0.611_261_644_480_9,
                0.388_742_355_519_1,
                0.188_258_346_050_4, 0.049_519_367_989_7, 4e-06,
            ], relative: 1e-6)
    }

    /// The file's other cases have settings that these schedules fix.
    @Test("the rates of a whole run are PyTorch's", arguments: ["step", "cosine", "one_cycle"])
    func golden(_ name: String) throws {
        let golden = try Golden("schedules")
        let expected = try golden.doubles(name, "learningRates").values
        let schedule: LearningRateSchedule
        switch name {
        case "step":
            schedule = .step(
                size: Int(try #require(golden.number(name, "stepSize"))),
                gamma: try #require(golden.number(name, "gamma")))
        case "cosine": schedule = .cosine
        default: schedule = .oneCycle
        }
        // PyTorch's StepLR was stepped once a batch: an epoch of one batch.
        let total = Int(golden.number(name, "period") ?? golden.number(name, "totalSteps") ?? 12)
        let base = try #require(golden.number(name, "base"))
        expectClose(
            rates(schedule, base: base, steps: Array(expected.indices), of: total, epoch: 1), expected,
            relative: 1e-12, absolute: 1e-17)
    }

    @Test("one-cycle stays finite and positive for runs of very few steps", arguments: 1...8)
    func oneCycleShort(total: Int) {
        for step in 0..<total {
            let rate = LearningRateSchedule.oneCycle.learningRate(
                base: 1, step: step, stepsPerEpoch: 1, totalSteps: total)
            #expect(rate > 0 && rate <= 1)
        }
    }
}
