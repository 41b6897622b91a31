#!/usr/bin/env python3
"""Trains the same short run again and again, and demands one SHA-256 of the weights from all of them.

Each process trains the runs of Tests/TrainingTests/Reproducibility with 1, 2, 3, 4 and 8 threads, on every instruction set that
this processor has, in float32 and mixed, with SGD and Adam. What they give is written to Tests/Goldens/reproducible.json, which
`make test` compares with, and how often it was seen to Benchmarks/results/reproducible.json. Entries of instruction sets that
this processor lacks stay.

    reproduce.py [processes]        4 if not told otherwise, so that each run is made 20 times
"""
import collections, json, os, pathlib, subprocess, sys, tempfile

import results

ROOT = results.ROOT
GOLDEN = ROOT / "Tests" / "Goldens" / "reproducible.json"
RESULT = results.RESULTS / "reproducible.json"
TEST = ["swift", "test", "-c", "release", "--skip-build", "--no-parallel", "--filter", "ReproducibilityTests/wholeRun"]


def machine():
    library = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else "not glibc"
    return {**results.about(), "c_library": library}


def runs(processes):
    """The lines of every process."""
    for number in range(processes):
        with tempfile.TemporaryDirectory(prefix="stn-reproduce-") as folder:
            path = pathlib.Path(folder) / "digests"
            done = subprocess.run(TEST, cwd=ROOT, env={**os.environ, "STN_REPRODUCE": str(path)}, capture_output=True,
                                  text=True)
            if done.returncode or not path.exists():
                sys.exit(f"the test failed; it printed:\n{done.stdout}{done.stderr}")
            yield from map(json.loads, path.read_text().splitlines())
        print(f"{number + 1} of {processes} processes", flush=True)


def merge(path, about=None, **parts):
    """Replaces what `path` holds of these instruction sets and leaves the rest."""
    content = json.loads(path.read_text()) if path.exists() else {}
    for key, entries in parts.items():
        content[key] = {**content.get(key, {}), **entries}
    path.write_text(json.dumps({**content, **({"about": about} if about else {})}, indent=2, sort_keys=True) + "\n")


def main():
    seen = collections.defaultdict(collections.Counter)
    threads, built_with = set(), {}
    for line in runs(int(sys.argv[1]) if len(sys.argv) > 1 else 4):
        threads.add(int(line["threads"]))
        built_with[line["set"]] = line["built_with"]
        for steps in (key for key in line if key.isdigit()):
            seen[line["set"], line["settings"], steps][line[steps]] += 1
    golden, record = {}, {}
    for (name, settings, steps), digests in seen.items():
        golden.setdefault(name, {}).setdefault(settings, {})[steps] = digests.most_common(1)[0][0]
        entry = record.setdefault(name, {**machine(), "threads": sorted(threads), "runs": {}})
        entry["runs"].setdefault(settings, {})[steps] = dict(digests)
        print(f"{name:10} {settings:13} {steps:>3} steps: {digests.total()} runs, {len(digests)} distinct")
    merge(RESULT, instruction_sets=record)
    if any(len(digests) != 1 for digests in seen.values()):
        sys.exit("runs differ; nothing was recorded as expected")
    merge(GOLDEN, digests=golden, built_with=built_with, about="SHA-256 of the weights of the runs in "
          "Tests/TrainingTests/Reproducibility, by instruction set, settings and steps; make reproduce writes it")


main()
