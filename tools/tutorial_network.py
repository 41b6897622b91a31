"""The network of PyTorch's tutorial on spatial transformers, to exchange weights with.

Usage: tutorial_network.py make FOLDER   writes weights.safetensors, the state_dict of a network with drawn weights, and
           expected.safetensors: images [N, 1, 28, 28], theta, and the log_probabilities that PyTorch makes of them without and
           with align_corners (log_probabilities.false, .true)
       tutorial_network.py check FOLDER FILE …   loads each file strictly, with align_corners as its metadata say, and compares

Needs torch and safetensors: `Benchmarks/setup-peers.sh` makes such a Python.
"""
import argparse
import os
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn


class Network(nn.Module):
    def __init__(self, align_corners: bool):
        super().__init__()
        self.align_corners = align_corners
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, 10)
        self.localization = nn.Sequential(
            nn.Conv2d(1, 8, 7), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 10, 5), nn.MaxPool2d(2), nn.ReLU())
        self.fc_loc = nn.Sequential(nn.Linear(90, 32), nn.ReLU(), nn.Linear(32, 6))

    def theta(self, x):
        return self.fc_loc(self.localization(x).flatten(1))

    def forward(self, x):
        grid = F.affine_grid(self.theta(x).view(-1, 2, 3), x.size(), align_corners=self.align_corners)
        x = F.grid_sample(x, grid, align_corners=self.align_corners)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.fc1(x.flatten(1)))
        return F.log_softmax(self.fc2(x), dim=1)


def make(folder: str):
    torch.manual_seed(11)
    network = Network(align_corners=False).eval()
    with torch.no_grad():
        network.fc_loc[2].weight.mul_(0.5)
        network.fc_loc[2].bias.add_(torch.tensor([1.0, 0, 0, 0, 1.0, 0]))
        images = torch.randn(5, 1, 28, 28)
        expected = {"images": images, "theta": network.theta(images)}
        for align_corners in [False, True]:
            network.align_corners = align_corners
            expected[f"log_probabilities.{str(align_corners).lower()}"] = network(images)
    save_file(network.state_dict(), os.path.join(folder, "weights.safetensors"))
    save_file(expected, os.path.join(folder, "expected.safetensors"))


def check(path: str, folder: str) -> bool:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
    if metadata.get("format") != "pt" or metadata.get("align_corners") not in ["true", "false"]:
        print(f"{path}: metadata lack format or align_corners: {metadata}")
        return False
    network = Network(metadata["align_corners"] == "true").eval()
    network.load_state_dict(load_file(path), strict=True)
    expected = load_file(os.path.join(folder, "expected.safetensors"))
    with torch.no_grad():
        actual = network(expected["images"])
    difference = (actual - expected[f"log_probabilities.{metadata['align_corners']}"]).abs().max().item()
    print(f"{path}: largest difference {difference:.1e}; metadata {sorted(metadata)}")
    return difference == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["make", "check"])
    parser.add_argument("folder")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.action == "make":
        make(arguments.folder)
        return 0
    return 0 if arguments.files and all([check(path, arguments.folder) for path in arguments.files]) else 1


if __name__ == "__main__":
    sys.exit(main())
