#!/usr/bin/env python3
"""Kills training runs at random moments, goes on with them, and holds what they end with to a run that nobody killed.

Every step is saved. After each kill the checkpoints are verified here, independently of the program: the SHA-256 that each
carries, that the newest has not fewer steps behind it than the one before, and that metrics.jsonl holds a line of each epoch
that it closes. A finished run must have the same last and best weights as the reference, byte for byte.

This tests processes that die, not disks that lose power; those are replayed in Tests/TrainingTests/RunFolder.

    soak.py path/to/stn [kills] [seed] [seconds]     ends with whichever comes first, the kills or the seconds
"""
import datetime, hashlib, json, os, pathlib, random, shutil, struct, subprocess, sys, tempfile, time, zlib

import results

# From far before the first step to well behind it, on the machine this was written on; the point is to hit everything.
LONGEST_DELAY = 0.35
SETTINGS = ("--image-size 18 --batch-size 4 --epochs 30 --figure-every 0 --log-interval 1 --optimizer adam"
            " --schedule one-cycle --save-every 1 --quiet").split()


def write_png(path, shade):
    side = 20
    rows = b"".join(b"\0" + bytes((shade + x * y) % 256 for x in range(side)) for y in range(side))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_images(folder):
    for name, shade in (("cat", 20), ("dog", 200)):
        (folder / name).mkdir(parents=True)
        for index in range(12):
            write_png(folder / name / f"{index}.png", shade + index)


def metadata(path):
    """The metadata of a sealed file; raises where the seal is broken."""
    data = path.read_bytes()
    header = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])
    stated = header["__metadata__"]["sha256"]
    place = data.index(b'"sha256":"') + len(b'"sha256":"')
    blank = data[:place] + b"0" * 64 + data[place + 64:]
    if hashlib.sha256(blank).hexdigest() != stated:
        raise ValueError(f"{path}: broken seal")
    return header["__metadata__"]


def weights_digest(run):
    return {name: hashlib.sha256((run / "checkpoints" / f"{name}.safetensors").read_bytes()).hexdigest()
            for name in ("last", "best")}


class Tally:
    def __init__(self):
        self.kills = self.kills_while_saving = self.finished_runs = 0
        self.unreadable_checkpoints = self.lost_epochs = self.steps_lost = self.different_ends = self.failed_resumes = 0

    def inspect(self, run, step_before):
        """Looks at a folder after a kill; returns the steps of its newest checkpoint."""
        checkpoints = run / "checkpoints"
        if not checkpoints.exists():
            return step_before
        names = sorted(path.name for path in checkpoints.iterdir())
        self.kills_while_saving += any(name.endswith(".tmp") for name in names)
        newest = None
        for name in names:
            if name.endswith(".safetensors") and not name.startswith("."):
                try:
                    found = metadata(checkpoints / name)
                except Exception as error:
                    print(error)
                    self.unreadable_checkpoints += 1
                    continue
                if name.startswith("step-"):
                    newest = found
        self.unreadable_checkpoints += sum(name.endswith(".corrupt") for name in names)
        if newest is None:
            self.steps_lost += step_before > 0
            return 0
        record = json.loads(newest["run"])
        closed = record["progress"]["epoch"] - 1
        text = (run / "metrics.jsonl").read_bytes()[:record["journals"]["metrics.jsonl"]].decode()
        epochs = [json.loads(line)["epoch"] for line in text.splitlines()]
        self.lost_epochs += epochs != list(range(1, closed + 1))
        step = int(newest["step"])
        self.steps_lost += step < step_before
        return step


def soak(stn, kills, seed, limit):
    chance = random.Random(seed)
    tally = Tally()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stn-soak-") as folder:
        folder = pathlib.Path(folder)
        make_images(folder / "images")
        run, reference = folder / "run", folder / "reference"
        fresh = lambda path: [stn, "train", "images", "--output", path.name, *SETTINGS]
        subprocess.run(fresh(reference), cwd=folder, check=True)
        expected = weights_digest(reference)
        step = 0
        while tally.kills < kills and time.monotonic() - start < limit:
            begun = (run / "config.yaml").exists()
            if not begun:
                shutil.rmtree(run, ignore_errors=True)
            command = [stn, "train", "--resume", run.name, "--quiet"] if begun else fresh(run)
            process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)
            try:
                code = process.wait(chance.uniform(0, LONGEST_DELAY))
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
                tally.kills += code == -9
            message = process.stderr.read().decode()
            process.stderr.close()
            if code == 0:
                tally.finished_runs += 1
                tally.different_ends += weights_digest(run) != expected or \
                    (run / "stn.log").read_bytes() != (reference / "stn.log").read_bytes()
                shutil.rmtree(run)
                step = 0
            elif code == -9:
                step = tally.inspect(run, step)
            else:
                tally.failed_resumes += 1
                print(f"exit code {code}: {message}")
            if tally.kills % 100 == 0 and code == -9:
                print(f"{tally.kills} kills, {time.monotonic() - start:.0f} s", flush=True)
        # The last one is let finish, so that every kill is one that a finished run has survived.
        subprocess.run([stn, "train", "--resume", run.name, "--quiet"] if (run / "config.yaml").exists() else fresh(run),
                       cwd=folder, check=True)
        tally.finished_runs += 1
        tally.different_ends += weights_digest(run) != expected
    return tally, time.monotonic() - start


def main():
    stn = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    limit = float(sys.argv[4]) if len(sys.argv) > 4 else float("inf")
    tally, seconds = soak(stn, kills, seed, limit)
    result = {"date": datetime.date.today().isoformat(), "commit": results.commit(), "processor": results.processor(),
              "seed": seed, "settings": " ".join(SETTINGS), "seconds": round(seconds), **vars(tally)}
    print(results.write(f"soak-{results.processor_slug()}.json", result), end="")
    faults = (tally.unreadable_checkpoints + tally.lost_epochs + tally.steps_lost + tally.different_ends
              + tally.failed_resumes)
    sys.exit(1 if faults else 0)


main()
