#!/usr/bin/env python3
"""Measures this library and its peers in turn on this machine and prints the ratios; README.md has the contract.

Usage: Benchmarks/compare.py [--stn .build/release/stn] [--python PYTHON] [--threads N] [--rounds 5]
                             [--output FILE]

Needs a Python of its own (any 3.9 or later); the peers run in --python, by default the one that setup-peers.sh made.
Exit codes: 0 measured, 64 wrong options, 69 a contestant is missing, 70 a contestant failed or broke the contract.
"""
import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SCHEMA = 1
# What is compared, how it reads, and whether less is better.
METRICS = [
    ("train_step_ms", "training step, batch 64 (ms)", True),
    ("images_per_second", "images trained on a second", False),
    ("infer_b1_ms", "inference, batch 1 (ms)", True),
    ("infer_b64_ms", "inference, batch 64 (ms)", True),
    ("infer_b512_ms", "inference, batch 512 (ms)", True),
    ("peak_rss_mb", "peak memory (MB)", True),
]
# What `stn bench train --json` must hold besides the metrics.
OURS_ALSO = ["allocations_per_step", "isa", "threads", "precision"]


class Failure(Exception):
    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def output_of(command: list[str], default: str = "unknown") -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return default
    return done.stdout.strip() if done.returncode == 0 else default


def processor() -> str:
    if sys.platform == "darwin":
        return output_of(["sysctl", "-n", "machdep.cpu.brand_string"])
    fields = {}
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                key, _, value = line.partition(":")
                fields.setdefault(key.strip(), value.strip())
    except OSError:
        pass
    name = fields.get("model name") or platform.machine() or "unknown"
    # Virtual machines hide the model's name; family and model number still tell two of them apart.
    if "cpu family" in fields and not re.search(r"\d", name):
        name += f" family {fields['cpu family']} model {fields.get('model', '?')}"
    return name


def load_average() -> list[float]:
    return [round(value, 2) for value in os.getloadavg()]


def describe_machine() -> dict:
    return {"processor": processor(), "logical_cores": os.cpu_count(), "system": platform.platform(),
            "swift": output_of(["swift", "--version"]).split("\n")[0],
            "c_compiler": output_of(["clang", "--version"]).split("\n")[0],
            "commit": output_of(["git", "rev-parse", "HEAD"]),
            "uncommitted_changes": output_of(["git", "status", "--porcelain", "--untracked-files=no"]) != ""}


def contestants(arguments) -> dict[str, list[str]]:
    """Each side's name and command, ours first."""
    threads = ["--threads", str(arguments.threads)]
    result = {"ours": [arguments.stn, "bench", "train", "--json"] + threads}
    for layout in ("nchw", "nhwc"):
        script = os.path.join(HERE, "peers", "seed_step.py")
        result[f"PyTorch {layout.upper()}"] = [arguments.python, script, "--layout", layout] + threads
    return result


def measure(name: str, command: list[str], arguments) -> dict:
    before = load_average()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().split("\n") or [""])[-1]
        raise Failure(70, f"{name} failed with exit code {done.returncode}: {last} (command: {' '.join(command)})")
    try:
        result = json.loads(done.stdout.strip().split("\n")[-1])
    except json.JSONDecodeError:
        raise Failure(70, f"{name} printed no JSON line (command: {' '.join(command)})")
    check(name, result, arguments)
    return result | {"load_average_before": before}


def check(name: str, result: dict, arguments) -> None:
    """A comparison of unlike things is worse than none."""
    if name == "ours":
        missing = [key for key in [metric for metric, _, _ in METRICS] + OURS_ALSO if key not in result]
        if missing:
            raise Failure(70, f"`stn bench train --json` lacks {', '.join(missing)}")
    for metric, _, _ in METRICS:
        value = result.get(metric)
        if metric in result and not (isinstance(value, (int, float)) and 0 < value < float("inf")):
            raise Failure(70, f"{name} says {metric} = {value}; a positive number is needed")
    if result.get("threads") != arguments.threads:
        raise Failure(70, f"{name} ran with {result.get('threads')} threads instead of {arguments.threads}")
    if result.get("precision") != "float32":
        raise Failure(70, f"{name} ran in {result.get('precision')} instead of float32")


