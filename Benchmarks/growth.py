#!/usr/bin/env python3
"""Keeps what `stn bench growth` measures on this machine, as results/growth-<processor>.json.

Usage: Benchmarks/growth.py [--stn .build/release/stn] [--output FILE]

Exit codes: 0 measured, 64 wrong options, 69 stn is missing, 70 it failed.
"""
import argparse
import json
import os
import subprocess
import sys
import time

from compare.machine import ROOT, describe, load_average, results_path, write

SCHEMA = 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stn", default=os.path.join(ROOT, ".build", "release", "stn"), help="our command line")
    parser.add_argument("--output", help="where the JSON goes; default results/growth-<processor>.json")
    try:
        arguments = parser.parse_args()
    except SystemExit as exit_:
        return 64 if exit_.code else 0
    before = load_average()
    try:
        done = subprocess.run([arguments.stn, "bench", "growth", "--json"], stdout=subprocess.PIPE, text=True)
    except OSError as error:
        print(f"growth.py: {error}; build it with `swift build -c release`", file=sys.stderr)
        return 69
    if done.returncode != 0:
        return 70
    growth, machine = json.loads(done.stdout), describe()
    for row in growth["batches"] + growth["image_sizes"]:
        print(f"batch {row['batch']:4}, {row['image_size']:3}×{row['image_size']}: {row['step_ms']:8.2f} ms a step, "
              f"{row['ms_per_image']:.4f} ms and {row['mb_per_image']:.4f} MB an image")
    for name, value in growth["exponents"].items():
        print(f"exponent of {name.replace('_', ' ')}: {value:.2f}")
    write(arguments.output or results_path("growth", machine), {
        "schema": SCHEMA, "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine,
        "load_average": {"before": before, "after": load_average()}, "growth": growth})
    return 0


if __name__ == "__main__":
    sys.exit(main())
