"""Who takes part: the command of each, what it must have run with, and the numbers in what it prints."""
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Optional

from . import Failure
from .machine import ROOT

PEERS = os.path.join(ROOT, "Benchmarks", "peers")


@dataclass(frozen=True)
class Contestant:
    name: str
    # Contestants of a heat run one after the other in an order that rotates from round to round.
    heat: str
    command: list
    threads: int
    precision: str = "float32"
    # What it must name as its instruction set; None takes any.
    isa: Optional[str] = None
    environment: dict = field(default_factory=dict)
    # Exit code 64 then means that this version does not know it yet, and its rows are left out.
    is_optional: bool = False
    # Keys without which its output breaks the contract.
    needs: tuple = ()

    def run(self) -> subprocess.CompletedProcess:
        return subprocess.run(self.command, capture_output=True, text=True, env=os.environ | self.environment)

    def check(self, result: dict) -> None:
        """A comparison of unlike things is worse than none."""
        missing = [key for key in self.needs if key not in result]
        if missing:
            raise Failure(70, f"{self.name} lacks {', '.join(missing)} (command: {' '.join(self.command)})")
        for key, wanted in [("threads", self.threads), ("precision", self.precision), ("isa", self.isa)]:
            if wanted is not None and str(result.get(key)).lower() != str(wanted).lower():
                raise Failure(70, f"{self.name} ran with {key} = {result.get(key)} instead of {wanted}")
        for metric, value in metrics(result).items():
            if not 0 < value < float("inf"):
                raise Failure(70, f"{self.name} says {metric} = {value}; a positive number is needed")


def metrics(result: dict) -> dict[str, float]:
    """The numbers that rows name, those of lists under the list's name, the case and the key."""
    found = {key: value for key, value in result.items() if key.endswith(("_ms", "_mb", "_seconds"))}
    for case in result.get("sampler") or []:
        label = "×".join(map(str, case["shape"])) + " " + case.get("mode", "bilinear")
        found |= {f"sampler {label} {key}": value for key, value in case.items() if key.endswith("_ms")}
    for case in result.get("transformations") or []:
        label = "×".join(map(str, case["shape"])) + " " + case["transformation"]
        found |= {f"family {label} {key}": value for key, value in case.items() if key.endswith("_ms")}
    for case in result.get("convolution") or []:
        label = "×".join(map(str, case["shape"]))
        found |= {f"convolution {label} {key}": value for key, value in case.items() if key.endswith("_ms")}
    # Of the machine's peaks those that it reaches with as many threads as everyone has.
    found |= {key: value for key, value in result.get("all_threads", {}).items() if key != "threads"}
    # Where a figure is not known, ours says null.
    return {key: float(value) for key, value in found.items() if value is not None}


OURS = ("train_step_ms", "images_per_second", "infer_b1_ms", "infer_b64_ms", "infer_b512_ms", "peak_rss_mb",
        "allocations_per_step", "isa", "threads", "precision")
# Measured in each round, so that it meets the machine in the same state.
PEAK = "the machine's peak"
AVX2 = {"STN_ISA": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}


def everyone(arguments, model: str) -> list[Contestant]:
    count = arguments.threads

    def ours(name: str, heat: str, *command: str, threads: int = count, **more) -> Contestant:
        return Contestant(name, heat, [arguments.stn, "bench", *command, "--json", "--threads", str(threads)], threads,
                          **more)

    def mixed(name: str, threads: int = count) -> Contestant:
        return ours(name, "network", "train", "--precision", "mixed", threads=threads, precision="mixed",
                    is_optional=True, needs=OURS)

    def peer(name: str, heat: str, script: str, *options: str, **more) -> Contestant:
        command = [arguments.python, os.path.join(PEERS, script), *options, "--threads", str(count)]
        return Contestant(name, heat, command, count, **more)

    # Those whose times are compared stand near each other.
    return [
        ours(PEAK, "peak", "peak", needs=("all_threads",)),
        ours("ours", "network", "train", needs=OURS),
        ours("ours 1 thread", "network", "train", threads=1, needs=OURS),
        ours("ours 2 threads", "network", "train", threads=2, needs=OURS),
        peer("PyTorch NCHW", "network", "seed_step.py", "--layout", "nchw"),
        mixed("ours mixed"), mixed("ours mixed 1 thread", threads=1), mixed("ours mixed 2 threads", threads=2),
        peer("PyTorch NHWC", "network", "seed_step.py", "--layout", "nhwc"),
        peer("PyTorch bf16 NHWC", "network", "seed_step.py", "--layout", "nhwc", "--bf16", precision="bfloat16"),
        peer("ONNX Runtime", "network", "onnx_infer.py", model),
        ours("ours AVX2", "avx2", "train", isa="avx2", environment=AVX2, needs=OURS),
        *[peer(f"PyTorch AVX2 {layout.upper()}", "avx2", "seed_step.py", "--layout", layout, "--infer", "", isa="avx2",
               environment=AVX2) for layout in ("nchw", "nhwc")],
        ours("ours sampling", "sampling", "sample", needs=("sampler",)),
        peer("PyTorch sampling", "sampling", "grid_sample.py"),
        ours("ours convolution", "convolution", "convolution", needs=("convolution",)),
        *[peer(f"PyTorch convolution {layout.upper()}", "convolution", "convolution.py", "--layout", layout)
          for layout in ("nchw", "nhwc")],
        ours("ours start-up", "start-up", "startup"),
        peer("PyTorch start-up", "start-up", "startup.py")]


def contestants(arguments, rows: list, scratch: str) -> list[Contestant]:
    """Those that `rows` name; ONNX Runtime's model is exported to `scratch` if it is among them."""
    names = {name for row in rows for name in (row.ours, *row.peers)} | {PEAK}
    model = os.path.join(scratch, "seed.onnx")
    chosen = [contestant for contestant in everyone(arguments, model) if contestant.name in names]
    if "ONNX Runtime" in names:
        print("exporting the network for ONNX Runtime …", file=sys.stderr, flush=True)
        command = [arguments.python, os.path.join(PEERS, "export_onnx.py"), model]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(70, f"the export failed: {last_line(done.stderr)} (command: {' '.join(command)})")
    return chosen


def last_line(text: str) -> str:
    return (text.strip().split("\n") or [""])[-1]


def parse(contestant: Contestant, output: str) -> dict:
    try:
        return json.loads(last_line(output))
    except json.JSONDecodeError:
        raise Failure(70, f"{contestant.name} printed no JSON line (command: {' '.join(contestant.command)})")