def run_rounds(arguments) -> dict[str, list[dict]]:
    commands = contestants(arguments)
    names = list(commands)
    runs: dict[str, list[dict]] = {name: [] for name in names}
    for round_ in range(arguments.rounds):
        # Whoever runs first meets the machine in another state than who runs last: the order rotates.
        start = round_ % len(names)
        for name in names[start:] + names[:start]:
            print(f"round {round_ + 1} of {arguments.rounds}: {name} …", file=sys.stderr, flush=True)
            runs[name].append(measure(name, commands[name], arguments))
    return runs


def compare(runs: dict[str, list[dict]]) -> list[dict]:
    """One row a metric and peer. A ratio is formed within a round, where both met the same machine; above 1 is for us."""
    rows = []
    for metric, title, less_is_better in METRICS:
        ours = [run[metric] for run in runs["ours"]]
        for peer in list(runs)[1:]:
            theirs = [run[metric] for run in runs[peer] if metric in run]
            if len(theirs) != len(ours):
                continue
            ratios = [b / a if less_is_better else a / b for a, b in zip(ours, theirs)]
            best = min if less_is_better else max
            verdict = "better" if min(ratios) > 1 else "WORSE" if max(ratios) < 1 else "undecided"
            rows.append({
                "metric": metric, "title": title, "peer": peer,
                "ours_best": best(ours), "ours_median": statistics.median(ours),
                "peer_best": best(theirs), "peer_median": statistics.median(theirs),
                "ratio_median": round(statistics.median(ratios), 3), "ratio_low": round(min(ratios), 3),
                "ratio_high": round(max(ratios), 3), "verdict": verdict})
    return rows


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def table(rows: list[dict]) -> str:
    head = ["", "ours best", "median", "peer", "best", "median", "ratio", "spread", ""]
    lines = [head] + [[
        row["title"], number(row["ours_best"]), number(row["ours_median"]), row["peer"], number(row["peer_best"]),
        number(row["peer_median"]), f"{row['ratio_median']:.2f}", f"{row['ratio_low']:.2f}–{row['ratio_high']:.2f}",
        row["verdict"]] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ["  ".join(cell.ljust(width) if column in (0, 3, 8) else cell.rjust(width)
                      for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines]
    return "\n".join([text[0], "─" * max(map(len, text))] + text[1:])


def default_python() -> str:
    return os.environ.get("STN_PEERS_PYTHON") or os.path.expanduser("~/.cache/stn-peers/bin/python")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stn", default=os.path.join(ROOT, ".build", "release", "stn"), help="our command line")
    parser.add_argument("--python", default=default_python(), help="the Python that has torch")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of every contestant")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turn; 5 give a spread worth printing")
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
    machine = describe_machine()
    runs = run_rounds(arguments)
    rows = compare(runs)
    ours = runs["ours"][0]
    print(f"\n{machine['processor']}, {arguments.threads} threads, {ours['isa']}, {ours['precision']}, "
          f"{arguments.rounds} rounds, commit {machine['commit'][:10]}")
    print(f"Peers: {', '.join(sorted({run['peer'] for name in list(runs)[1:] for run in runs[name]}))}. "
          "A ratio above 1 is in our favour; the spread is over rounds.\n")
    print(table(rows))
    print(f"\nallocations in a training step of ours: {ours['allocations_per_step']}")
    slug = re.sub(r"[^a-z0-9]+", "-", machine["processor"].lower()).strip("-")
    path = arguments.output or os.path.join(HERE, "results", f"compare-{slug}.json")
    result = {"schema": SCHEMA, "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine,
              "load_average": {"before": before, "after": load_average()}, "threads": arguments.threads,
              "precision": ours["precision"], "rounds": arguments.rounds, "comparison": rows, "runs": runs}
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        json.dump(result, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"written to {os.path.relpath(path)}")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"compare.py: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)
