"""What every golden file has in common: reproducible inputs, named cases, one way to be written."""
import json
import os

import numpy as np
import torch
from safetensors.torch import save_file

import philox

SEED = 150602025  # arXiv:1506.02025, the paper this library is about


class Numbers:
    """Uniform float32 tensors, each from the next stream: adding a draw at the end leaves the earlier ones alone."""

    def __init__(self, first: int):
        self.index = first

    def uniform(self, *shape: int, lower: float = -1, upper: float = 1) -> torch.Tensor:
        count = int(np.prod(shape, dtype=np.int64))
        values = philox.uniform(count, lower, upper, SEED, self.index)
        self.index += 1
        return torch.from_numpy(values.reshape(shape).copy())

    def integers(self, *shape: int, bound: int) -> torch.Tensor:
        count = int(np.prod(shape, dtype=np.int64))
        values = philox.integers(count, bound, SEED, self.index)
        self.index += 1
        return torch.from_numpy(values.reshape(shape).copy())


class Golden:
    """One file of cases. A tensor's key is "<case>/<tensor>"; settings of a case are text in the metadata."""

    def __init__(self, name: str, script: str):
        self.name = name
        self.tensors: dict[str, torch.Tensor] = {}
        self.about = {"torch": torch.__version__, "script": f"tools/{os.path.basename(script)}",
                      "arithmetic": "computed in float64 from float32 inputs, stored as stated by each tensor's type"}
        self.cases: dict[str, dict[str, str]] = {}

    def case(self, name: str, **settings) -> "Case":
        assert name not in self.cases, f"case {name} occurs twice in {self.name}"
        self.cases[name] = {key: setting_text(value) for key, value in settings.items()}
        return Case(self, name)

    def write(self, folder: str) -> None:
        # One metadata key: the writer keeps several in random order, and equal contents should give equal files.
        about = json.dumps({"about": self.about, "cases": self.cases}, sort_keys=True)
        path = os.path.join(folder, f"{self.name}.safetensors")
        save_file(self.tensors, path, metadata={"golden": about})
        print(f"{path}: {len(self.cases)} cases, {os.path.getsize(path):,} bytes")


class Case:
    def __init__(self, golden: Golden, name: str):
        self.golden, self.name = golden, name

    def add(self, key: str, tensor: torch.Tensor, dtype=torch.float32) -> None:
        tensor = tensor.detach()
        if tensor.is_floating_point():
            tensor = tensor.to(dtype)
        self.golden.tensors[f"{self.name}/{key}"] = tensor.contiguous().clone()


def setting_text(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def add_differentiated(golden: Golden, numbers: Numbers, name: str, function, inputs: dict[str, torch.Tensor], **settings):
    """Adds inputs, output, a random gradient of the output and the gradient of every input.

    PyTorch's own float32 must agree, or the case would test rounding (a kink nearby) rather than the operation.
    """
    def run(dtype):
        leaves = {key: tensor.to(dtype).requires_grad_() for key, tensor in inputs.items()}
        output = function(**leaves)
        output.backward(output_gradient.to(dtype))
        return [output] + [leaf.grad for leaf in leaves.values()]

    with torch.no_grad():
        output_gradient = numbers.uniform(*function(**inputs).shape)
    exact, single = run(torch.float64), run(torch.float32)
    for wide, narrow in zip(exact, single):
        difference = (wide - narrow.double()).abs().max().item()
        assert difference <= 1e-4 * max(1, wide.abs().max().item()), f"{name}: float32 is {difference} off"
    case = golden.case(name, **settings)
    for key, tensor in inputs.items():
        case.add(key, tensor)
    case.add("output", exact[0])
    case.add("outputGradient", output_gradient)
    for key, gradient in zip(inputs, exact[1:]):
        case.add(f"{key}Gradient", gradient)
