"""Writes the golden files of activations; run by generate_goldens.py, see there."""
import torch
import torch.nn.functional as F

from golden import Golden, Numbers, add_differentiated


def activations(folder):
    golden, numbers = Golden("activations", __file__), Numbers(8000)
    for name, function in [("leaky_relu", F.leaky_relu), ("gelu", F.gelu),
                           ("gelu_tanh", lambda input: F.gelu(input, approximate="tanh")), ("silu", F.silu),
                           ("tanh", torch.tanh), ("sigmoid", torch.sigmoid)]:
        add_differentiated(golden, numbers, name, function, {"input": numbers.uniform(3, 2, 5, 4, lower=-5, upper=5)})
    golden.write(folder)


def write(folder: str) -> None:
    activations(folder)
