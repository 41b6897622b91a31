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
                        #expect(error?.category == .cannotCreate && error?.description.contains(systemReason(EIO)) == true)
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

        @Test("a system that does not say its name is unknown")
        func nameless() throws {
            let unnamed = withFailing(.uname, EFAULT) { RunEnvironment.current(instructionSet: "scalar", threads: 1) }
            #expect(unnamed.hasFailed && unnamed.result.system == "unknown")
        }
    }
#endif
