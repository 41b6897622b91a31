import ArgumentParser
import Training

/// The root command: holds the others.
struct Stn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stn",
        abstract: "Train spatial transformer networks on the CPU, look at what they do, measure them.",
        discussion: """
            A spatial transformer learns where to look: a small network regresses a transform, the image is resampled by \
            it, and a classifier reads the result. All of it learns from class labels alone.

            EXAMPLES
              stn train glyphs --epochs 5          needs no data
              stn train cifar10                    50 epochs, into runs/cifar10-affine-001
              stn evaluate runs/latest             accuracy of the best checkpoint
              stn predict runs/latest photo.png    what an image shows, and where the transformer looked
              stn visualize runs/latest            what the transformer does to images
              stn report runs/latest               a page about the run
              stn warp photo.png --rotate 30 -o turned.png
              stn export runs/latest --format onnx -o model.onnx

            EXIT CODES
              0    success
              64   wrong usage
              65   bad data
              66   missing input
              69   a download or a part of the program is not available
              70   training diverged, memory does not suffice, or the program's own fault
              73   output cannot be created
              74   a read or write failed
              75   in use by another process
              78   bad configuration file
              130  stopped by Ctrl-C
              141  whoever read the output went away, as in stn train … | head -1
              143  stopped by SIGTERM
            """,
        version: ProductVersion.full,
        subcommands: [
            TrainCommand.self, EvaluateCommand.self, PredictCommand.self, VisualizeCommand.self, ReportCommand.self,
            ExportCommand.self, ImportCommand.self, WarpCommand.self, DataCommand.self, InfoCommand.self,
            BenchCommand.self, DoctorCommand.self,
        ])
}
