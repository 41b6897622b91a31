"""Times PyTorch's affine_grid + grid_sample, forward, and forward with the gradients of image and theta.

Usage: grid_sample.py [--threads N] [--rounds 3]

Prints one JSON line; "sampler" is as in `stn bench sample --json`: shapes are [N, H, W, C], times milliseconds.
"""
import argparse
import json

import torch
import torch.nn.functional as F

from timing import fastest_ms

SHAPES = [(64, 32, 32, 3), (64, 28, 28, 32), (16, 128, 128, 64), (1, 1080, 1920, 3)]


def measure(shape: tuple, mode: str, rounds: int) -> dict:
    n, h, w, c = shape
    image = torch.randn(n, c, h, w, requires_grad=True)
    # Around the identity, as a network's transforms are.
    theta = (torch.eye(2, 3).repeat(n, 1, 1) + 0.1 * torch.randn(n, 2, 3)).requires_grad_()

    def sample():
        grid = F.affine_grid(theta, list(image.shape), align_corners=False)
        return F.grid_sample(image, grid, mode=mode, align_corners=False)

    def forward(_):
        with torch.inference_mode():
            sample()

    gradient = torch.ones(n, c, h, w)

    def both(_):
        torch.autograd.grad(sample(), (image, theta), gradient)

    iterations = max(1, 20 * 64 * 3 * 1024 // (n * c * h * w))
    return {"shape": list(shape), "mode": mode, "forward_ms": round(fastest_ms(forward, iterations, rounds), 4),
            "forward_backward_ms": round(fastest_ms(both, iterations, rounds), 4)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    rows = [measure(shape, mode, arguments.rounds) for shape in SHAPES for mode in ("bilinear", "nearest", "bicubic")]
    print(json.dumps({"peer": f"torch {torch.__version__}", "sampler": rows, "threads": torch.get_num_threads(),
                      "isa": torch.backends.cpu.get_cpu_capability(), "precision": "float32"}))


if __name__ == "__main__":
    main()
