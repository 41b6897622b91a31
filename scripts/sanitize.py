#!/usr/bin/env python3
"""Runs the whole suite under sanitizers, each in a build of its own, and counts what they report.

- address: memory that is read or written out of its bounds or after it was freed, in Swift and in C. Leaks are not looked for.
- undefined: the C of this package with undefined behaviour trapping, such as overflow, shifts, null and misaligned pointers.
- thread: two threads at the same memory with nothing that orders them.

A report is a fault here or in what is depended on; either way this fails.

    sanitize.py [address] [undefined] [thread]      all three if none is named; each builds everything, ten minutes and more
"""
import os, pathlib, re, subprocess, sys, tempfile, time

import results

ROOT = results.ROOT
# Other packages are built by the same command; their C is theirs to look after.
OTHERS = "[undefined]\nsrc:*/checkouts/*\n"
REPORT = re.compile(r"ERROR: AddressSanitizer: [\w-]+|WARNING: ThreadSanitizer: [\w -]+|runtime error: .*"
                    r"|Exited with unexpected signal code \d+|signal code \d+")
TESTS = re.compile(r"Test run with (\d+) tests.* (passed|failed)")


def flags(name, folder):
    if name != "undefined":
        return ["--sanitize", name]
    others = pathlib.Path(folder) / "others"
    others.write_text(OTHERS)
    # A trap needs no library, and no test goes on past it.
    return [word for flag in ("-fsanitize=undefined", "-fsanitize-trap=undefined", f"-fsanitize-ignorelist={others}")
            for word in ("-Xcc", flag)]


def run(name):
    with tempfile.TemporaryDirectory(prefix="stn-sanitize-") as folder:
        options = ["-c", "release", "--scratch-path", str(ROOT / ".build" / f"sanitize-{name}"), *flags(name, folder)]
        start = time.monotonic()
        subprocess.run(["swift", "build", "--build-tests", *options], cwd=ROOT, check=True)
        built = time.monotonic()
        # What a child process reports is in a file of its own, as tests look at its standard error.
        log = pathlib.Path(folder) / "report"
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no",
                       "ASAN_OPTIONS": f"detect_leaks=0:log_path={log}", "TSAN_OPTIONS": f"log_path={log}"}
        done = subprocess.Popen(["swift", "test", "--skip-build", "--no-parallel", *options], cwd=ROOT, env=environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        said = []
        for line in done.stdout:
            said.append(line)
            print(line, end="", flush=True)
        code = done.wait()
        kept = ROOT / ".build" / f"sanitize-{name}" / "reports"
        kept.write_text("".join(path.read_text(errors="replace") for path in sorted(pathlib.Path(folder).glob("report.*"))))
    text = "".join(said)
    reports = REPORT.findall(kept.read_text()) + REPORT.findall(text)
    count = TESTS.findall(text)
    return {"tests": sum(int(number) for number, _ in count), "passed": code == 0, "reports": sorted(set(reports)),
            "report_count": len(reports), "build_seconds": round(built - start), "test_seconds": round(time.monotonic() - built)}


def main():
    names = sys.argv[1:] or ["address", "undefined", "thread"]
    path = results.RESULTS / "sanitize.json"
    found = results.read(path)
    for name in names:
        found[name] = {**results.about(), **run(name)}
        print(results.write(path.name, found), end="")
    sys.exit(0 if all(found[name]["passed"] and not found[name]["reports"] for name in names) else 1)


main()
