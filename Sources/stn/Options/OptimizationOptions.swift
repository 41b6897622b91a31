import ArgumentParser
import Training

/// How the weights are learnt.
///
/// Values are texts here: they are read together with those of a configuration file, so that
/// both obey the same limits and say the same when one is wrong. Parsing is unconditional so that `--seed -1` is told
/// what a seed is, not that its value is missing.
struct OptimizationOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Passes over the training images. Default: 50.", valueName: "count"))
    var epochs: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Images a step. Default: 64.", valueName: "count"))
    var batchSize: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The update rule: sgd, adam or adamw, as in torch.optim. Default: sgd.", valueName: "rule"),
        completion: .list(["sgd", "adam", "adamw"]))
    var optimizer: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The learning rate, which the schedule scales. Default: 0.01 for sgd, 0.001 for adam and adamw.",
            valueName: "number"))
    var learningRate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Multiplies the learning rate of the localization network; 0.1 keeps a transformer from running away before "
                + "the classifier can guide it. Default: 1.", valueName: "number"))
    var localizationRate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "sgd: the share of the last step that is kept; 0.9 is usual. Default: 0.", valueName: "number"))
    var momentum: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Weight decay: L2 for sgd and adam, decoupled for adamw. Default: 0, for adamw 0.01.",
            valueName: "number"))
    var weightDecay: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How the learning rate goes over the run: constant, step, cosine (to 0) or one-cycle (up over 30% of the "
                + "steps, then down). Default: constant.", valueName: "kind"),
        completion: .list(["constant", "step", "cosine", "one-cycle"]))
    var schedule: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("schedule step: epochs between two drops.", valueName: "epochs"))
    var stepSize: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("schedule step: the factor of a drop. Default: 0.1.", valueName: "number"))
    var gamma: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The share of each label that is spread over all classes, so that the network grows less sure. Default: 0.",
            valueName: "number"))
    var labelSmoothing: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "When a step comes to NaN, infinity or numbers beyond use: stop with the reason, skip the batch (100 in a row or a "
                + "whole epoch stop), or rollback to the last checkpoint with a tenth of the learning rate, 3 times at most. "
                + "Weights never take part. Default: stop.", valueName: "response"),
        completion: .list(["stop", "skip", "rollback"]))
    var onNonfinite: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "float32, or mixed: linear layers and gradients of wide convolutions multiply bfloat16, which is faster where the "
                + "processor has instructions for it. Default: float32.", valueName: "kind"),
        completion: .list(["float32", "mixed"]))
    var precision: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Decides initial weights, the order of images and dropout: the same seed gives the same numbers. Default: 0.",
            valueName: "number"))
    var seed: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Threads to use; results do not depend on it. Default: one for each core.", valueName: "count"))
    var threads: String?

    func record(in values: inout SettingValues) {
        values.set(.epochs, epochs)
        values.set(.batchSize, batchSize)
        values.set(.optimizer, optimizer)
        values.set(.learningRate, learningRate)
        values.set(.localizationRate, localizationRate)
        values.set(.momentum, momentum)
        values.set(.weightDecay, weightDecay)
        values.set(.schedule, schedule)
        values.set(.stepSize, stepSize)
        values.set(.gamma, gamma)
        values.set(.labelSmoothing, labelSmoothing)
        values.set(.onNonfinite, onNonfinite)
        values.set(.precision, precision)
        values.set(.seed, seed)
        values.set(.threads, threads)
    }
}
