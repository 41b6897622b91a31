#!/bin/sh
# Tests the kernels for NEON on a processor that has none. First the emulated intrinsics are held to the real ones, number for
# number: tools/neon_vocabulary.c, once for this processor and once for ARM under QEMU. Then the tests of all kernels run with
# NEON among the instruction sets. A build of its own, so the first time takes minutes.
#
# Debian: apt-get install qemu-user libc6-dev-arm64-cross libgcc-12-dev-arm64-cross; clang is the toolchain's own.
set -eu
cd "$(dirname "$0")/.."

for file in /usr/bin/qemu-aarch64 /usr/aarch64-linux-gnu/include/stdio.h; do
    [ -e "$file" ] || {
        echo "error: $file is missing; apt-get install qemu-user libc6-dev-arm64-cross libgcc-12-dev-arm64-cross" >&2
        exit 69
    }
done
scratch=.build/neon
mkdir -p $scratch
flags="-O2 -ISources/CKernels -ISources/CKernels/include tools/neon_vocabulary.c -lm"
arm=/usr/aarch64-linux-gnu
libgcc=$(ls -d /usr/lib/gcc-cross/aarch64-linux-gnu/* | tail -1)
clang $flags -o $scratch/here
clang $flags -o $scratch/arm --target=aarch64-linux-gnu -isystem $arm/include -fuse-ld=lld -static \
    -B$arm/lib -L$arm/lib -B"$libgcc" -L"$libgcc"
$scratch/here > $scratch/here.txt
qemu-aarch64 $scratch/arm > $scratch/arm.txt
cmp $scratch/here.txt $scratch/arm.txt
echo "$(wc -l < $scratch/here.txt) results of NEON's vocabulary: emulated as on ARM"

swift build -c release --build-tests --scratch-path $scratch -Xcc -DSTN_EMULATES_NEON
exec swift test -c release --skip-build --no-parallel --scratch-path $scratch -Xcc -DSTN_EMULATES_NEON --filter ExecutionTests
