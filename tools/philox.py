"""Philox4x32-10 and the random streams of Sources/Tensors, word for word, so that both sides draw the same numbers.

Run as a script it checks itself against the published known answers.
"""
import numpy as np

TESTING = 6  # RandomPurpose.testing


def philox4x32(seed: int, counters: np.ndarray) -> np.ndarray:
    """The four words of each row of `counters` ([n, 4] of uint32) under a 64-bit seed."""
    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    c = [counters[:, k].astype(np.uint64) for k in range(4)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for round_ in range(10):
        if round_ > 0:
            key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
        first = c[0] * np.uint64(0xD2511F53)
        second = c[2] * np.uint64(0xCD9E8D57)
        c = [(second >> shift) ^ c[1] ^ np.uint64(key[0]), second & mask,
             (first >> shift) ^ c[3] ^ np.uint64(key[1]), first & mask]
    return np.stack(c, axis=1).astype(np.uint32)


def words(count: int, seed: int, index: int, step: int = 0, purpose: int = TESTING) -> np.ndarray:
    """The first `count` words of RandomStream(seed:purpose:index:step:).generator."""
    blocks = (count + 3) // 4
    counters = np.zeros((blocks, 4), np.uint32)
    counters[:, 0] = np.arange(blocks)
    counters[:, 2] = step
    counters[:, 3] = purpose << 16 | index
    return philox4x32(seed, counters).reshape(-1)[:count]


def uniform(count: int, lower: float, upper: float, seed: int, index: int, step: int = 0) -> np.ndarray:
    """RandomStreamGenerator.uniform(lower, upper), `count` times, in float32 arithmetic."""
    unit = (words(count, seed, index, step) >> np.uint32(8)).astype(np.float32) * np.float32(2.0 ** -24)
    lower, upper = np.float32(lower), np.float32(upper)
    return lower + (upper - lower) * unit


def integers(count: int, bound: int, seed: int, index: int, step: int = 0) -> np.ndarray:
    """RandomStreamGenerator.integer(below: bound), `count` times."""
    product = words(count, seed, index, step).astype(np.uint64) * np.uint64(bound)
    return (product >> np.uint64(32)).astype(np.int64)


def check_known_answers() -> None:
    """The answers published with Random123."""
    for seed, counter, expected in [
        (0, [0, 0, 0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        (2 ** 64 - 1, [2 ** 32 - 1] * 4, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (0x299F31D0A4093822, [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
         [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
    ]:
        actual = philox4x32(seed, np.array([counter], np.uint32))[0].tolist()
        assert actual == expected, f"Philox gives {[hex(v) for v in actual]} for seed {seed:#x}"


if __name__ == "__main__":
    check_known_answers()
    print("Philox4x32-10 gives the published known answers")
