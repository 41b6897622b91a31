// fuzz READER [options and folders of libFuzzer's]    searches for bytes that break what the reader promises
// fuzz --compare SEED COUNT FILES…                    writes changed safetensors files with what our reader makes of them

import CLibFuzzer
import ReaderChecks

let arguments = CommandLine.arguments.dropFirst()
switch arguments.first {
case "--compare":
    try Comparison(arguments.dropFirst()).run()
case let name?:
    guard let check = ReaderCheck.all.first(where: { $0.name == name }) else {
        fatalError("no reader is called \(name); there are \(ReaderCheck.all.map(\.name).joined(separator: ", "))")
    }
    try Search.begin(check)
    Search.run(arguments.dropFirst())
case nil:
    print(ReaderCheck.all.map(\.name).joined(separator: "\n"))
}
