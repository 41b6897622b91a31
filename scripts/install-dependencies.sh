#!/usr/bin/env bash
# Installs the system libraries that the command line needs: libpng, libjpeg-turbo, libarchive, zlib (and pkg-config,
# which finds them). Does nothing when they are there; names the exact command when it may not install them.
set -euo pipefail

libraries=(libpng libturbojpeg libarchive zlib)

missing() {
    command -v pkg-config >/dev/null || { echo "pkg-config"; return; }
    for library in "${libraries[@]}"; do
        pkg-config --exists "$library" || echo "$library"
    done
}

# Name the command and stop: nothing can be built without the libraries.
give_up() {
    echo "error: missing $(missing | paste -sd ' ' -); install with: $1" >&2
    exit 69
}

if ! command -v swift >/dev/null; then
    echo "error: no swift on PATH; install a Swift 6.1 or later toolchain from https://www.swift.org/install" >&2
    exit 69
fi
[ -z "$(missing)" ] && exit 0

if command -v apt-get >/dev/null; then
    packages=(pkg-config libpng-dev libturbojpeg0-dev libarchive-dev zlib1g-dev)
    # Ubuntu and newer Debian name the JPEG package without the 0.
    if ! apt-cache show libturbojpeg0-dev >/dev/null 2>&1 && apt-cache show libturbojpeg-dev >/dev/null 2>&1; then
        packages[2]=libturbojpeg-dev
    fi
    command="apt-get install --yes ${packages[*]}"
    if [ "$(id -u)" = 0 ]; then
        sudo=()
    elif sudo --non-interactive true 2>/dev/null; then
        sudo=(sudo)
    else
        give_up "sudo $command"
    fi
    echo "installing ${packages[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    # Package lists may be absent or stale on a fresh machine.
    "${sudo[@]}" apt-get update --quiet=2 >&2 || true
    "${sudo[@]}" apt-get install --yes --quiet=2 --no-install-recommends "${packages[@]}" >&2 ||
        give_up "sudo apt-get update && sudo $command"
elif command -v brew >/dev/null; then
    formulae=(pkgconf libpng jpeg-turbo libarchive)
    echo "installing ${formulae[*]}" >&2
    brew install "${formulae[@]}" >&2 || give_up "brew install ${formulae[*]}"
    # Homebrew keeps libarchive apart from macOS's own; the Makefile tells pkg-config where.
else
    give_up "your system's package manager: the development files of libpng, libjpeg-turbo, libarchive, zlib, and pkg-config"
fi

if [ -n "$(missing)" ]; then
    give_up "your system's package manager; the packages above were installed, but pkg-config does not find them"
fi
