"""Writes Tests/Goldens/convolution_geometry.safetensors: PyTorch's convolutions of every stride, padding, dilation and groups.

Run by generate_goldens.py. Kernel and image are not square, so that no test passes with its axes interchanged.
"""
import itertools

import torch.nn.functional as F

from golden import Golden, Numbers, add_differentiated

CHANNELS = 4


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def add(golden, numbers, name, *, n=1, outputs=CHANNELS, height=8, width=7, kernel=(3, 2), stride=1, padding=0, dilation=1,
        groups=1, bias=True):
    bound = (CHANNELS // groups * kernel[0] * kernel[1]) ** -0.5
    inputs = {"input": numbers.uniform(n, CHANNELS, height, width),
              "weight": numbers.uniform(outputs, CHANNELS // groups, *kernel, lower=-bound, upper=bound)}
    if bias:
        inputs["bias"] = numbers.uniform(outputs, lower=-bound, upper=bound)
    settings = {"groups": groups, "hasBias": bias, "same": padding == "same"}
    for setting, value in [("stride", stride), ("dilation", dilation), ("padding", 0 if padding == "same" else padding)]:
        settings[f"{setting}Height"], settings[f"{setting}Width"] = pair(value)

    def convolve(input, weight, bias=None):
        return F.conv2d(input, weight, bias, stride=stride, padding=padding, dilation=dilation, groups=groups)

    add_differentiated(golden, numbers, name, convolve, inputs, **settings)


def write(folder: str) -> None:
    golden, numbers = Golden("convolution_geometry", __file__), Numbers(9000)
    for stride, padding, dilation, groups in itertools.product((1, 2, 3), (0, 1, 2), (1, 2), (1, 2, CHANNELS)):
        add(golden, numbers, f"stride{stride}_padding{padding}_dilation{dilation}_groups{groups}", stride=stride,
            padding=padding, dilation=dilation, groups=groups)
    add(golden, numbers, "axes_differ", n=2, stride=(2, 1), padding=(1, 3), dilation=(1, 2))
    add(golden, numbers, "axes_differ_grouped", n=2, outputs=6, stride=(1, 3), padding=(0, 2), dilation=(2, 1), groups=2)
    add(golden, numbers, "without_bias", padding=1, kernel=(3, 3), bias=False)
    add(golden, numbers, "same", padding="same", kernel=(3, 5))
    add(golden, numbers, "same_even", padding="same", kernel=(2, 4), dilation=(1, 3))
    add(golden, numbers, "depthwise_twice_the_outputs", outputs=8, padding=1, kernel=(3, 3), groups=CHANNELS)
    add(golden, numbers, "pixelwise", n=2, outputs=5, kernel=(1, 1))
    add(golden, numbers, "pixelwise_stride2", n=2, outputs=5, kernel=(1, 1), stride=2, bias=False)
    golden.write(folder)
