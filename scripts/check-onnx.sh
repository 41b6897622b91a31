#!/usr/bin/env bash
# Exports a trained network as ONNX, with both sets of operators, and compares what ONNX Runtime and stn make of all test
# images: class by class, and probabilities within 1e-5. Both compute in float32, whatever the network was trained in.
# Usage: scripts/check-onnx.sh STN MODEL [DATA]   (a run's folder or a file of weights; the folder that holds the data set)
set -euo pipefail
stn="$1" model="$2" data="${3:-}"
python="${STN_PEERS_PYTHON:-$("$(dirname "$0")/../Benchmarks/setup-peers.sh")}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
for opset in 16 20; do
    "$stn" export "$model" --format onnx --opset "$opset" --precision float32 ${data:+--data-dir "$data"} \
        -o "$folder/opset-$opset.onnx" --outputs "$folder/opset-$opset.safetensors"
done
"$python" "$(dirname "$0")/../tools/check_onnx.py" "$folder"
