#!/usr/bin/env python3
"""Searches for files that a reader does not stand: libFuzzer with AddressSanitizer around the checks of Tests/ReaderChecks.

    fuzz.py [--seconds 60 | --runs 1000000] [--compare 1000000] [reader …]    all readers if none is named

Each reader gets a process of its own, one after another; --compare then gives as many changed safetensors headers to our reader and
to the Python package `safetensors`: what ours accepts theirs must accept, with the same shapes and data. What was found that is new
to a reader is kept in .build/fuzzing/corpus, where the next search begins; what broke a promise is put into .build/fuzzing/failures.
Executions add up in Benchmarks/results, by commit.
"""
import argparse, contextlib, datetime, os, pathlib, re, shutil, subprocess, sys, tempfile, time

import results
from differential import compare

WORK = results.ROOT / ".build" / "fuzzing"
PROGRAM = results.ROOT / "Fuzzing" / ".build" / "release" / "Fuzz"
SEEDS = results.ROOT / "Tests" / "ReaderTests" / "Corpus"
# Longer files find nothing that these lengths do not, at a fraction of the speed.
LONGEST = {"checkpoint": 4096, "safetensors": 2048, "cifar10": 9219, "archive": 4096, "events": 2048, "onnx": 1024,
           "jpeg": 1024, "json": 512, "idx": 128, "gzip": 512, "png": 512}
LIMITS = ["-rss_limit_mb=256", "-malloc_limit_mb=64", "-timeout=1"]
OPTIONS = LIMITS + ["-reload=0", "-print_final_stats=1"]
ENVIRONMENT = {
    # A crash would otherwise wait for a backtrace.
    "SWIFT_BACKTRACE": "enable=no",
    # Freed memory is held back for a while, but not for half of the limit above; where it was taken is not written down. Leaks are
    # not looked for, and not by -detect_leaks=0, as libFuzzer then does not see allocations and their limit either.
    "ASAN_OPTIONS": "quarantine_size_mb=8:malloc_context_size=0:allocator_release_to_os_interval_ms=-1:detect_leaks=0"}


def build():
    flags = ["-Xswiftc", "-sanitize=fuzzer,address", "-Xswiftc", "-use-ld=lld", "-Xcc", "-fsanitize=fuzzer-no-link,address",
             # The kernels are large functions: checks that are calls compile in a fraction of the time, and no reader runs them.
             "-Xcc", "-mllvm", "-Xcc", "-asan-instrumentation-with-call-threshold=0",
             # Fuzzing/Sources/Fuzz/Counters.swift says what for.
             *[flag for kind in ("8bit_counters", "pcs") for flag in ("-Xlinker", f"--wrap=__sanitizer_cov_{kind}_init")]]
    subprocess.run(["swift", "build", "--package-path", "Fuzzing", "-c", "release", *flags], cwd=results.ROOT, check=True)


def run(arguments, folder):
    """Runs the program with its scratch files in memory where there is a file system in memory."""
    environment = {**os.environ, **ENVIRONMENT, "TMPDIR": folder}
    return subprocess.run([PROGRAM, *arguments], env=environment, cwd=folder, capture_output=True, text=True, errors="replace")


