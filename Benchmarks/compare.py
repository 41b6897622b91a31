#!/usr/bin/env python3
"""Measures this library and its peers in turn on this machine and prints the ratios; README.md has the contract.

Usage: Benchmarks/compare.py [--stn .build/release/stn] [--python PYTHON] [--threads N] [--rounds 5]
                             [--only GROUP …] [--output FILE]

Needs a Python of its own (any 3.9 or later); the peers run in --python, by default the one that setup-peers.sh made.
Exit codes: 0 measured, 64 wrong options, 69 a contestant is missing, 70 a contestant failed or broke the contract.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time

from compare import Failure
from compare.contestants import contestants
from compare.machine import ROOT, describe, load_average, results_path, write
from compare.rounds import Comparison
from compare.rows import GROUPS, rows
from compare.table import judge, table

SCHEMA = 2


def default_python() -> str:
    return os.environ.get("STN_PEERS_PYTHON") or os.path.expanduser("~/.cache/stn-peers/bin/python")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stn", default=os.path.join(ROOT, ".build", "release", "stn"), help="our command line")
    parser.add_argument("--python", default=default_python(), help="the Python that has the peers")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of every contestant")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turn; 5 give a spread worth printing")
    parser.add_argument("--only", nargs="+", choices=GROUPS, metavar="GROUP",
                        help=f"measure a part, and write a file only with --output: {', '.join(GROUPS)}")
    parser.add_argument("--output", help="where the JSON goes; default results/compare-<processor>.json")
    try:
        arguments = parser.parse_args()
    except SystemExit as exit_:
        raise SystemExit(64 if exit_.code else 0)
    if arguments.rounds < 1 or not 1 <= arguments.threads <= 1024:
        raise Failure(64, "--rounds takes 1 or more, --threads 1 to 1024")
    for program, cure in [(arguments.stn, "build it with `swift build -c release`"),
                          (arguments.python, "make it with Benchmarks/setup-peers.sh")]:
        if shutil.which(program) is None:
            raise Failure(69, f"{program} is missing; {cure}")
    return arguments


def main() -> None:
    arguments = parse()
    before = load_average()
    if before[0] > 0.5:
        print(f"the load average is {before[0]}: other programs take part; trust the ratios, not the times",
              file=sys.stderr)
    machine = describe()
    wanted = rows(arguments.threads, arguments.only or GROUPS)
    with tempfile.TemporaryDirectory() as scratch:
        comparison = Comparison(contestants(arguments, wanted, scratch), arguments.rounds)
        comparison.run()
    judged = judge(wanted, comparison)
    print(f"\n{machine['processor']}, {arguments.threads} threads, {comparison.instruction_set()}, "
          f"{arguments.rounds} rounds, commit {machine['commit'][:10]}")
    print(f"Peers: {', '.join(comparison.peers())}. "
          "Medians; a ratio above 1 is in our favour, its spread is over rounds.\n")
    print(table(judged))
    print("".join(f"\nnote: {note}" for note in comparison.notes))
    if arguments.only and not arguments.output:
        return
    write(arguments.output or results_path("compare", machine), {
        "schema": SCHEMA, "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine,
        "load_average": {"before": before, "after": load_average()}, "threads": arguments.threads,
        "rounds": arguments.rounds, "notes": comparison.notes, "comparison": judged, "runs": comparison.runs})


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"compare.py: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)
