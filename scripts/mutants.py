#!/usr/bin/env python3
"""Plants small faults in kernels, parsers and what saves runs, and counts which of them the tests see.

Places and kinds are drawn by a seed (mutations.py has the kinds). One build holds all faults; STN_MUTANT in the environment
switches one on. Each is then run against the tests of the targets that own the code, until the first of them fails. A fault that no
test sees is listed: either a test is missing, or the fault changes nothing that anybody can see.

    mutants.py [--seed N] [--jobs N] [--seconds N] [--only PATTERN] [--again] [--here]

--seconds ends the runs of tests after that time; the faults that were not come to are counted. --only takes the groups whose names
match; the others keep their entries in the record, each with its commit. --again, after tests were added, tries those that no test
saw; the others keep what came of them, if the same place on the same line is drawn: run all after sources or tests were changed or
taken away. --here plants in this checkout, which must be clean, and takes all back; without it a copy under .build/mutants is built
from nothing.
"""
import argparse, collections, concurrent.futures, glob, json, os, pathlib, random, re, shutil, signal, subprocess, sys, threading, time

import mutations, results

ROOT = results.ROOT
# The first measures what a processor reaches and computes nothing; the second asks for memory ahead of time.
LEFT_OUT = ("fma_burn.h", "sampling_prefetch.h")
# Whole runs whose bits are compared take as long as all the rest; a fault that only they would see counts as unseen.
FILTER = r"^({})\.(?!ReproducibilityTests)"
FAILED = re.compile(r"^✘|recorded an issue|Fatal error")


class Group:
    """Files that belong together, the tests that hold them, and how many faults they get."""

    def __init__(self, name, count, tests, *patterns):
        self.name, self.count, self.tests, self.patterns = name, count, tests, patterns

    def files(self, root):
        return sorted(path for pattern in self.patterns for path in glob.glob(pattern, root_dir=root, recursive=True)
                      if not path.endswith(LEFT_OUT))


GROUPS = [
    Group("kernels", 100, "ExecutionTests", "Sources/CKernels/body/*.h", "Sources/CKernels/common.h",
          "Sources/CKernels/patches.h", "Sources/CKernels/dispatch.c"),
    Group("safetensors", 45, "InterchangeTests", "Sources/Interchange/Safetensors/*.swift", "Sources/Interchange/*.swift"),
    Group("files", 20, "InterchangeTests|TrainingTests", "Sources/Interchange/Files/*.swift"),
    Group("data sets", 40, "DatasetsTests", "Sources/Datasets/Readers/*.swift", "Sources/Datasets/Files/*.swift",
          "Sources/Datasets/ImageFolder/*.swift"),
    Group("pictures", 25, "ImagingTests", "Sources/Imaging/Files/*.swift"),
    Group("event files and models", 20, "ModelFormatsTests", "Sources/ModelFormats/Reading/*.swift",
          "Sources/ModelFormats/TensorBoard/*.swift"),
    Group("saving", 40, "TrainingTests", "Sources/Training/RunFolder/*.swift"),
    Group("settings", 20, "TrainingTests", "Sources/Training/Configuration/*.swift"),
]


class Mutant:
    def __init__(self, group, path, line, fault):
        self.group, self.path, self.line = group, path, line
        self.kind, self.start, self.end, self.text = fault
        self.number, self.outcome, self.seconds = 0, None, 0.0

    def record(self, source):
        return {"file": self.path, "line": self.line + 1, "kind": self.kind, "of": source[self.start:self.end].strip(),
                "outcome": self.outcome, "seconds": round(self.seconds, 1)}


def language(path):
    return mutations.SWIFT if path.endswith(".swift") else mutations.C


def choose(root, groups, seed):
    """At most one fault a line, drawn evenly over kinds: literals are many, dropped statements few."""
    chosen = []
    for group in groups:
        chance = random.Random(f"{seed} {group.name}")
        kinds = collections.defaultdict(list)
        for path in group.files(root):
            lines = (root / path).read_text().splitlines()
            for line, text in enumerate(lines):
                is_in_macro = line > 0 and lines[line - 1].endswith("\\")
                for fault in [] if is_in_macro else mutations.of_line(text, language(path)):
                    kinds[fault[0]].append(Mutant(group, path, line, fault))
        for candidates in kinds.values():
            chance.shuffle(candidates)
        taken, here = set(), []
        while len(here) < group.count and any(kinds.values()):
            for kind in sorted(kinds):
                mutant = kinds[kind].pop() if kinds[kind] else None
                if mutant and (mutant.path, mutant.line) not in taken and len(here) < group.count:
                    taken.add((mutant.path, mutant.line))
                    here.append(mutant)
        chosen += here
    for number, mutant in enumerate(chosen, 1):
        mutant.number = number
    return chosen


