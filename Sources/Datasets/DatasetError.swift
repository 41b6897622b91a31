import Tensors

/// What can be wrong with a data set on disk.
public enum DatasetError: UserFacingError, Equatable {
    /// Nothing by that name is known.
    case unknownName(String, known: [String])
    /// None of the folders holds the data set; `option` is the folder as the user named it, for the cure.
    case missing(name: String, lookedIn: [String], option: String? = nil)
    /// The folder that the user named, now or when a run was recorded, is not there.
    case noFolder(name: String, option: String)
    /// The folder holds the data set, but not this file of it.
    case missingFile(name: String, file: String, option: String? = nil)
    /// Only the archive of pickled Python objects is there.
    case pythonVariant(path: String, option: String? = nil)
    /// Not one of the data sets that are known is in the folder.
    case noneThere(folder: String, option: String?)
    /// Some of a data set's files are missing or damaged, as a check of all of them found.
    case incomplete(name: String, folder: String, missing: Int, damaged: Int, option: String?)
    /// A file of the wrong length.
    case wrongSize(file: String, expected: Int, actual: Int)
    /// A label that is no class; `record` counts from 0.
    case badLabel(file: String, record: Int, label: Int, classCount: Int)
    /// A file that does not start as an IDX file of the right kind does.
    case badMagic(file: String, expected: UInt32, actual: UInt32)
    /// Anything else wrong inside a file.
    case malformed(file: String, reason: String)
    /// As many labels as images are needed.
    case countMismatch(images: String, imageCount: Int, labels: String, labelCount: Int)
    /// A file that is there but cannot be read.
    case unreadable(file: String, reason: String)

    /// What kind of trouble it is.
    public var category: ErrorCategory {
        switch self {
        case .unknownName: .usage
        case .missing, .noFolder, .missingFile, .pythonVariant, .noneThere: .missingInput
        case .incomplete(_, _, _, let damaged, _): damaged > 0 ? .badData : .missingInput
        case .wrongSize, .badLabel, .badMagic, .malformed, .countMismatch: .badData
        case .unreadable: .inputOutput
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .unknownName(let name, let known):
            return "no data set is called '\(name)'; known are \(known.joined(separator: ", "))"
        case .missing(let name, let folders, let option):
            return "\(name) is not in \(folders.joined(separator: ", ")); get it with: \(fetch(name, option))"
        case .noFolder(let name, let option):
            return "there is no folder \(option) to read \(name) from; name the one that holds it with --data-dir,"
                + " or get it with: \(fetch(name, option))"
        case .missingFile(let name, let file, let option):
            return "\(file) is missing; complete the data set with: \(fetch(name, option))"
        case .pythonVariant(let path, let option):
            return
                "\(path) is the Python variant of CIFAR-10, which holds pickled objects; the binary archive is"
                + " needed: \(fetch("cifar10", option))"
        case .noneThere(let folder, let option):
            return "no data set is in \(folder); get one with: \(fetch("cifar10", option))"
        case .incomplete(let name, let folder, let missing, let damaged, let option):
            let parts = [(missing, "missing"), (damaged, "damaged")].filter { $0.0 > 0 }.map { "\($0) \($1)" }
            return "\(name) in \(folder) has files that are not usable (\(parts.joined(separator: ", ")));"
                + " put that right with: \(fetch(name, option))"
        case .wrongSize(let file, let expected, let actual):
            return "\(file) has \(actual) bytes, not \(expected); remove it and fetch the data set again"
        case .badLabel(let file, let record, let label, let classCount):
            return "\(file): record \(record) has label \(label), but classes are 0 to \(classCount - 1);"
                + " remove the file and fetch the data set again"
        case .badMagic(let file, let expected, let actual):
            return
                "\(file) starts with \(hexadecimal(actual)), not \(hexadecimal(expected)) as an IDX file of its"
                + " kind does; remove it and fetch the data set again"
        case .malformed(let file, let reason):
            return "\(file): \(reason); remove it and fetch the data set again"
        case .countMismatch(let images, let imageCount, let labels, let labelCount):
            return "\(images) holds \(imageCount) images but \(labels) holds \(labelCount) labels;"
                + " both must come from the same data set"
        case .unreadable(let file, let reason):
            return "\(file) cannot be read: \(reason); put that right, or remove it and fetch the data set again"
        }
    }

    /// The same error with the folder that the user named in its cure.
    package func naming(option: String?) -> DatasetError {
        switch self {
        case .missing(let name, let folders, _): .missing(name: name, lookedIn: folders, option: option)
        case .missingFile(let name, let file, _): .missingFile(name: name, file: file, option: option)
        case .pythonVariant(let path, _): .pythonVariant(path: path, option: option)
        default: self
        }
    }

    private func fetch(_ name: String, _ option: String?) -> String {
        DataFolder.fetchCommand(name, option: option)
    }

    private func hexadecimal(_ word: UInt32) -> String {
        let digits = String(word, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
