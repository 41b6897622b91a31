#!/usr/bin/env bash
# Makes the Python environment of the peers, once, and prints its interpreter; nothing is installed outside FOLDER.
# Usage: Benchmarks/setup-peers.sh [FOLDER]   (default ~/.cache/stn-peers; about 1 GB)
set -euo pipefail
folder="${1:-$HOME/.cache/stn-peers}"
python="$folder/bin/python"
if [ ! -x "$python" ] || ! "$python" -c 'import torch, safetensors, numpy, onnx, onnxruntime, onnxscript, PIL' 2>/dev/null; then
    command -v python3 >/dev/null || { echo "setup-peers.sh: python3 is missing; install it first" >&2; exit 69; }
    python3 -m venv "$folder" >&2
    # Versions are pinned: golden files and published ratios name them. Builds for the processor alone are marked "+cpu";
    # where the configured index has none, the full build computes the same on the processor.
    others="numpy safetensors pillow onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0"
    "$python" -m pip install --quiet torch==2.13.0+cpu $others >&2 ||
        "$python" -m pip install --quiet torch==2.13.0 $others >&2
fi
echo "$python"