class Planted:
    """A tree of sources with faults in it."""

    def __init__(self, root, mutants):
        self.root, self.mutants = root, mutants
        paths = {mutant.path for mutant in mutants} | {"Sources/CKernels/common.h", "Sources/CKernels/dispatch.c"}
        self.originals = {path: (root / path).read_text() for path in paths}
        self.switch = root / "Sources/Tensors/Mutants.swift"

    def lines(self, path):
        return self.originals[path].splitlines()

    def plant(self):
        """Writes every file anew, with the faults that are left."""
        self.write(self.switch, mutations.SWIFT_SWITCH)
        for path, text in self.originals.items():
            lines = text.splitlines()
            for mutant in self.mutants:
                if mutant.path == path and mutant.outcome is None:
                    line = lines[mutant.line]
                    lines[mutant.line] = line[:mutant.start] + mutant.text(mutant.number) + line[mutant.end:]
            # One line in front, which named_in() knows of.
            first = "import Tensors" if path.endswith(".swift") else mutations.C_DECLARATION
            last = [mutations.C_SWITCH] if path.endswith("dispatch.c") else []
            self.write(self.root / path, "\n".join([first, *lines, *last]) + "\n")

    @staticmethod
    def write(path, text):
        """Files that stay as they are keep their time, so that nothing is built for them."""
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def restore(self):
        for path, text in self.originals.items():
            self.write(self.root / path, text)
        self.switch.unlink(missing_ok=True)

    def build(self):
        """Builds, and takes out what does not compile until all does."""
        while True:
            self.plant()
            done = subprocess.run(["swift", "build", "-c", "release", "--build-tests"], cwd=self.root, capture_output=True,
                                  text=True)
            if done.returncode == 0:
                return
            faulty = self.named_in(done.stdout + done.stderr)
            if not faulty:
                sys.exit("the build fails beside all faults:\n" + (done.stdout + done.stderr)[-4000:])
            for mutant in faulty:
                mutant.outcome = "does not compile"
            print(f"{len(faulty)} faults do not compile", flush=True)

    def named_in(self, log):
        """The faults on the lines that the compiler complains of, or else those next to them."""
        def places(kind):
            return {(os.path.normpath(path), int(line) - 2)
                    for path, line in re.findall(rf"(Sources/[^\s:]+):(\d+):\d+: {kind}", log)}

        for kind, reach in (("error", 0), ("note", 0), ("error", 1), ("error", 3), ("error", 10), ("error", 40)):
            found = [mutant for mutant in self.mutants if mutant.outcome is None and any(
                path == mutant.path and abs(line - mutant.line) <= reach for path, line in places(kind))]
            if found:
                return found
        return []


class Runner:
    def __init__(self, root):
        self.root = root
        self.bundle = glob.glob(f"{root}/.build/release/*PackageTests.xctest")[0]

    def run(self, tests, number, limit):
        """Runs tests with one fault until the first failure: what came of it, nothing if they pass, and the seconds it took."""
        start = time.monotonic()
        process = subprocess.Popen(
            [self.bundle, "--testing-library", "swift-testing", "--no-parallel", "--filter", FILTER.format(tests)], cwd=self.root,
            env={**os.environ, "STN_MUTANT": str(number), "SWIFT_BACKTRACE": "enable=no"}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        timer = threading.Timer(limit, self.end, [process])
        timer.start()
        failure = next((line.strip() for line in process.stdout if FAILED.search(line)), None)
        if failure:
            self.end(process)
        code, expired = process.wait(), not timer.is_alive()
        timer.cancel()
        process.stdout.close()
        if not failure and code:
            failure = "out of time" if expired else f"ended with {code}"
        return failure, time.monotonic() - start

    @staticmethod
    def end(process):
        """Ends the process and whatever it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def baseline(self, groups):
        """The seconds that each group's tests take with no fault."""
        seconds = {}
        for tests in {group.tests for group in groups}:
            failure, seconds[tests] = self.run(tests, 0, 3600)
            if failure:
                sys.exit(f"{tests} fail with no fault switched on: {failure}")
            print(f"{tests} pass with no fault, in {seconds[tests]:.0f} s", flush=True)
        return seconds

    def judge(self, mutant, seconds, end):
        if time.monotonic() > end:
            return mutant
        # What makes a loop endless, or slower than this, is seen too.
        failure, mutant.seconds = self.run(mutant.group.tests, mutant.number, 60 + 5 * seconds)
        mutant.outcome = "killed" if failure else "survived"
        return mutant


def copied():
    """A copy of the tree for planting in; what is built in it stays for the next time."""
    root = ROOT / ".build" / "mutants"
    root.mkdir(parents=True, exist_ok=True)
    for name in ("Package.swift", "Package.resolved", "Sources", "Tests"):
        source, target = ROOT / name, root / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)
    return root


