"""Our safetensors reader against the format's reference: the Python package, which is the reference's Rust under it."""
import json, os, subprocess, sys, time

import results

# Run by the interpreter that has the package; prints its counts as JSON.
PEER = r"""
import json, struct, sys
import safetensors
from safetensors import deserialize

stream, files, accepted, accepted_there, disagreements = sys.stdin.buffer, 0, 0, 0, 0


def part():
    head = stream.read(4)
    return stream.read(struct.unpack("<I", head)[0]) if len(head) == 4 else None


def theirs(file):
    try:
        return {name: (tensor["dtype"], list(tensor["shape"]), bytes(tensor["data"])) for name, tensor in deserialize(file)}
    except safetensors.SafetensorError:
        return None


while (file := part()) is not None:
    ours, reference = json.loads(part()), theirs(file)
    files += 1
    accepted += ours is not None
    accepted_there += reference is not None
    if ours is None:
        continue
    data = file[8 + struct.unpack("<Q", file[:8])[0]:]
    if reference != {name: (kind, shape, data[begin:end]) for name, kind, shape, begin, end in ours}:
        disagreements += 1
        print("disagreement:", file.hex(), ours, reference, file=sys.stderr)
print(json.dumps({"package": "safetensors " + safetensors.__version__, "files": files, "accepted_by_ours": accepted,
                  "accepted_by_theirs": accepted_there, "disagreements": disagreements}))
"""


def compare(program, environment, corpus, count, seed=1):
    """Gives both readers `count` files, changed from those in `corpus`, and counts what ours accepts and theirs does not alike."""
    python = os.environ.get("STN_PEERS_PYTHON") or subprocess.run(
        [results.ROOT / "Benchmarks" / "setup-peers.sh"], capture_output=True, text=True, check=True).stdout.strip()
    start = time.monotonic()
    source = subprocess.Popen([program, "--compare", str(seed), str(count), *corpus], env=environment, stdout=subprocess.PIPE)
    peer = subprocess.run([python, "-c", PEER], stdin=source.stdout, stdout=subprocess.PIPE, text=True, check=True)
    source.stdout.close()
    outcome = json.loads(peer.stdout)
    if source.wait() or outcome["files"] != count:
        sys.exit(f"the comparison ended after {outcome['files']} files")
    return {**outcome, "seed": seed, "seconds": round(time.monotonic() - start)}
