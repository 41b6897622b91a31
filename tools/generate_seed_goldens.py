"""Writes Tests/Goldens/seed_training.safetensors and seed_final_parameters.safetensors: ten training steps in PyTorch.

The network is the CIFAR-10 spatial transformer network this library began with; dropout is off, batch 64, plain SGD
with learning rate 0.01. Neither the initial parameters nor the images are stored: both sides draw them from the same
formula. `SeedGolden` in Tests/TestSupport is its Swift form; change both or neither.

With s = 150602025 and stream(i, t) = RandomStream(seed: s, purpose: .testing, index: i, step: t), all arithmetic float32:

- Parameter i, counted in the order of PARAMETERS, takes the words of stream(i, 0) in PyTorch's row-major order, as
  uniform(−b, b). b = 1/√fanIn of its layer, for the weight and the bias (PyTorch's default bounds), except the θ head:
  fc_loc.2.weight has b = 0.02, and fc_loc.2.bias is [1, 0, 0, 0, 1, 0] + uniform(−0.05, 0.05), so that the sampler
  reads between pixels and gradients pass through it.
- Label k of batch t is integer(below: 10) from stream(101, t).
- The images of batch t are smooth: node values, in the order [N, C, 5, 5], are uniform(−1, 1) from stream(100, t), and
  pixel (y, x) blends the four nodes around (y/8, x/8), first along x, then along y, each as a + (b − a)·fraction. Last
  0.25·label − 1.125 is added, which makes the classes differ in brightness: there is something to learn. Smooth images
  matter: the sampler's gradient jumps wherever a sample crosses a pixel's centre, and with noise for images the jumps
  are so large that two correct programs drift apart by 3% of what a parameter moves within ten steps.

Training is done in float64, and that result is stored; then again in PyTorch's own float32, and in float64 with every
initial parameter shifted by up to one part in 2^23, as another order of summation might. The largest absolute
difference any of these makes is in the settings ("deviation"): the yardstick for tolerances. "movement" is the farthest
that any of a parameter's elements went in the ten steps.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import philox
from golden import SEED, Golden, Numbers

STEPS, BATCH, LEARNING_RATE = 10, 64, 0.01
PARAMETERS = [  # name, shape, fan-in of the layer
    ("conv1.weight", (16, 3, 5, 5), 75), ("conv1.bias", (16,), 75),
    ("conv2.weight", (32, 16, 5, 5), 400), ("conv2.bias", (32,), 400),
    ("fc1.weight", (1024, 800), 800), ("fc1.bias", (1024,), 800),
    ("fc2.weight", (10, 1024), 1024), ("fc2.bias", (10,), 1024),
    ("localization.0.weight", (64, 3, 7, 7), 147), ("localization.0.bias", (64,), 147),
    ("localization.3.weight", (128, 64, 5, 5), 1600), ("localization.3.bias", (128,), 1600),
    ("fc_loc.0.weight", (256, 2048), 2048), ("fc_loc.0.bias", (256,), 2048),
    ("fc_loc.2.weight", (6, 256), 256), ("fc_loc.2.bias", (6,), 256),
]


class SeedNetwork(nn.Module):
    """The network with dropout off."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 5)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.fc1 = nn.Linear(800, 1024)
        self.fc2 = nn.Linear(1024, 10)
        self.localization = nn.Sequential(
            nn.Conv2d(3, 64, 7), nn.MaxPool2d(2, 2), nn.ReLU(), nn.Conv2d(64, 128, 5), nn.MaxPool2d(2, 2), nn.ReLU())
        self.fc_loc = nn.Sequential(nn.Linear(2048, 256), nn.ReLU(), nn.Linear(256, 6))

    def theta(self, x):
        return self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)

    def logits(self, x, theta):
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        x = F.grid_sample(x, grid, align_corners=False)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def initial_parameter(index: int) -> np.ndarray:
    name, shape, fan_in = PARAMETERS[index]
    bound = {"fc_loc.2.weight": 0.02, "fc_loc.2.bias": 0.05}.get(name, 1 / np.sqrt(np.float64(fan_in)))
    values = philox.uniform(int(np.prod(shape)), -np.float32(bound), np.float32(bound), SEED, index).reshape(shape)
    if name == "fc_loc.2.bias":
        values = values + np.array([1, 0, 0, 0, 1, 0], np.float32)
    return values


