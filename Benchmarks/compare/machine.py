"""What was measured on, without which a figure means nothing; and the files that say both."""
import json
import os
import platform
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


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


def describe() -> dict:
    return {"processor": processor(), "logical_cores": os.cpu_count(), "system": platform.platform(),
            "swift": output_of(["swift", "--version"]).split("\n")[0],
            "c_compiler": output_of(["clang", "--version"]).split("\n")[0],
            "commit": output_of(["git", "rev-parse", "HEAD"]),
            "uncommitted_changes": output_of(["git", "status", "--porcelain", "--untracked-files=no"]) != ""}


def results_path(kind: str, machine: dict) -> str:
    """Where the figures of this processor are kept."""
    slug = re.sub(r"[^a-z0-9]+", "-", machine["processor"].lower()).strip("-")
    return os.path.join(ROOT, "Benchmarks", "results", f"{kind}-{slug}.json")


def write(path: str, result: dict) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as file:
        json.dump(result, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"written to {os.path.relpath(path)}")
