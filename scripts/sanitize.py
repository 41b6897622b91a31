#!/usr/bin/env python3
"""Runs the whole suite under sanitizers, in two builds of their own, and counts what they report.

- memory: memory that is read or written out of its bounds or after it was freed, in Swift and in C (leaks are not looked for); and
  the C of this package with undefined behaviour trapping, such as overflow, shifts, null and misaligned pointers. One build, as
  neither sees less for the other.
- thread: two threads at the same memory with nothing that orders them.

A report is a fault here or in what is depended on; either way this fails.

    sanitize.py [memory] [thread]      both if none is named; each builds everything, ten minutes and more
"""
import argparse, os, pathlib, platform, re, subprocess, sys, tempfile, time

import results

ROOT = results.ROOT
SANITIZERS = ROOT / "scripts" / "sanitizers"
# Other packages are built by the same command; their C is theirs to look after.
OTHERS = "[undefined]\nsrc:*/checkouts/*\n"
KINDS = ["memory", "thread"]
LEFT_OUT = {"PackageTests": "build another package, without sanitizers",
            "ScarceMemoryTests": "hold the program to few addresses, of which sanitizers take terabytes"}
REPORT = re.compile(r"ERROR: AddressSanitizer: [\w-]+|WARNING: ThreadSanitizer: [\w -]+|runtime error: .*"
                    r"|Exited with unexpected signal code \d+|signal code \d+")
TESTS = re.compile(r"Test run with (\d+) tests.* (passed|failed)")


def flags(name, scratch):
    if name == "thread":
        # Checks drown what optimization gains, and the compiler takes minutes a kernel for it.
        return ["--sanitize", "thread", "-Xcc", "-O1"]
    # At the same place each time and left alone while it is right: another flag or a newer file, and all is built anew.
    scratch.mkdir(parents=True, exist_ok=True)
    others = scratch / "others"
    if not others.exists() or others.read_text() != OTHERS:
        others.write_text(OTHERS)
    # A trap needs no library, and no test goes on past it.
    undefined = ("-fsanitize=undefined", "-fsanitize-trap=undefined", f"-fsanitize-ignorelist={others}")
    # The kernels are large functions: checks of addresses that are calls compile in a fraction of the time.
    calls = ("-mllvm", "-asan-instrumentation-with-call-threshold=0")
    return ["--sanitize", "address", *(word for flag in undefined + calls for word in ("-Xcc", flag))]


def require_blindness(folder):
    """Ends this where the thread sanitizer has come to see the standard library's lock: nothing need be suppressed then."""
    probe = pathlib.Path(folder) / "mutex"
    subprocess.run(["swiftc", "-swift-version", "6", "-O", "-sanitize=thread", str(SANITIZERS / "mutex.swift"), "-o", str(probe)],
                   check=True)
    done = subprocess.run([probe], capture_output=True, text=True, errors="replace")
    if done.stdout != "20001\n":
        sys.exit(f"{SANITIZERS / 'mutex.swift'} miscounts, which no lock allows: {done.stdout}{done.stderr}")
    if not REPORT.search(done.stderr):
        sys.exit(f"the thread sanitizer reports no race where there is none: {SANITIZERS / 'thread.suppressions'} can go")


def run(name):
    scratch = ROOT / ".build" / f"sanitize-{name}"
    with tempfile.TemporaryDirectory(prefix="stn-sanitize-") as folder:
        options = ["-c", "release", "--scratch-path", str(scratch), *flags(name, scratch)]
        thread_options = []
        # Elsewhere the lock is the system's own, which the sanitizer sees.
        if name == "thread" and platform.system() == "Linux":
            require_blindness(folder)
            thread_options = [f"suppressions={SANITIZERS / 'thread.suppressions'}"]
        start = time.monotonic()
        subprocess.run(["swift", "build", "--build-tests", *options], cwd=ROOT, check=True)
        built = time.monotonic()
        # What a child process reports is in a file of its own, as tests look at its standard error.
        log = pathlib.Path(folder) / "report"
        environment = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "STN_TEST_KILOBYTES": "unlimited",
                       "ASAN_OPTIONS": f"detect_leaks=0:log_path={log}",
                       "TSAN_OPTIONS": ":".join([f"log_path={log}", *thread_options])}
        left_out = [word for name in LEFT_OUT for word in ("--skip", name)]
        done = subprocess.Popen(["swift", "test", "--skip-build", "--no-parallel", *left_out, *options], cwd=ROOT,
                                env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        said = []
        for line in done.stdout:
            said.append(line)
            print(line, end="", flush=True)
        code = done.wait()
        kept = scratch / "reports"
        kept.write_text("".join(path.read_text(errors="replace") for path in sorted(pathlib.Path(folder).glob("report.*"))))
    text = "".join(said)
    reports = REPORT.findall(kept.read_text()) + REPORT.findall(text)
    count = TESTS.findall(text)
    return {"left_out": LEFT_OUT, "tests": sum(int(number) for number, _ in count), "passed": code == 0,
            "reports": sorted(set(reports)), "report_count": len(reports), "build_seconds": round(built - start),
            "test_seconds": round(time.monotonic() - built)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="sanitizer")
    names = options.parse_args().names or KINDS
    if unknown := set(names) - set(KINDS):
        sys.exit(f"no sanitizer is called {' or '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    for name in names:
        found = {**results.about(), **run(name)}
        # Read at the end: the other may have run meanwhile.
        found = {**results.read("sanitize.json"), name: found}
        print(results.write("sanitize.json", found), end="")
    sys.exit(0 if all(found[name]["passed"] and not found[name]["reports"] for name in names) else 1)


main()