def batch(step: int) -> tuple[np.ndarray, np.ndarray]:
    labels = philox.integers(BATCH, 10, SEED, 101, step)
    nodes = philox.uniform(BATCH * 3 * 5 * 5, -1, 1, SEED, 100, step).reshape(BATCH, 3, 5, 5)
    cell, fraction = np.divmod(np.arange(32), 8)
    fraction = (fraction / 8).astype(np.float32)
    rows = nodes[..., cell] + (nodes[..., cell + 1] - nodes[..., cell]) * fraction
    top, bottom = rows[..., cell, :], rows[..., cell + 1, :]
    smooth = top + (bottom - top) * fraction[:, None]
    brightness = labels.astype(np.float32) * np.float32(0.25) - np.float32(1.125)
    return smooth + brightness[:, None, None, None], labels


def bit_sum(values: np.ndarray) -> int:
    """The sum of all bit patterns modulo 2^63: equal for equal drawings."""
    return int(values.astype(np.float32).reshape(-1).view(np.uint32).astype(np.uint64).sum() & np.uint64(2 ** 63 - 1))


def train(dtype: torch.dtype, perturbation: int | None = None) -> dict[str, torch.Tensor]:
    network = SeedNetwork().to(dtype)
    named = dict(network.named_parameters())
    assert list(named) == [name for name, _, _ in PARAMETERS]
    with torch.no_grad():
        for index, (name, shape, _) in enumerate(PARAMETERS):
            assert tuple(named[name].shape) == shape
            values = torch.from_numpy(initial_parameter(index)).to(dtype)
            if perturbation is not None:
                values *= 1 + 2.0 ** -23 * Numbers(8000 + 100 * perturbation + index).uniform(*shape).to(dtype)
            named[name].copy_(values)
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)
    result, losses = {}, []
    for step in range(STEPS):
        images, labels = batch(step)
        optimizer.zero_grad()
        theta = network.theta(torch.from_numpy(images).to(dtype))
        logits = network.logits(torch.from_numpy(images).to(dtype), theta)
        loss = F.nll_loss(F.log_softmax(logits, 1), torch.from_numpy(labels))
        loss.backward()
        if step == 0:
            result |= {"thetaOfFirstStep": theta, "logitsOfFirstStep": logits}
            result |= {f"gradientNormOfFirstStep/{name}": p.grad.norm() for name, p in named.items()}
        if step == STEPS - 1:
            result["logitsOfLastStep"] = logits
        optimizer.step()
        losses.append(loss.detach())
    result["losses"] = torch.stack(losses)
    result |= {f"parameter/{name}": parameter for name, parameter in named.items()}
    return {key: value.detach().clone() for key, value in result.items()}


def write(folder: str) -> None:
    exact = train(torch.float64)
    others = [train(torch.float32)] + [train(torch.float64, perturbation) for perturbation in range(3)]
    training, final = Golden("seed_training", __file__), Golden("seed_final_parameters", __file__)
    case = training.case("drawn", seed=SEED)
    sums = [bit_sum(initial_parameter(index)) for index in range(len(PARAMETERS))]
    case.add("parameterBitSums", torch.tensor(sums))
    case.add("imageBitSums", torch.tensor([bit_sum(batch(step)[0]) for step in range(STEPS)]))
    case.add("labels", torch.from_numpy(np.stack([batch(step)[1] for step in range(STEPS)])))
    for key, value in exact.items():
        deviation = max((value - other[key].double()).abs().max().item() for other in others)
        if key.startswith("parameter/"):
            name = key.removeprefix("parameter/")
            index = [known for known, _, _ in PARAMETERS].index(name)
            movement = (value - torch.from_numpy(initial_parameter(index)).double()).abs().max().item()
            settings = {"deviation": f"{deviation:.3g}", "movement": f"{movement:.3g}"}
            final.case(name, **settings).add("final", value)
        else:
            training.case(key, deviation=f"{deviation:.3g}").add("value", value, torch.float64)
    training.write(folder)
    final.write(folder)
    print("losses", [round(loss, 5) for loss in exact["losses"].tolist()])
    worst = max(float(case["deviation"]) / float(case["movement"]) for case in final.cases.values())
    print(f"the deviation of a final parameter is at most {worst:.2%} of its movement")
