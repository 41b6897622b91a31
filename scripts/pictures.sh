#!/usr/bin/env bash
# Draws the pictures of Documentation/transformations and Documentation/samplers from the picture that stn draws itself.
# Usage: scripts/pictures.sh STN
set -euo pipefail
stn="$1"
folder=Documentation/pictures

figure() { "$stn" warp --sample --grid --output "$folder/$1.png" "${@:2}"; }
result() { "$stn" warp --sample --output "$folder/$1.png" "${@:2}"; }

"$stn" warp --list --output "$folder/families.png" >/dev/null

figure translation --transform translation --theta 0.3,-0.2
figure rotation --transform rotation --theta 0.3
figure attention --transform attention --theta 0.5,-0.2,0.1
figure similarity --transform similarity --theta 0.5,0.7,0.1,0
figure affine --transform affine --theta 0.7,0.3,0,-0.2,0.6,0.1
figure projective --transform projective --theta 0.8,0,0,0,0.8,0,0.35,0
figure thin-plate-spline --bend 0.1 --seed 1
figure cpab --flow 0.3 --seed 2
figure displacement-field --noise 0.04 --seed 1
figure grids --scale 0.8 --shear 0.3

# A few pixels of the sample, enlarged: what lies between them is the sampler's.
for mode in nearest bilinear bicubic; do
    result "sampling-$mode" --transform attention --theta 0.1,0.72,0.73 --sampling "$mode" --size 120x160
done
for padding in zeros border reflection wrap 255,214,10; do
    result "padding-${padding/255,214,10/constant}" --scale 0.5 --rotate 20 --padding "$padding" --size 120x160 --antialias
done
# Sheets of slices: the sample, the same turned in space, and a part of it enlarged, at twice as many slices.
sheet() { "$stn" warp --sample --volume --output "$folder/$1.png" "${@:2}"; }
sheet volume
sheet affine-3d --tilt 0,35 --rotate 15 --spacing 3
for mode in nearest bilinear; do
    sheet "volume-$mode" --transform affine --theta 0.4,0,0,-0.1,0,0.4,0,0,0,0,0.1,0.15 --size 4x96x96 --sampling "$mode"
done
# A quarter as large, and then enlarged to be seen.
small="$(mktemp -d)"
trap 'rm -r "$small"' EXIT
for name in shrunk shrunk-antialias; do
    flags=()
    if [ "$name" = shrunk-antialias ]; then flags=(--antialias); fi
    "$stn" warp --sample --size 36x48 ${flags[@]+"${flags[@]}"} --output "$small/$name.png" >/dev/null
    "$stn" warp "$small/$name.png" --size 144x192 --sampling nearest --output "$folder/$name.png"
done
