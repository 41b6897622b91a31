import Tensors
import Training

/// A warp of pictures that cannot be had.
public enum WarpError: UserFacingError, Hashable {
    /// An option with a value that it does not take.
    case unsuitableValue(option: String, value: String, needs: String)
    /// Options that do not go together, or of which one is missing.
    case contradiction(String)
    /// No family has this name.
    case unknownFamily(String, known: [String])
    /// A family that has no such θ.
    case wrongCount(family: String, given: Int, needs: String)
    /// A family without inverses.
    case hasNoInverse(family: String)
    /// A θ that cannot be undone.
    case cannotBeUndone(family: String)
    /// A shift that takes the middle of the picture behind the horizon.
    case behindHorizon
    /// An output that is one of the inputs.
    case wouldReplaceInput(path: String)
    /// Two inputs that would be written to one file.
    case sharedOutput(path: String)
    /// Slices of a volume that differ in size.
    case unequalSlices(path: String, width: Int, height: Int, first: String)
    /// A volume that is too large.
    case tooManySamples(limit: Int)
    /// A folder for the outputs that is not there and cannot be made.
    case cannotCreateFolder(path: String, reason: String)

    /// Wrong usage, but for what the files or the disk are to blame for.
    public var category: ErrorCategory {
        switch self {
        case .cannotCreateFolder: .cannotCreate
        case .unequalSlices, .tooManySamples: .badData
        default: .usage
        }
    }

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .unsuitableValue(let option, let value, let needs): "\(option) takes \(needs), not '\(oneLine(value))'"
        case .contradiction(let text): text
        case .unknownFamily(let name, let known):
            "there is no transformation '\(oneLine(name))'; "
                + (Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "stn warp --list names them")
        case .wrongCount(let family, let given, let needs): "--theta has \(given) numbers, but \(family) takes \(needs)"
        case .hasNoInverse(let family):
            "\(family) has no inverse in its family; drop --inverse, or bend with --flow, which has"
        case .cannotBeUndone(let family): "this θ of \(family) cannot be undone; drop --inverse or change θ"
        case .behindHorizon:
            "--perspective and --shift together take the middle of the picture behind the horizon; make one smaller"
        case .wouldReplaceInput(let path): "\(oneLine(path)): is an input, which is never replaced; name another output"
        case .sharedOutput(let path): "\(oneLine(path)): two pictures would be written there; take them one by one"
        case .unequalSlices(let path, let width, let height, let first):
            "\(oneLine(path)): is \(width)×\(height), but the first slice is \(first); slices of a volume are of one size"
        case .tooManySamples(let limit): "the volume has more than \(limit) samples; take fewer or smaller slices"
        case .cannotCreateFolder(let path, let reason):
            "\(oneLine(path)): the folder cannot be created (\(reason)); choose another place"
        }
    }
}

/// Numbers as they are written on a command line, separated by commas.
enum WarpNumbers {
    /// The finite numbers in `text`, whose magnitude is at most `limit`.
    ///
    /// - Throws: ``WarpError/unsuitableValue(option:value:needs:)`` for anything else, or another count.
    static func parse(
        _ text: String, of option: String, counts: ClosedRange<Int>, limit: Double = 1000, needs: String
    ) throws(WarpError) -> [Double] {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = words.compactMap { Double($0.filter { $0 != " " }) }.filter { abs($0) <= limit }
        guard numbers.count == words.count, counts.contains(numbers.count) else {
            throw .unsuitableValue(option: option, value: text, needs: needs)
        }
        return numbers
    }
}
