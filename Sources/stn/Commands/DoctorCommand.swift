import ArgumentParser
import Reports
import Training

/// `stn doctor`: what to put into a bug report.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Print what a bug report needs: versions, processor, instruction set, threads, data sets.",
        discussion: """
            EXAMPLE
              stn doctor > doctor.txt
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try DescriptorSink.standardOutput.write(try MachineReport.current(json: json) + "\n")
    }
}
