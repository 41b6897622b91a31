#!/usr/bin/env python3
"""What each transformer is worth: test errors on distorted images with the transformer that undoes them, and without.

Usage: Benchmarks/transforms.py [--stn .build/release/stn] [--data-dir FOLDER] [--epochs N] [--model NAME]
                                [--seeds 0 1 2] [--only CASE …] [--ablate] [--threads N] [--output FILE]

Exit codes: 0 measured, 64 wrong options, 69 stn is missing, else what stn exits with.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Callable, NamedTuple

from compare import Failure
from compare.machine import ROOT, describe, load_average, results_path, write

SCHEMA = 2
# One cycle of Adam learns in few epochs what plain SGD needs many for; a tenth of the learning rate keeps the
# localization network from running away while the classifier knows nothing yet.
SETTINGS = ["--optimizer", "adam", "--schedule", "one-cycle"]
WITH_TRANSFORMER = ["--localization-rate", "0.1"]
# The tutorial's rule on a cycle that ends at zero, so that the last epoch is no draw; border instead of a grey frame.
CIFAR_SETTINGS = ["--learning-rate", "0.05", "--schedule", "one-cycle", "--precision", "mixed"]
CIFAR_WITH_TRANSFORMER = ["--localization-rate", "0.1", "--padding", "border"]


class Case(NamedTuple):
    """Images, the family that undoes their distortion, and passes over them that make the whole half an hour."""
    name: str
    images: list[str]
    model: str
    transform: str
    epochs: int
    settings: list[str] = SETTINGS
    with_transformer: list[str] = WITH_TRANSFORMER

    def reads_files(self) -> bool:
        return self.images[0] != "glyphs"


# The paper's names for its distorted MNIST (arXiv:1506.02025, Table 1). Pass counts follow what an epoch costs: RTS images
# are 42×42, glyphs fewer than a third as many.
CASES = [
    Case("R", ["mnist", "--distort", "rotation"], "paper-cnn", "rotation", 4),
    Case("RTS", ["mnist", "--distort", "rotation-scale-translation"], "paper-cnn", "similarity", 4),
    Case("P", ["mnist", "--distort", "projection"], "paper-cnn", "projective", 4),
    Case("E", ["mnist", "--distort", "elastic"], "paper-cnn", "thin-plate-spline", 4),
    # Small glyphs at any angle among fragments: where to look is learned in few epochs, which way they are turned is not. At a
    # tenth of the learning rate the window hardly left the whole image.
    Case("glyphs", ["glyphs", "--difficulty", "hard"], "paper-cnn", "attention", 20, with_transformer=[]),
    # Photographs that stand upright and fill their frame: little to undo.
    Case("CIFAR-10", ["cifar10"], "seed", "affine", 12, CIFAR_SETTINGS, CIFAR_WITH_TRANSFORMER),
]

# What makes CIFAR-10's transformer pay, setting by setting: the tutorial's own reading and rate, then each alone.
ABLATIONS = [
    ("neither", []), ("border alone", ["--padding", "border"]), ("rate alone", ["--localization-rate", "0.1"]),
    ("both", CIFAR_WITH_TRANSFORMER), ("no transformer", None),
]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--stn", default=os.path.join(ROOT, ".build", "release", "stn"), help="our command line")
    parser.add_argument("--data-dir", help="where MNIST and CIFAR-10 are, as for stn train")
    parser.add_argument("--epochs", type=int, help="passes over every case's images; default 4, for glyphs 20, for CIFAR-10 12")
    parser.add_argument("--model", help="the network behind every transformer; default paper-cnn, for CIFAR-10 seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="SEED",
                        help="each decides distortions, weights and order; three, as in the paper")
    parser.add_argument("--only", nargs="+", choices=[case.name for case in CASES], metavar="CASE",
                        help=f"a part, and a file only with --output: {', '.join(case.name for case in CASES)}")
    parser.add_argument("--ablate", action="store_true",
                        help="CIFAR-10 with each setting of its transformer alone instead; a file only with --output")
    parser.add_argument("--precision", help="in place of CIFAR-10's mixed, which is slow without AVX-512 BF16")
    parser.add_argument("--threads", type=int, help="as for stn train; errors do not depend on it")
    parser.add_argument("--output", help="where the JSON goes; default results/transforms-<processor>.json")
    try:
        arguments = parser.parse_args()
    except SystemExit as exit_:
        raise SystemExit(64 if exit_.code else 0)
    if arguments.epochs is not None and arguments.epochs < 1:
        raise Failure(64, "--epochs takes 1 or more")
    if len(set(arguments.seeds)) < len(arguments.seeds) or min(arguments.seeds) < 0:
        raise Failure(64, "--seeds takes different numbers from 0")
    if shutil.which(arguments.stn) is None:
        raise Failure(69, f"{arguments.stn} is missing; build it with `swift build -c release`")
    return arguments


def command(arguments: argparse.Namespace, case: Case, transform: str, seed: int) -> list[str]:
    """The whole command but for the folder of the run."""
    options = ["train", *case.images, "--model", arguments.model or case.model, "--transform", transform,
               "--epochs", str(arguments.epochs or case.epochs), *case.settings, "--seed", str(seed), "--figure-every", "0",
               "--json"]
    options += case.with_transformer if transform != "none" else []
    # The last of two values counts.
    options += ["--precision", arguments.precision] if arguments.precision else []
    options += ["--data-dir", arguments.data_dir] if arguments.data_dir and case.reads_files() else []
    options += ["--threads", str(arguments.threads)] if arguments.threads else []
    return options


def train(arguments: argparse.Namespace, case: Case, transform: str, seed: int) -> float:
    """The error on the test images after the last epoch, in per cent.

    Not after the best: choosing an epoch by the test images would flatter every row.
    """
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([arguments.stn, *command(arguments, case, transform, seed), "--output", scratch + "/run"],
                              stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure(done.returncode, f"{case.name} with transform {transform} failed; its message stands above")
    error = 100 * (1 - json.loads(done.stdout.splitlines()[-1])["val_acc"])
    print(f"{case.name}, {transform}, seed {seed}: {error:.2f}%", file=sys.stderr)
    return round(error, 4)


def summary(errors: list[float]) -> dict:
    deviation = statistics.stdev(errors) if len(errors) > 1 else None
    return {"errors": errors, "mean": statistics.mean(errors), "deviation": deviation}


def measure(arguments: argparse.Namespace, case: Case) -> dict:
    # Seed by seed, so that whoever stops early has seen both networks.
    pairs = [(train(arguments, case, case.transform, seed), train(arguments, case, "none", seed))
             for seed in arguments.seeds]
    return {"case": case.name, "images": case.images, "model": arguments.model or case.model, "transform": case.transform,
            "epochs": arguments.epochs or case.epochs, "settings": {"all": case.settings, "with": case.with_transformer},
            "with": summary([pair[0] for pair in pairs]),
            "without": summary([pair[1] for pair in pairs])}


def ablate(arguments: argparse.Namespace, keep: Callable[[list[dict]], None]) -> list[dict]:
    """Every setting seed by seed; `keep` has what there is after each run, as all of it takes hours."""
    case = next(case for case in CASES if case.name == "CIFAR-10")
    errors: dict[str, list[float]] = {name: [] for name, _ in ABLATIONS}
    rows = []
    for seed in arguments.seeds:
        for name, settings in ABLATIONS:
            own = case._replace(name=name, with_transformer=settings or [])
            errors[name].append(train(arguments, own, "none" if settings is None else case.transform, seed))
            rows = [{"case": name, "model": arguments.model or case.model, "epochs": arguments.epochs or case.epochs,
                     "settings": {"all": case.settings, "with": settings}, "precision": arguments.precision or "mixed",
                     "error": summary(errors[name])} for name, settings in ABLATIONS if errors[name]]
            keep(rows)
    return rows


def cell(result: dict) -> str:
    return f"{result['mean']:.2f}" + (f" ± {result['deviation']:.2f}" if result["deviation"] is not None else "")


def table(rows: list[dict]) -> str:
    lines = [f"{'images':8} {'transformer':18} {'epochs':>6}  {'error with, %':>14}  {'without, %':>14}"]
    lines += [f"{row['case']:8} {row['transform']:18} {row['epochs']:>6}  {cell(row['with']):>14}  "
              f"{cell(row['without']):>14}" for row in rows]
    return "\n".join(lines)


def main() -> None:
    arguments = parse()
    before, machine = load_average(), describe()
    if arguments.ablate:
        rows = ablate(arguments, lambda rows: arguments.output and save(arguments, machine, before, rows))
        print("\n".join(f"{row['case']:16} {cell(row['error']):>14}" for row in rows))
        return
    rows = [measure(arguments, case) for case in CASES if not arguments.only or case.name in arguments.only]
    print(f"\n{machine['processor']}, commit {machine['commit'][:10]}, seeds {' '.join(map(str, arguments.seeds))}. "
          "Mean ± deviation of the test error.\n")
    print(table(rows))
    if arguments.only and not arguments.output:
        return
    save(arguments, machine, before, rows)


def save(arguments: argparse.Namespace, machine: dict, before: list[float], rows: list[dict]) -> None:
    write(arguments.output or results_path("transforms", machine), {
        "schema": SCHEMA, "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine,
        "load_average": {"before": before, "after": load_average()}, "seeds": arguments.seeds, "rows": rows})


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(f"transforms.py: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except KeyboardInterrupt:
        sys.exit(130)
