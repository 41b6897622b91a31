"""One training step of the seed network and nothing else: timed from outside, from the process's start to its end.

Usage: startup.py [--threads N]

Prints one JSON line.
"""
import argparse
import json

import torch
import torch.nn.functional as F

from seed_network import SeedNetwork


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    network = SeedNetwork()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    loss = F.nll_loss(network(torch.randn(64, 3, 32, 32)), torch.randint(0, 10, (64,)))
    loss.backward()
    optimizer.step()
    print(json.dumps({"peer": f"torch {torch.__version__}", "loss": loss.item(), "threads": torch.get_num_threads(),
                      "precision": "float32"}))


if __name__ == "__main__":
    main()
