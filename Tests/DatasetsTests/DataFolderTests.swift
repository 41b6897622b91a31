import Datasets
import Foundation
import Testing

@Suite struct DataFolderTests {
    @Test("the command to fetch names the folder as it was given, as one word for a shell")
    func fetchCommand() {
        func command(_ option: String?) -> String {
            DataFolder.resolve(option: option, environment: [:]).fetchCommand("mnist")
        }
        #expect(command(nil) == "stn data fetch mnist")
        #expect(command("../data") == "stn data fetch mnist --data-dir ../data")
        #expect(command("my data's") == #"stn data fetch mnist --data-dir 'my data'\''s'"#)
    }

    @Test("the option comes before the variables, and those before the cache")
    func resolvesInOrder() {
        var environment = ["STN_DATA_DIR": "/var/data", "XDG_CACHE_HOME": "/var/cache", "HOME": "/home/ada"]
        func path(_ option: String?) -> String {
            DataFolder.resolve(option: option, environment: environment).path
        }
        #expect(path("here") == "here")
        #expect(path("") == "/var/data")
        #expect(path(nil) == "/var/data")
        environment["STN_DATA_DIR"] = ""
        #expect(path(nil) == "/var/cache/stn")
        environment["XDG_CACHE_HOME"] = "relative"
        #expect(path(nil) == "/home/ada/.cache/stn")
    }

    @Test("a new cache is tagged, a folder the user named is not")
    func tagsCache() async throws {
        try await withTemporaryFolder { root in
            let cache = DataFolder.resolve(option: nil, environment: ["XDG_CACHE_HOME": root])
            try cache.create()
            let tag = String(decoding: try readBytes(root + "/stn/CACHEDIR.TAG"), as: UTF8.self)
            #expect(tag.hasPrefix("Signature: 8a477f597d28d172789f06886806bc55\n"))
            #expect(filesUnder(root) == ["stn/CACHEDIR.TAG"])

            try DataFolder(path: root + "/mine/data").create()
            #expect(filesUnder(root + "/mine") == [])
            #expect(FileManager.default.fileExists(atPath: root + "/mine/data"))
        }
    }

    @Test("a folder that cannot be created says so")
    func refusesToCreate() async throws {
        try await withTemporaryFolder { root in
            try write([1], to: root + "/file")
            let error = try #require(throws: FetchError.self) {
                try DataFolder(path: root + "/file/data").create()
            }
            #expect(error.category == .cannotCreate)
            #expect(error.description.contains(root + "/file/data"))
        }
    }
}
