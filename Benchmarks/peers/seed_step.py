"""Times the seed network's training step and inference in PyTorch, on random images already in memory.

Usage: seed_step.py [--layout nchw|nhwc] [--bf16] [--threads N] [--batch 64] [--steps 20] [--rounds 3]
                    [--infer 1,64,512]

Prints one JSON line with the keys of `stn bench train --json`. Times are milliseconds: after a warm-up, the fastest
round of the mean over a round's steps. nhwc is PyTorch's channels_last, the faster of the two on most processors. bf16
is torch.autocast with bfloat16: parameters and loss stay float32.
"""
import argparse
import json
import resource
import sys

import torch
import torch.nn.functional as F

from seed_network import SeedNetwork
from timing import fastest_ms


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", default="nchw", choices=["nchw", "nhwc"])
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--infer", default="1,64,512", help="batch sizes of inference; empty for none")
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
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bf16):
            output = network(images[index])
        F.nll_loss(output.float(), labels[index]).backward()
        optimizer.step()

    step_ms = fastest_ms(train, arguments.steps, arguments.rounds)
    result = {"peer": f"torch {torch.__version__}", "layout": arguments.layout, "train_step_ms": round(step_ms, 3),
              "images_per_second": round(arguments.batch / step_ms * 1e3, 1)}
    network.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=arguments.bf16):
        for batch in [int(size) for size in arguments.infer.split(",") if size]:
            x = torch.randn(batch, 3, 32, 32).contiguous(memory_format=layout)
            iterations = max(3, min(100, 1000 // batch))
            result[f"infer_b{batch}_ms"] = round(fastest_ms(lambda _: network(x), iterations, arguments.rounds), 3)
    # Kibibytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2 ** 20 if sys.platform == "darwin" else 2 ** 10)
    result |= {"peak_rss_mb": round(peak, 1), "isa": torch.backends.cpu.get_cpu_capability(),
               "threads": torch.get_num_threads(), "precision": "bfloat16" if arguments.bf16 else "float32"}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
