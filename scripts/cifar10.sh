#!/usr/bin/env bash
# The whole run of the tutorial's network on CIFAR-10. Usage: scripts/cifar10.sh STN [DATA-FOLDER]
set -euo pipefail
stn="$1"
if [ $# -ge 2 ]; then
    "$stn" train cifar10 --data-dir "$2"
else
    "$stn" data fetch cifar10
    "$stn" train cifar10
fi
"$stn" visualize runs/latest
