import Tensors

/// Changes of JSON that leave most of it JSON: of words, and of whole values.
enum JSONChange {
    /// `text` with one change.
    static func changed(_ text: [UInt8], using generator: inout RandomStreamGenerator) -> [UInt8] {
        var tokens = tokens(of: text)
        guard !tokens.isEmpty else { return text }
        let (place, other) = (generator.integer(below: tokens.count), generator.integer(below: tokens.count))
        switch generator.integer(below: 8) {
        case 0, 1: tokens[place] = words[generator.integer(below: words.count)][...]
        case 2: tokens.insert(words[generator.integer(below: words.count)][...], at: place)
        case 3: tokens.remove(at: place)
        case 4: tokens.swapAt(place, other)
        case 5: tokens[place] = tokens[other]
        case 6: tokens.removeSubrange(member(at: place, of: tokens))
        default: tokens.insert(contentsOf: Array(tokens[member(at: place, of: tokens)]), at: other)
        }
        var changed: [UInt8] = []
        changed.reserveCapacity(text.count + 64)
        for token in tokens { changed += token }
        return changed
    }

    private static let words =
        [
            "{", "}", "[", "]", ",", ":", "{}", "[]", "null", "true", " ", "\n", "0", "1", "2", "4", "8", "16", "-1",
            "-0",
            "01", "1.0", "1e2", "1e400", "4294967296", "4294967295", "9223372036854775807", "9223372036854775808",
            "18446744073709551615", "18446744073709551616", "0.1", "-", #""""#, #""a""#, #""é""#, "\"e\u{301}\"",
            #""\u00e9""#, #""\ud800""#, #""\ud83d\ude00""#, #""\u0000""#, "\"\u{9B}\"", #""dtype""#, #""shape""#,
            #""data_offsets""#, #""__metadata__""#, #""F64""#, #""F32""#, #""BF16""#, #""F16""#, #""I64""#, #""U8""#,
            #""BOOL""#, #""sha256""#, #""run""#, #""nan""#, #""inf""#, #"\""#, "\\", "\"", "\u{FEFF}",
            #""x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"#,
        ].map { Array($0.utf8) }

    /// The text in strings, numbers with words, and single other bytes; joined they are the text.
    private static func tokens(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        var (tokens, rest) = ([ArraySlice<UInt8>](), text[...])
        while let first = rest.first {
            let count = first == UInt8(ascii: "\"") ? stringByteCount(rest) : rest.prefix(while: isOfWord).count
            tokens.append(rest.prefix(max(1, count)))
            rest = rest.dropFirst(max(1, count))
        }
        return tokens
    }

    private static func stringByteCount(_ text: ArraySlice<UInt8>) -> Int {
        var isEscaped = false
        for (offset, byte) in text.dropFirst().enumerated() {
            if !isEscaped && byte == UInt8(ascii: "\"") { return offset + 2 }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        return text.count
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// From a token to the comma behind its value, which may be a list or an object.
    private static func member(at place: Int, of tokens: [ArraySlice<UInt8>]) -> Range<Int> {
        var depth = 0
        for index in place..<tokens.count {
            switch tokens[index].first {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == 0: return place..<index + 1
            default: break
            }
            if depth < 0 { return place..<index }
        }
        return place..<tokens.count
    }
}
