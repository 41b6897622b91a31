#!/usr/bin/env bash
# Photographs a report in light and dark, wide and as on a telephone, by a headless Chromium, to be looked at.
# Usage: tools/report_screenshots.sh PAGE.html [FOLDER]   (default ./screenshots; apt-get install chromium)
set -euo pipefail
page="$(realpath "${1:?say which page}")"
folder="${2:-screenshots}"
browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome)" ||
    { echo "report_screenshots.sh: no Chromium; apt-get install chromium" >&2; exit 69; }
mkdir -p "$folder"
profile="$(mktemp -d)"
trap 'rm -rf "$profile" 2>/dev/null || true' EXIT
for theme in light dark; do
    # preferredColorScheme is 0 for dark, 1 for light.
    scheme=$([ "$theme" = dark ] && echo 0 || echo 1)
    for width in 1200 400; do
        height=$([ "$width" = 400 ] && echo "${HEIGHT_NARROW:-16000}" || echo "${HEIGHT:-7000}")
        # Headless windows are no narrower than 500 pixels: a frame inside one is.
        target="file://$page"
        if [ "$width" -lt 500 ]; then
            printf '<!DOCTYPE html><body style="margin:0"><iframe src="%s" style="border:0;width:%dpx;height:%dpx"></iframe>' \
                "$target" "$width" "$height" > "$profile/frame.html"
            target="file://$profile/frame.html"
        fi
        "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile/data" \
            --allow-file-access-from-files --blink-settings="preferredColorScheme=$scheme" \
            --virtual-time-budget=3000 --window-size="$width,$height" \
            --screenshot="$folder/$theme-$width.png" "$target" 2> "$profile/log" || { cat "$profile/log" >&2; exit 70; }
        echo "wrote $folder/$theme-$width.png"
    done
done
