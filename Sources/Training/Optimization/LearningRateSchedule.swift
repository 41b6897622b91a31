import Foundation

/// How the learning rate goes over a run; evaluated at each step.
public enum LearningRateSchedule: Sendable, Equatable {
    /// The base learning rate throughout. The default, as in PyTorch's spatial transformer tutorial.
    case constant
    /// Multiplied by `gamma` after each `size` epochs (`torch.optim.lr_scheduler.StepLR`, stepped once an epoch).
    case step(size: Int, gamma: Double)
    /// Half a cosine from the base learning rate to 0 at the end of the run (`CosineAnnealingLR`, stepped once a batch).
    case cosine
    /// Up to the base learning rate, then down to almost nothing (`OneCycleLR`, stepped once a batch).
    ///
    /// Starts at a 25th of the base, peaks after 30% of the steps, ends at a 10⁴th of the start: PyTorch's defaults.
    /// Only the learning rate is cycled; momentum stays as it is, unlike `OneCycleLR(cycle_momentum=True)`.
    case oneCycle

    /// The learning rate of one step.
    ///
    /// - Parameters:
    ///   - base: the optimizer's learning rate.
    ///   - step: counts steps from 0 over the run.
    ///   - stepsPerEpoch: batches an epoch, at least 1.
    ///   - totalSteps: batches in the run, at least 1.
    /// - Returns: the learning rate for the update of that step.
    public func learningRate(base: Double, step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Double {
        switch self {
        case .constant:
            return base
        case .step(let size, let gamma):
            return base * pow(gamma, Double(step / stepsPerEpoch / size))
        case .cosine:
            return base * (1 + cos(.pi * Double(step) / Double(totalSteps))) / 2
        case .oneCycle:
            return Self.oneCycle(peak: base, step: step, totalSteps: totalSteps)
        }
    }

    private static func oneCycle(peak: Double, step: Int, totalSteps: Int) -> Double {
        let initial = peak / 25
        let final = initial / 1e4
        let position = Double(step)
        let peakPosition = 0.3 * Double(totalSteps) - 1
        let end = Double(totalSteps - 1)
        // With three steps or fewer the peak lies before the first step and PyTorch begins on the way down.
        if position <= peakPosition, peakPosition > 0 {
            return anneal(from: initial, to: peak, fraction: position / peakPosition)
        }
        return anneal(from: peak, to: final, fraction: (position - peakPosition) / (end - peakPosition))
    }

    private static func anneal(from start: Double, to end: Double, fraction: Double) -> Double {
        end + (start - end) / 2 * (cos(.pi * fraction) + 1)
    }
}