def remember(planted):
    """Gives the faults that the record knows on the same lines what came of them, but for those that no test saw."""
    known = {(mutant["file"], mutant["line"], mutant["kind"], mutant["of"]): mutant
             for group in results.read("mutants.json").get("groups", {}).values() for mutant in group["mutants"]}
    for mutant in planted.mutants:
        entry = mutant.record(planted.lines(mutant.path)[mutant.line])
        before = known.get((entry["file"], entry["line"], entry["kind"], entry["of"]))
        if before and before["outcome"] != "survived":
            mutant.outcome, mutant.seconds = before["outcome"], before["seconds"]


def summary(outcomes):
    counts = collections.Counter(outcomes)
    tried = counts["killed"] + counts["survived"]
    return {"tried": tried, "killed": counts["killed"], "survived": counts["survived"],
            "does_not_compile": counts["does not compile"], "not_come_to": counts[None],
            "killed_percent": round(100 * counts["killed"] / max(tried, 1), 1)}


def record(planted, groups, seed):
    """Writes what came of these groups beside what is known of the others, each with its commit; returns the whole's summary."""
    known = results.read("mutants.json").get("groups", {})
    for group in groups:
        mutants = [mutant for mutant in planted.mutants if mutant.group is group]
        known[group.name] = {
            **results.about(), "seed": seed, "tests": group.tests, **summary([mutant.outcome for mutant in mutants]),
            "mutants": [mutant.record(planted.lines(mutant.path)[mutant.line]) for mutant in mutants if mutant.outcome]}
    known = {group.name: known[group.name] for group in GROUPS if group.name in known}
    outcomes = [mutant["outcome"] for group in known.values() for mutant in group["mutants"]]
    whole = summary(outcomes + [None] * sum(group["not_come_to"] for group in known.values()))
    results.write("mutants.json", {**whole, "groups": known})
    return whole


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--seconds", type=float, default=float("inf"))
    options.add_argument("--only", default="")
    options.add_argument("--again", action="store_true")
    options.add_argument("--here", action="store_true")
    options = options.parse_args()
    if options.here and subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True).stdout:
        sys.exit("this checkout has changes of its own; commit them first")
    groups = [group for group in GROUPS if re.search(options.only, group.name)]
    if not groups:
        sys.exit(f"no group's name matches {options.only}; there are {', '.join(group.name for group in GROUPS)}")
    root = ROOT if options.here else copied()
    planted = Planted(root, choose(root, groups, options.seed))
    if options.again:
        remember(planted)
    try:
        planted.build()
        runner = Runner(root)
        seconds = runner.baseline(groups)
        waiting = [mutant for mutant in planted.mutants if mutant.outcome is None]
        # A part of them in the given time is a part of each group.
        random.Random(options.seed).shuffle(waiting)
        end = time.monotonic() + options.seconds
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            jobs = [pool.submit(runner.judge, mutant, seconds[mutant.group.tests], end) for mutant in waiting]
            for count, job in enumerate(concurrent.futures.as_completed(jobs), 1):
                mutant = job.result()
                if mutant.outcome == "survived":
                    line = planted.lines(mutant.path)[mutant.line]
                    print(f"{mutant.path}:{mutant.line + 1}: {mutant.kind} survived: {line[mutant.start:mutant.end].strip()}")
                if count % 20 == 0:
                    print(f"{count} of {len(waiting)}", flush=True)
    finally:
        planted.restore()
    print(json.dumps(record(planted, groups, options.seed), indent=2))


main()
