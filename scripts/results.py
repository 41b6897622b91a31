"""What the scripts that measure or search have in common: which machine and commit it was, and where results go."""
import contextlib, datetime, fcntl, json, os, pathlib, platform, re, subprocess, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "Benchmarks" / "results"


def processor():
    try:
        return re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)
    except (OSError, AttributeError):
        return platform.processor() or platform.machine()


def processor_slug():
    """The processor's name, fit for that of a file."""
    return re.sub(r"[^a-z0-9]+", "-", processor().lower()).strip("-")


def commit(*paths):
    """The commit that is checked out; with paths, the last one that changed any of them."""
    command = ["git", "log", "-1", "--format=%h", "--", *paths] if paths else ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def compiler():
    return subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()[0]


def about():
    """What a result begins with: when, of which commit, where and built by what."""
    return {"date": datetime.date.today().isoformat(), "commit": commit(), "processor": processor(), "compiler": compiler()}


def read(name):
    """A result file's content; nothing where there is none yet."""
    path = RESULTS / name
    return json.loads(path.read_text()) if path.exists() else {}


@contextlib.contextmanager
def locked():
    """Keeps out every other process that would read a result of this checkout, change it and write it."""
    folder = os.open(RESULTS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def write(name, result):
    """Writes a result file, whole or not at all; returns its text."""
    text = json.dumps(result, indent=2) + "\n"
    with tempfile.NamedTemporaryFile("w", dir=RESULTS, delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, RESULTS / name)
    return text
