#!/usr/bin/env bash
# Trains the tutorial's network on the built-in glyphs, with and without its spatial transformer, and draws what the
# transformer does. About a minute on two cores. Usage: scripts/demo.sh STN
set -euo pipefail
stn="$1"
# One cycle of Adam learns in five epochs what plain SGD needs fifty for; a tenth of the learning rate keeps the
# localization network from running away while the classifier knows nothing yet.
settings=(--epochs 5 --optimizer adam --schedule one-cycle --overwrite)

accuracy() {
    "$stn" evaluate "$1" --json | sed -E 's/.*"accuracy":([0-9.]+).*/\1/' | awk '{printf "%.1f%%", 100 * $1}'
}

echo "1/2  training with the spatial transformer"
"$stn" train glyphs "${settings[@]}" --localization-rate 0.1 --run-name demo-affine
echo "2/2  training the same classifier without it"
"$stn" train glyphs "${settings[@]}" --transform none --run-name demo-none
"$stn" visualize runs/demo-affine >/dev/null

cat <<END

test accuracy  with the transformer     $(accuracy runs/demo-affine)
               without it               $(accuracy runs/demo-none)
pictures       runs/demo-affine/figures/transforms.png
               runs/demo-affine/figures/transforms-regions.png
next           $stn train cifar10      $stn --help
END
