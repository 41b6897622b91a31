"""Writes the golden files of activations and pooling; run by generate_goldens.py, see there."""
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


POOLINGS = [  # name, n, channels, height, width, window, stride, padding, ceil mode, whether padding counts
    ("halving", 2, 3, 4, 6, 2, 2, 0, False, True),
    ("overlapping", 2, 3, 9, 8, 3, 2, 1, False, True),
    ("padding_not_counted", 2, 3, 9, 8, 3, 2, 1, False, False),
    ("ceil", 1, 2, 8, 10, 3, 2, 0, True, True),
    ("ceil_padded", 2, 17, 7, 6, 3, 3, 1, True, True),
    ("ceil_padded_not_counted", 2, 2, 7, 6, 4, 3, 2, True, False),
    ("ceil_small", 1, 2, 2, 3, 3, 2, 0, True, True),
    ("gaps", 2, 4, 8, 7, 2, 3, 0, False, True),
    ("dense", 1, 5, 6, 5, 5, 1, 2, False, False),
]


def poolings(folder):
    golden, numbers = Golden("pooling", __file__), Numbers(8100)
    for name, n, channels, height, width, window, stride, padding, ceil, counts in POOLINGS:
        settings = dict(window=window, stride=stride, padding=padding, ceilMode=ceil, countIncludePad=counts)
        for kind, function in [
                ("max", lambda input: F.max_pool2d(input, window, stride, padding, ceil_mode=ceil)),
                ("average", lambda input: F.avg_pool2d(input, window, stride, padding, ceil, counts))]:
            add_differentiated(golden, numbers, f"{kind}/{name}", function,
                               {"input": numbers.uniform(n, channels, height, width)}, **settings)
    add_differentiated(golden, numbers, "global", lambda input: F.adaptive_avg_pool2d(input, 1),
                       {"input": numbers.uniform(3, 5, 7, 4)})
    golden.write(folder)


def write(folder: str) -> None:
    activations(folder)
    poolings(folder)
