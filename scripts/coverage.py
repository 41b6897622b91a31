#!/usr/bin/env python3
"""Which lines and regions of the sources the tests run.

Builds everything with counters in a folder of its own, runs the suite, and prints lines for each target. Parsers and what saves and
resumes runs are held to more: every region of them, file by file. A region is a stretch of code that runs as one, so both sides of
a condition are two; Swift's compiler counts these, and branches it does not. Messages of preconditions are left out, since the
process ends with them.

    coverage.py [--again]       --again reports on the last run of the tests, and builds and runs nothing
"""
import collections, glob, json, pathlib, re, shutil, subprocess, sys

import results

ROOT = results.ROOT
SCRATCH = ROOT / ".build" / "coverage"
BUILT = SCRATCH / "release"
# SwiftPM has every process write here, the program's too, one file for each executable.
PROFILES = BUILT / "codecov"
FLAGS = ["-c", "release", "--enable-code-coverage", "--scratch-path", str(SCRATCH)]
LINE_GOAL = 95
# What reads files of strangers, and what keeps runs.
HELD_TO_REGIONS = re.compile(
    r"Sources/(Interchange/.*|Datasets/(Readers|Files|ImageFolder|Catalog)/.*|Imaging/Files/.*"
    r"|ModelFormats/(Reading|TensorBoard)/.*|Training/(RunFolder|Configuration)/.*|SpatialTransformers/(Weights|TrainingState).*)\.swift$")
# Made by protoc, or shims of system libraries.
LEFT_OUT = re.compile(r"/Generated/|Sources/C[A-Z]\w+/shim\.h$")


def tool(name):
    """A tool of LLVM; the toolchain's own, where it has one, reads what its compiler wrote."""
    beside = pathlib.Path(shutil.which("swift")).resolve().parent / name
    return str(beside) if beside.exists() else shutil.which(name) or sys.exit(f"{name} is missing; it comes with LLVM")


def run_tests():
    subprocess.run(["swift", "build", "--build-tests", *FLAGS], cwd=ROOT, check=True)
    shutil.rmtree(PROFILES, ignore_errors=True)
    # The tests of the package build another one, without counters.
    return subprocess.run(["swift", "test", "--skip-build", "--no-parallel", "--skip", "PackageTests", *FLAGS], cwd=ROOT).returncode


def export():
    """What LLVM knows of each file under Sources."""
    profile = SCRATCH / "merged.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", *glob.glob(f"{PROFILES}/*.profraw"), "-o", str(profile)],
                   check=True)
    bundle = glob.glob(f"{BUILT}/*PackageTests.xctest")[0]
    text = subprocess.run(
        [tool("llvm-cov"), "export", "-instr-profile", str(profile), bundle, "-object", str(BUILT / "stn"),
         "-skip-functions", str(ROOT / "Sources")], check=True, capture_output=True, text=True).stdout
    files = {}
    for entry in json.loads(text)["data"][0]["files"]:
        path = pathlib.Path(entry["filename"]).relative_to(ROOT).as_posix()
        if not LEFT_OUT.search(path):
            files[path] = entry
    return files


def precondition_lines(path):
    """The lines of statements that end the process."""
    lines, depth = set(), 0
    for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
        if depth > 0 or re.search(r"\b(precondition(Failure)?|fatalError)\(", line):
            lines.add(number)
            start = 0 if depth > 0 else re.search(r"\b(precondition|fatalError)", line).start()
            depth = max(0, depth + line[start:].count("(") - line[start:].count(")"))
    return lines


def text_between(lines, start, end):
    """The source from one place to another, both as line and column from 1."""
    (first, from_column), (last, to_column) = start, end
    if first == last:
        return lines[first - 1][from_column - 1:to_column - 1]
    return "\n".join([lines[first - 1][from_column - 1:], *lines[first:last - 1], lines[last - 1][:to_column - 1]])


def regions(path, entry):
    """How many regions there are, and where those begin that nothing ran."""
    ends, lines = precondition_lines(path), (ROOT / path).read_text().splitlines()
    found, segments = [], entry["segments"]
    for (line, column, count, counted, begins, gap), following in zip(segments, segments[1:] + [[len(lines), 1]]):
        # The three dots of a whole array count as a function, and what is behind an endless loop as code; neither is any.
        is_code = text_between(lines, (line, column), tuple(following[:2])).strip(" \n}") not in ("", "...")
        if counted and begins and not gap and line not in ends and is_code:
            found.append((line, column, count))
    return len(found), [f"{line}:{column}" for line, column, count in found if count == 0]


def percent(covered, count):
    return round(100 * covered / count, 2) if count else 100.0


def main():
    code = 0 if "--again" in sys.argv else run_tests()
    targets = collections.defaultdict(lambda: [0, 0])
    held, missed = {}, []
    for path, entry in sorted(export().items()):
        lines = entry["summary"]["lines"]
        total = targets[path.split("/")[1]]
        total[0] += lines["covered"]
        total[1] += lines["count"]
        if HELD_TO_REGIONS.search(path):
            count, uncovered = regions(path, entry)
            held[path] = {"regions": count, "uncovered": uncovered, "line_percent": percent(lines["covered"], lines["count"])}
    for name, (covered, count) in sorted(targets.items()):
        print(f"{name:20} {covered:6} of {count:6} lines {percent(covered, count):7.2f}%")
        if percent(covered, count) < LINE_GOAL:
            missed.append(f"{name}: fewer than {LINE_GOAL}% of its lines")
    for path, figures in held.items():
        if figures["uncovered"]:
            missed.append(f"{path}: {len(figures['uncovered'])} of {figures['regions']} regions, at "
                          + ", ".join(figures["uncovered"]))
    total = sum(figures["regions"] for figures in held.values())
    open_regions = sum(len(figures["uncovered"]) for figures in held.values())
    print(f"parsers and what keeps runs: {total - open_regions} of {total} regions in {len(held)} files")
    result = {**results.about(), "tests_passed": code == 0,
              "targets": {name: {"lines": count, "covered": covered, "percent": percent(covered, count)}
                          for name, (covered, count) in sorted(targets.items())},
              "parsers_and_saving": {"regions": total, "covered": total - open_regions,
                                     "percent": percent(total - open_regions, total), "files": held}}
    results.write("coverage.json", result)
    print("\n".join(["not run by any test:", *missed] if missed else ["all goals are met"]))
    sys.exit(code or (1 if missed else 0))


main()
