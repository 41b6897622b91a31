#!/usr/bin/env bash
# Makes Sources/ModelFormats/Generated/*.pb.swift anew from tools/protobuf/*.proto. Needs protoc (apt-get install
# protobuf-compiler, or brew install protobuf); its plugin for Swift and Google's own messages come from the package, so
# that generated code and library are of one version.
# Usage: tools/generate_protobuf.sh
set -euo pipefail
cd "$(dirname "$0")/.."
command -v protoc >/dev/null || { echo "generate_protobuf.sh: protoc is missing; install protobuf-compiler" >&2; exit 69; }
plugin="${PROTOC_GEN_SWIFT:-}"
if [ -z "$plugin" ]; then
    # In debug: it runs for a moment, and optimizing it would take minutes.
    swift build --product protoc-gen-swift >&2
    plugin="$(swift build --show-bin-path)/protoc-gen-swift"
fi
messages=.build/checkouts/swift-protobuf/Protos/Sources/SwiftProtobuf
[ -d "$messages" ] || swift package resolve >&2
protoc --plugin="protoc-gen-swift=$plugin" --proto_path=tools/protobuf --proto_path="$messages" \
    --swift_opt=Visibility=Package --swift_out=Sources/ModelFormats/Generated tools/protobuf/*.proto
