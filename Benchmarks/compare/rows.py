"""What is compared: every row of the table, with the goal it is held to."""
import platform
from dataclasses import dataclass
from typing import Optional

GROUPS = ["training", "inference", "sampling", "families", "convolution", "memory", "threads", "avx2"]

# Batch, height, width and channels: an image batch, a feature map, large feature maps, one full-HD picture.
SAMPLED = [(64, 32, 32, 3), (64, 28, 28, 32), (16, 128, 128, 64), (1, 1080, 1920, 3)]
# Of them, those on which families of transformations meet the affine one, grid and bilinear sampler together.
WARPED = [(64, 32, 32, 3), (16, 128, 128, 64)]
FAMILIES = ["projective", "thin-plate-spline"]
MODES = ["bilinear", "nearest", "bicubic"]
# Of dense 3×3 convolutions, as many channels out as in.
CONVOLVED = [(64, 32, 32, 64), (64, 16, 16, 128)]
# Multiplications of one image's forward pass, by layer: each is one addition too. Our own faster ways count the same.
SEED_FLOPS = 2 * (26 * 26 * 64 * 3 * 49 + 9 * 9 * 128 * 64 * 25 + 2048 * 256 + 256 * 6
                  + 28 * 28 * 16 * 3 * 25 + 10 * 10 * 32 * 16 * 25 + 800 * 1024 + 1024 * 10)
# Below this the operands may lie in a cache, and a share of the memory's bandwidth says nothing.
LARGE = 32 << 20


@dataclass(frozen=True)
class Row:
    group: str
    title: str
    metric: str
    unit: str
    ours: str
    # Of several peers the best counts: PyTorch has two layouts, and nobody would take the slower one.
    peers: tuple
    # What of the peer is compared, where that is another figure.
    peer_metric: Optional[str] = None
    # The ratio to reach, peer : ours.
    goal: Optional[float] = None
    # What our own value must not exceed, where the goal is no ratio.
    at_most: Optional[float] = None
    # The share of the measured peak to reach besides.
    share_goal: Optional[float] = None
    # The work behind the share: floating-point operations of the direct algorithm, or bytes that must move.
    flops: Optional[float] = None
    bytes: Optional[float] = None
    # Whether the peers that do not count are printed too.
    shows_all_peers: bool = False


TORCH = ("PyTorch NCHW", "PyTorch NHWC")


def training() -> list[Row]:
    step = ("train_step_ms", "ms")
    return [
        Row("training", "training step, batch 64", *step, "ours", TORCH, goal=3.5, shows_all_peers=True),
        Row("training", "training step, batch 64, mixed", *step, "ours mixed", ("PyTorch NCHW",), goal=6),
        Row("training", "training step, batch 64, mixed", *step, "ours mixed", ("PyTorch bf16 NHWC",), goal=3.5)]


def inference() -> list[Row]:
    result = []
    for batch, goal in [(1, 2), (64, 1.3), (512, 1.3)]:
        of = ("inference", f"inference, batch {batch}", f"infer_b{batch}_ms", "ms", "ours")
        flops = batch * SEED_FLOPS
        result += [Row(*of, ("ONNX Runtime",), goal=goal, flops=flops), Row(*of, TORCH, flops=flops)]
    for batch in (64, 512):
        result.append(Row("inference", f"inference, batch {batch}, mixed", f"infer_b{batch}_ms", "ms", "ours mixed",
                          ("PyTorch bf16 NHWC",), goal=1.8))
    return result


def sampling() -> list[Row]:
    result = []
    for n, h, w, c in SAMPLED:
        for mode in MODES:
            name = f"{n}×{h}×{w}×{c}"
            moved = 2 * 4 * n * h * w * c
            of = ("ours sampling", ("PyTorch sampling",))
            result += [
                Row("sampling", f"{mode} {name}", f"sampler {name} {mode} forward_ms", "ms", *of, goal=4,
                    bytes=moved if moved >= LARGE else None),
                Row("sampling", f"{mode} {name}, and gradients", f"sampler {name} {mode} forward_backward_ms", "ms",
                    *of, goal=8)]
    return result


def families() -> list[Row]:
    """Ours against ours: at most one and a half times as long as the affine family."""
    result = []
    for shape in WARPED:
        name = "×".join(map(str, shape))
        for family in FAMILIES:
            for part, title in [("forward_ms", ""), ("forward_backward_ms", ", and gradients")]:
                result.append(Row("families", f"{family} {name}{title}", f"family {name} {family} {part}", "ms",
                                  "ours sampling", ("ours sampling",), peer_metric=f"family {name} affine {part}",
                                  goal=1 / 1.5))
    return result


def convolution() -> list[Row]:
    result = []
    for n, h, w, c in CONVOLVED:
        name = f"{n}×{h}×{w}×{c}"
        flops = 2 * n * (h - 2) * (w - 2) * 9 * c * c
        of = ("ours convolution", ("PyTorch convolution NCHW", "PyTorch convolution NHWC"))
        for part, title, work in [("forward", "forward", flops), ("backward", "both gradients", 2 * flops)]:
            result.append(Row("convolution", f"convolution {name}, {title}", f"convolution {name} {part}_ms", "ms", *of,
                              goal=1.2, share_goal=0.75, flops=work))
    return result


def memory() -> list[Row]:
    return [
        Row("memory", "peak memory, training and inference", "peak_rss_mb", "MB", "ours", TORCH, goal=4),
        Row("memory", "process start to end of first step", "process_seconds", "s", "ours start-up",
            ("PyTorch start-up",), at_most=0.3)]


def threads(count: int) -> list[Row]:
    two = "ours" if count == 2 else "ours 2 threads"
    two_mixed = "ours mixed" if count == 2 else "ours mixed 2 threads"
    return [
        Row("threads", "training step, 2 threads : 1", "train_step_ms", "ms", two, ("ours 1 thread",), goal=1.9),
        Row("threads", "training step, mixed, 2 threads : 1", "train_step_ms", "ms", two_mixed,
            ("ours mixed 1 thread",), goal=1.9)]


def avx2() -> list[Row]:
    if platform.machine() not in ("x86_64", "AMD64"):
        return []
    return [Row("avx2", "training step, batch 64, AVX2", "train_step_ms", "ms", "ours AVX2",
                ("PyTorch AVX2 NCHW", "PyTorch AVX2 NHWC"), goal=2)]


def rows(thread_count: int, groups: list[str]) -> list[Row]:
    every = (training() + inference() + sampling() + families() + convolution() + memory() + threads(thread_count)
             + avx2())
    return [row for row in every if row.group in groups]
