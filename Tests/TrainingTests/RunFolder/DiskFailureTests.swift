#if os(Linux)
    import Foundation
    import Interchange
    import Tensors
    import TestSupport
    import Testing
    import Training

    @Suite("Run folders on a disk that fails")
    struct DiskFailureTests {
        private func create(_ destination: RunDestination) throws -> RunFolder {
            try RunFolder.create(at: destination, configuration: Fakes.configuration(), environment: Fakes.environment)
        }

        @Test("a run whose folder cannot be made, locked or filled says so, and nothing of it is left")
        func creating() throws {
            try withTemporaryFolder { folder throws in
                let destinations = [
                    RunDestination.named(path: "\(folder)/run", overwrite: false),
                    .numbered(runsDirectory: folder, stem: "run"),
                ]
                for destination in destinations {
                    // The folder, and the two in it.
                    for number in 1...3 {
                        let error = #expect(throws: RunFolderError.self, "mkdir \(number)") {
                            try withFailing(.mkdir, ENOSPC, number: number) { try create(destination) }
                        }
                        #expect(error?.category == .cannotCreate)
                        #expect(error?.description.contains(systemReason(ENOSPC)) == true)
                    }
                    for call in [SystemCall.access, .flock] {
                        let error = #expect(throws: RunFolderError.self, "\(call)") {
                            try withFailing(call, EIO) { try create(destination) }
                        }
                        #expect(error?.category == .cannotCreate)
                        #expect(error?.description.contains(systemReason(EIO)) == true)
                    }
                    for call in [SystemCall.write, .fsync, .rename] {
                        let error = #expect(throws: FileError.self, "\(call)") {
                            try withFailing(call, EIO) { try create(destination) }
                        }
                        #expect(error?.description.contains(systemReason(EIO)) == true)
                    }
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
                }
            }
        }

        @Test("a run that another process holds is told apart from a lock that the system refuses")
        func locking() throws {
            try withTemporaryFolder { folder throws in
                let path = "\(folder)/run"
                _ = try create(.named(path: path, overwrite: false))
                #expect(throws: RunFolderError.inUse(path: path)) {
                    try withFailing(.flock, EWOULDBLOCK) { try RunFolder.holding(path) }
                }
                #expect(throws: RunFolderError.cannotCreate(path: "\(path)/.lock", reason: systemReason(ENOLCK))) {
                    try withFailing(.flock, ENOLCK) { try RunFolder.holding(path) }
                }
            }
        }

        @Test("folders that another process made in the meantime are used, and a number that it took is left to it")
        func overtaken() throws {
            try withTemporaryFolder { folder throws in
                let taken = try withFailing(.mkdir, EEXIST) {
                    try create(.numbered(runsDirectory: folder, stem: "run"))
                }
                #expect(taken.hasFailed && taken.result.path == "\(folder)/run-002")
                let path = "\(folder)/named"
                _ = try create(.named(path: path, overwrite: false))
                #expect(
                    try withFailing(.mkdir, EEXIST, number: 2) {
                        try create(.named(path: path, overwrite: true))
                    }.hasFailed)
            }
        }

        @Test("an earlier run that may not be removed is not replaced")
        func protected() throws {
            try withTemporaryFolder { folder throws in
                let path = "\(folder)/run"
                _ = try create(.named(path: path, overwrite: false))
                let figure = "\(path)/figures/epoch-001.png"
                try Data([1]).write(to: URL(fileURLWithPath: figure))
                // All may write the run's files, nobody may remove the figure.
                for name in ["", "/.lock"] { #expect(chmod(path + name, 0o777) == 0) }
                #expect(chmod("\(path)/figures", 0o555) == 0)
                defer { chmod("\(path)/figures", 0o777) }
                let refused = RunFolderError.cannotCreate(path: "\(path)/figures", reason: systemReason(EACCES))
                #expect(throws: refused) {
                    try withoutRights { try create(.named(path: path, overwrite: true)) }
                }
                #expect(FileManager.default.fileExists(atPath: figure))
            }
        }

        @Test("what a run wrote and the disk does not give back is told apart from what is wrong in it")
        func reading() throws {
            try withTemporaryFolder { folder throws in
                let path = "\(folder)/metrics.jsonl"
                try Data("{}\n".utf8).write(to: URL(fileURLWithPath: path))
                let unreadable = RunFolderError.damaged(path: path, line: nil, reason: systemReason(EIO))
                for call in [SystemCall.fstat, .read] {
                    #expect(throws: unreadable, "\(call)") {
                        try withFailing(call, EIO) { try RunFiles.lines(path, as: EpochMetrics.self) }
                    }
                }
                #expect(throws: ConfigurationError.unreadable(path: path, reason: systemReason(EIO))) {
                    try withFailing(.read, EIO) { try ConfigurationFile.read(path) }
                }
            }
        }

        @Test("a system that does not say its name is unknown")
        func nameless() throws {
            let unnamed = withFailing(.uname, EFAULT) { RunEnvironment.current(instructionSet: "scalar", threads: 1) }
            #expect(unnamed.hasFailed && unnamed.result.system == "unknown")
            #expect(RunEnvironment.processorName(in: "/nowhere") == "unknown")
            try withTemporaryFolder { folder throws in
                let path = "\(folder)/cpuinfo"
                for (text, name) in [("bogomips : 1\nModel\t: A B\n", "A B"), ("bogomips : 1\n", "unknown")] {
                    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
                    #expect(RunEnvironment.processorName(in: path) == name)
                }
                let run = try create(.named(path: "\(folder)/run", overwrite: false))
                let recorded = try withFailing(.gethostname, EFAULT) {
                    try TensorBoardWriter(folder: run, configuration: Fakes.configuration()) { 1 }
                }
                #expect(recorded.hasFailed)
                let names = try FileManager.default.contentsOfDirectory(atPath: run.path)
                #expect(names.contains { $0.hasPrefix("events.out.tfevents.0000000001.localhost.") })
            }
        }
    }
#endif
