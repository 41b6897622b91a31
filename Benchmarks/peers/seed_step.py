"""Times the seed network's training step and inference in PyTorch, on random images already in memory.

Usage: seed_step.py [--layout nchw|nhwc] [--threads N] [--batch 64] [--steps 20] [--rounds 3]

Prints one JSON line with the keys of `stn bench train --json`. Times are milliseconds: after a warm-up, the fastest round
of the mean over a round's steps. nhwc is PyTorch's channels_last, the faster of the two on most processors.
"""
import argparse
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

from seed_network import SeedNetwork

INFERENCE_BATCHES = (1, 64, 512)


def fastest_ms(function, iterations: int, rounds: int) -> float:
    for index in range(min(iterations, 5)):
        function(index)
    means = []
    for _ in range(rounds):
        start = time.perf_counter()
        for index in range(iterations):
            function(index)
        means.append((time.perf_counter() - start) / iterations)
    return min(means) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", default="nchw", choices=["nchw", "nhwc"])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if arguments.layout == "nhwc" else torch.contiguous_format
    network = SeedNetwork().to(memory_format=layout)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    images = [torch.randn(arguments.batch, 3, 32, 32).contiguous(memory_format=layout) for _ in range(arguments.steps)]
    labels = [torch.randint(0, 10, (arguments.batch,)) for _ in range(arguments.steps)]

    def train(index):
        optimizer.zero_grad()
        F.nll_loss(network(images[index]), labels[index]).backward()
        optimizer.step()

    step_ms = fastest_ms(train, arguments.steps, arguments.rounds)
    result = {"peer": f"torch {torch.__version__}", "layout": arguments.layout, "train_step_ms": round(step_ms, 3),
              "images_per_second": round(arguments.batch / step_ms * 1e3, 1)}
    network.eval()
    with torch.inference_mode():
        for batch in INFERENCE_BATCHES:
            x = torch.randn(batch, 3, 32, 32).contiguous(memory_format=layout)
            iterations = max(3, min(100, 1000 // batch))
            result[f"infer_b{batch}_ms"] = round(fastest_ms(lambda _: network(x), iterations, arguments.rounds), 3)
    # Kibibytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2 ** 20 if sys.platform == "darwin" else 2 ** 10)
    result |= {"peak_rss_mb": round(peak, 1), "isa": torch.backends.cpu.get_cpu_capability(),
               "threads": torch.get_num_threads(), "precision": "float32"}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
