#!/usr/bin/env bash
# Makes a Python environment with TensorBoard, once, and prints its interpreter; nothing is installed outside FOLDER.
# Usage: scripts/setup-tensorboard.sh [FOLDER]   (default ~/.cache/stn-tensorboard; about 150 MB)
set -euo pipefail
folder="${1:-$HOME/.cache/stn-tensorboard}"
python="$folder/bin/python"
if [ ! -x "$python" ] || ! "$python" -c 'import tensorboard' 2>/dev/null; then
    command -v python3 >/dev/null || { echo "setup-tensorboard.sh: python3 is missing; install it first" >&2; exit 69; }
    python3 -m venv "$folder" >&2
    # Setuptools as well: TensorBoard imports pkg_resources, which Python no longer brings.
    "$python" -m pip install --quiet tensorboard==2.21.0 'setuptools<81' >&2
fi
echo "$python"