def stands(reader, path, folder):
    """Whether the reader stands a file when it has the machine to itself: a busy one makes it look slow."""
    return run([reader, *LIMITS, path], folder).returncode == 0


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def search(reader, runs, seconds):
    """Searches until so many executions or seconds have passed, or a promise is broken."""
    corpus, failures = WORK / "corpus" / reader, WORK / "failures"
    for folder in (corpus, failures):
        folder.mkdir(parents=True, exist_ok=True)
    found = {"executions": 0, "seconds": 0, "failures": 0, "not_repeated": 0}
    start = time.monotonic()
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="stn-fuzz-", dir=memory) as folder:
        while found["executions"] < runs and time.monotonic() - start < seconds and not found["failures"]:
            limits = [f"-max_len={LONGEST.get(reader, 1024)}", f"-artifact_prefix={folder}/"]
            if runs < float("inf"):
                limits.append(f"-runs={runs - found['executions']}")
            if seconds < float("inf"):
                limits.append(f"-max_total_time={max(1, round(seconds - (time.monotonic() - start)))}")
            done = run([reader, *OPTIONS, *limits, corpus, SEEDS / reader], folder)
            executions = number(r"stat::number_of_executed_units: (\d+)", done.stderr)
            found["executions"] += executions
            found["edges"] = number(r"cov: (\d+)", done.stderr)
            found["peak_megabytes"] = number(r"stat::peak_rss_mb: +(\d+)", done.stderr)
            artifacts = [path for kind in ("crash", "oom", "timeout", "leak") for path in pathlib.Path(folder).glob(f"{kind}-*")]
            for path in artifacts:
                if stands(reader, path, folder):
                    found["not_repeated"] += 1
                    path.unlink()
                else:
                    found["failures"] += 1
                    kept = failures / f"{reader}-{path.name}"
                    shutil.move(path, kept)
                    print(f"{kept}:", *[line for line in done.stderr.splitlines()
                                        if re.search("Fatal error|ERROR|SUMMARY", line)], sep="\n    ", flush=True)
            if done.returncode and not artifacts or not executions:
                sys.exit(f"the search of {reader} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    found["seconds"] = round(time.monotonic() - start)
    found["corpus_files"] = len(list(corpus.iterdir()))
    return found


class Record:
    """What was searched on this machine, session by session."""
    def __init__(self):
        # As it is before the search: hours later another may be checked out.
        self.name, self.commit = f"fuzzing-{results.processor_slug()}.json", results.commit()

    @contextlib.contextmanager
    def changed(self):
        """The record as it is now, written back after the change; searches in other processes wait for it."""
        with results.locked():
            content = results.read(self.name) or {"processor": results.processor(), "readers": {}}
            yield content
            results.write(self.name, content)

    def add(self, reader, found):
        with self.changed() as content:
            self.add_session(content["readers"].setdefault(reader, {"executions": 0, "failures": 0, "sessions": []}), found)

    def add_session(self, entry, found):
        session = {"date": datetime.date.today().isoformat(), "commit": self.commit, "limits": " ".join(LIMITS), **found}
        for key in ("executions", "failures"):
            entry[key] += found[key]
        last = entry["sessions"][-1] if entry["sessions"] else None
        if last and all(last[key] == session[key] for key in ("date", "commit", "limits")):
            for key in ("executions", "seconds", "failures", "not_repeated"):
                session[key] += last[key]
            entry["sessions"].pop()
        entry["sessions"].append(session)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("readers", nargs="*")
    options.add_argument("--seconds", type=float, default=float("inf"))
    options.add_argument("--runs", type=int)
    options.add_argument("--compare", type=int, default=0, metavar="HEADERS")
    options.add_argument("--no-build", action="store_true")
    options.add_argument("--no-search", action="store_true")
    chosen = options.parse_args()
    if not chosen.no_build:
        build()
    known = run([], "/").stdout.split()
    if unknown := set(chosen.readers) - set(known):
        sys.exit(f"no reader is called {' or '.join(unknown)}; there are {', '.join(known)}")
    runs = chosen.runs or (float("inf") if chosen.seconds < float("inf") else 1_000_000)
    record, broken = Record(), 0
    for reader in [] if chosen.no_search else chosen.readers or known:
        found = search(reader, runs, chosen.seconds)
        record.add(reader, found)
        broken += found["failures"]
        print(f"{reader:14}{found['executions']:>12,} executions {found['executions'] / max(1, found['seconds']):>10,.0f} a second"
              f"{found['edges']:>7} edges {found['peak_megabytes']:>5} MB {found['failures']:>3} failures", flush=True)
    if chosen.compare:
        corpus = [path for folder in (SEEDS, WORK / "corpus") for path in sorted(folder.glob("safetensors/*"))]
        outcome = compare(PROGRAM, {**os.environ, **ENVIRONMENT}, corpus, chosen.compare)
        with record.changed() as content:
            content["comparison"] = {"date": datetime.date.today().isoformat(), "commit": record.commit, **outcome}
        broken += outcome["disagreements"]
        print(", ".join(f"{value} {key.replace('_', ' ')}" for key, value in outcome.items()))
    sys.exit(1 if broken else 0)


main()
