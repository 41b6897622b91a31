"""Times PyTorch's dense 3×3 convolutions, forward and the gradients of input and weight.

Usage: convolution.py [--layout nchw|nhwc] [--threads N] [--rounds 3]

Prints one JSON line; "convolution" is as in `stn bench convolution --json`: shapes are [N, H, W, C], times in
milliseconds.
"""
import argparse
import json

import torch
import torch.nn.functional as F

from timing import fastest_ms

SHAPES = [(64, 32, 32, 64), (64, 16, 16, 128)]


def measure(shape: tuple, layout: torch.memory_format, rounds: int) -> dict:
    n, h, w, c = shape
    image = torch.randn(n, c, h, w).contiguous(memory_format=layout).requires_grad_()
    weight = torch.randn(c, c, 3, 3).contiguous(memory_format=layout).requires_grad_()
    bias = torch.randn(c, requires_grad=True)
    output = F.conv2d(image, weight, bias)
    gradient = torch.randn_like(output)

    def forward(_):
        with torch.inference_mode():
            F.conv2d(image, weight, bias)

    def backward(_):
        torch.autograd.grad(output, (image, weight, bias), gradient, retain_graph=True)

    return {"shape": list(shape), "outputs": c, "kernel": 3, "forward_ms": round(fastest_ms(forward, 10, rounds), 3),
            "backward_ms": round(fastest_ms(backward, 10, rounds), 3)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", default="nchw", choices=["nchw", "nhwc"])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if arguments.layout == "nhwc" else torch.contiguous_format
    rows = [measure(shape, layout, arguments.rounds) for shape in SHAPES]
    print(json.dumps({"peer": f"torch {torch.__version__}", "layout": arguments.layout, "convolution": rows,
                      "threads": torch.get_num_threads(), "isa": torch.backends.cpu.get_cpu_capability(),
                      "precision": "float32"}))


if __name__ == "__main__":
    main()
