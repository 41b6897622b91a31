"""Writes Tests/Goldens/*.safetensors: what PyTorch computes for each layer, optimizer and schedule.

Usage: python tools/generate_goldens.py [FOLDER]; needs torch, numpy and safetensors. `Benchmarks/setup-peers.sh` makes
such a Python. The seed network's training steps are in generate_seed_goldens.py, which this script runs as well.

Tensors are in PyTorch's layout ([N, C, H, W], [O, I, kH, kW]); the Swift tests convert. Everything is computed in float64
from inputs that float32 holds exactly, so that a test compares against the right answer and not against another
rounding. Inputs keep clear of kinks (equal maxima, zeros under a ReLU, samples on a pixel), where a gradient would be a
matter of convention; the conventions have tests of their own.
"""
import os
import sys

import torch
import torch.nn.functional as F

import generate_convolution_goldens
import generate_layer_goldens
import generate_seed_goldens
import philox
from golden import Golden, Numbers, add_differentiated

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Goldens")


def pool_margin(x: torch.Tensor) -> float:
    """How far the maximum of each 2×2 window is above the second largest value, and from zero, at the closest."""
    windows = F.unfold(x.double().flatten(0, 1)[:, None, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2], 2, stride=2)
    top = windows.topk(2, dim=1).values
    return min((top[:, 0] - top[:, 1]).min().item(), top[:, 0].abs().min().item())


def until(draw, is_clear, what: str):
    for _ in range(200):
        values = draw()
        if is_clear(values):
            return values
    raise SystemExit(f"{what}: no draw keeps clear of the kinks")


CONVOLUTIONS = [  # name, n, inputs, outputs, height, width, kernel
    ("kernel1", 2, 3, 4, 3, 5, 1),
    ("kernel3", 1, 2, 3, 5, 7, 3),
    ("kernel5", 2, 3, 4, 9, 8, 5),
    ("kernel5_one_pixel", 3, 4, 5, 5, 5, 5),
    ("kernel5_wide", 3, 16, 32, 10, 10, 5),
    ("kernel7", 2, 1, 3, 13, 11, 7),
    ("kernel7_rgb", 2, 3, 17, 10, 9, 7),
]
FUSED = [
    ("kernel5_floor", 2, 3, 8, 13, 13, 5),
    ("kernel5_wide", 2, 8, 32, 10, 10, 5),
    ("kernel7_floor_one_axis", 2, 3, 16, 12, 13, 7),
    ("kernel5_grey", 5, 1, 10, 12, 12, 5),
]


def convolution_inputs(numbers, n, inputs, outputs, height, width, kernel):
    bound = (inputs * kernel * kernel) ** -0.5
    return {"input": numbers.uniform(n, inputs, height, width),
            "weight": numbers.uniform(outputs, inputs, kernel, kernel, lower=-bound, upper=bound),
            "bias": numbers.uniform(outputs, lower=-bound, upper=bound)}


def convolutions(folder):
    golden, numbers = Golden("convolution", __file__), Numbers(1000)
    for name, *sizes in CONVOLUTIONS:
        add_differentiated(golden, numbers, name, lambda input, weight, bias: F.conv2d(input, weight, bias),
                           convolution_inputs(numbers, *sizes))
    golden.write(folder)

    golden, numbers = Golden("convolution_pool_relu", __file__), Numbers(2000)
    for name, *sizes in FUSED:
        inputs = until(lambda: convolution_inputs(numbers, *sizes),
                       lambda i: pool_margin(F.conv2d(*[t.double() for t in i.values()])) > 2e-5, name)
        add_differentiated(golden, numbers, name,
                           lambda input, weight, bias: F.relu(F.max_pool2d(F.conv2d(input, weight, bias), 2)), inputs)
    golden.write(folder)


def simple_layers(folder):
    golden, numbers = Golden("layers", __file__), Numbers(3000)
    for name, n, k, outputs in [("linear", 5, 37, 11), ("linear_one_row", 1, 8, 3), ("linear_wide", 3, 64, 40)]:
        inputs = {"input": numbers.uniform(n, k), "weight": numbers.uniform(outputs, k), "bias": numbers.uniform(outputs)}
        add_differentiated(golden, numbers, name, lambda input, weight, bias: F.linear(input, weight, bias), inputs)
    inputs = {"input": numbers.uniform(4, 50), "weight": numbers.uniform(33, 50), "bias": numbers.uniform(33)}
    add_differentiated(golden, numbers, "linear_relu",
                       lambda input, weight, bias: F.relu(F.linear(input, weight, bias)), inputs)
    # A flattened image: PyTorch's columns are (c, y, x), this library's (y, x, c).
    inputs = {"input": numbers.uniform(3, 4, 2, 5), "weight": numbers.uniform(6, 40), "bias": numbers.uniform(6)}
    add_differentiated(golden, numbers, "flatten_linear",
                       lambda input, weight, bias: F.linear(input.flatten(1), weight, bias), inputs)
    for name, shape in [("max_pool_floor", (2, 3, 9, 7)), ("max_pool_even", (2, 5, 4, 6)), ("max_pool_narrow", (1, 2, 5, 2))]:
        x = until(lambda: numbers.uniform(*shape), lambda x: pool_margin(x) > 1e-4, name)
        add_differentiated(golden, numbers, name, lambda input: F.max_pool2d(input, 2), {"input": x})
    add_differentiated(golden, numbers, "relu", F.relu, {"input": numbers.uniform(3, 2, 5, 4)})
    golden.write(folder)


def losses(folder):
    golden, numbers = Golden("loss", __file__), Numbers(4000)
    for name, n, classes, scale, smoothing in [
            ("usual", 6, 10, 3, 0), ("one_image", 1, 4, 2, 0), ("large_logits", 5, 10, 90, 0),
            ("smoothed", 6, 10, 3, 0.1), ("smoothed_one_image", 1, 3, 2, 0.5), ("smoothed_away", 4, 7, 5, 1)]:
        x = numbers.uniform(n, classes, lower=-scale, upper=scale)
        labels = numbers.integers(n, bound=classes)
        leaf = x.double().requires_grad_()
        log_probabilities = F.log_softmax(leaf, 1)
        loss = F.cross_entropy(leaf, labels, label_smoothing=smoothing)
        loss.backward()
        case = golden.case(name, smoothing=smoothing)
        for key, tensor in [("input", x), ("labels", labels), ("logProbabilities", log_probabilities), ("loss", loss),
                            ("inputGradient", leaf.grad)]:
            case.add(key, tensor)
    golden.write(folder)


def positions(grid: torch.Tensor, height: int, width: int, align_corners: bool) -> torch.Tensor:
    """Sampling positions in pixels, [N, H, W, (x, y)]."""
    size = torch.tensor([width, height], dtype=grid.dtype)
    return (grid + 1) / 2 * (size - 1) if align_corners else ((grid + 1) * size - 1) / 2


def clear_of_kinks(theta, size, height, width, align_corners) -> bool:
    """No sample within 5e-4 of a pixel's centre or edge, where the pieces of every mode and padding meet."""
    halves = 2 * positions(F.affine_grid(theta.double(), size, align_corners=align_corners), height, width, align_corners)
    return (halves - halves.round()).abs().min().item() > 1e-3


def thetas(numbers, n, spread, shift):
    theta = torch.eye(2, 3).repeat(n, 1, 1) + spread * numbers.uniform(n, 2, 3)
    theta[:, :, 2] += shift * numbers.uniform(n, 2)
    return theta


def sampler(folder):
    golden, numbers = Golden("affine_sampler", __file__), Numbers(5000)
    cases = [  # name, n, c, height, width, output height, output width, spread of θ, shift
        ("same_size", 3, 3, 7, 5, 7, 5, 0.3, 0), ("other_size", 2, 4, 6, 9, 5, 7, 0.4, 0),
        ("larger", 2, 1, 4, 5, 9, 8, 0.5, 0), ("half_outside", 2, 2, 8, 7, 6, 6, 0.5, 1.5),
        ("seventeen_channels", 1, 17, 5, 6, 5, 6, 0.3, 0)]
    for name, n, c, height, width, out_height, out_width, spread, shift in cases:
        for align in (False, True):
            size = [n, c, out_height, out_width]
            theta = until(lambda: thetas(numbers, n, spread, shift),
                          lambda t: clear_of_kinks(t, size, height, width, align), name)
            def sample(input, theta):
                return F.grid_sample(input, F.affine_grid(theta, size, align_corners=align), align_corners=align)
            full = f"{name}/{'corners' if align else 'edges'}"
            add_differentiated(golden, numbers, full, sample,
                               {"input": numbers.uniform(n, c, height, width), "theta": theta}, alignCorners=align)
            grid = F.affine_grid(theta.double(), size, align_corners=align)
            golden.tensors[f"{full}/grid"] = grid.float()
    # Every sample is beyond the zeros around the image: output and gradients vanish.
    for align in (False, True):
        theta = torch.tensor([[[1, 0, 40.0], [0, 1, 0]], [[0.5, 0.25, 0], [0, 1, -1000.0]]])
        add_differentiated(
            golden, numbers, f"far_outside/{'corners' if align else 'edges'}",
            lambda input, theta: F.grid_sample(
                input, F.affine_grid(theta, [2, 3, 4, 5], align_corners=align), align_corners=align),
            {"input": numbers.uniform(2, 3, 4, 5), "theta": theta}, alignCorners=align)
    golden.write(folder)


def sampler_modes(folder):
    golden, numbers = Golden("grid_sample_modes", __file__), Numbers(6000)
    n, c, height, width, size = 2, 3, 6, 5, [2, 3, 4, 7]
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            for align in (False, True):
                theta = until(lambda: thetas(numbers, n, 0.6, 0.7),
                              lambda t: clear_of_kinks(t, size, height, width, align), mode)
                grid = F.affine_grid(theta, size, align_corners=align)
                add_differentiated(
                    golden, numbers, f"{mode}/{padding}/{'corners' if align else 'edges'}",
                    lambda input, grid: F.grid_sample(
                        input, grid, mode=mode, padding_mode=padding, align_corners=align),
                    {"input": numbers.uniform(n, c, height, width), "grid": grid},
                    mode=mode, padding=padding, alignCorners=align)
    golden.write(folder)


def random_grid(numbers, what, shape, sizes, align, reach):
    """Positions up to `reach` half-extents from the middle, clear of the kinks; `sizes` along x, y(, z)."""
    def is_clear(grid):
        size = torch.tensor(sizes, dtype=torch.float64)
        wide = grid.double()
        halves = (wide + 1) * (size - 1) if align else (wide + 1) * size - 1
        return (halves - halves.round()).abs().min().item() > 1e-3
    return until(lambda: numbers.uniform(*shape, lower=-reach, upper=reach), is_clear, what)


def sampler_far(folder):
    golden, numbers = Golden("grid_sample_far", __file__), Numbers(12000)
    n, c, height, width = 2, 3, 5, 7
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            for align in (False, True):
                grid = random_grid(numbers, mode, (n, 4, 9, 2), (width, height), align, 7)
                add_differentiated(
                    golden, numbers, f"{mode}/{padding}/{'corners' if align else 'edges'}",
                    lambda input, grid: F.grid_sample(
                        input, grid, mode=mode, padding_mode=padding, align_corners=align),
                    {"input": numbers.uniform(n, c, height, width), "grid": grid},
                    mode=mode, padding=padding, alignCorners=align)
    golden.write(folder)


def sampler_volumes(folder):
    golden, numbers = Golden("grid_sample_volumes", __file__), Numbers(13000)
    n, c, depth, height, width = 2, 3, 4, 5, 6
    for mode in ("bilinear", "nearest"):
        for padding in ("zeros", "border", "reflection"):
            for align in (False, True):
                grid = random_grid(numbers, mode, (n, 3, 2, 7, 3), (width, height, depth), align, 1.8)
                add_differentiated(
                    golden, numbers, f"{mode}/{padding}/{'corners' if align else 'edges'}",
                    lambda input, grid: F.grid_sample(
                        input, grid, mode=mode, padding_mode=padding, align_corners=align),
                    {"input": numbers.uniform(n, c, depth, height, width), "grid": grid},
                    mode=mode, padding=padding, alignCorners=align)
    golden.write(folder)


def volumes(folder):
    golden, numbers = Golden("affine_volume", __file__), Numbers(8000)
    for name, n, depth, height, width in [("cube", 2, 3, 3, 3), ("box", 1, 4, 5, 2), ("slice", 2, 1, 4, 3), ("voxel", 1, 1, 1, 1)]:
        for align in (False, True):
            theta = torch.eye(3, 4).repeat(n, 1, 1) + numbers.uniform(n, 3, 4)
            add_differentiated(
                golden, numbers, f"{name}/{'corners' if align else 'edges'}",
                lambda theta: F.affine_grid(theta, [n, 1, depth, height, width], align_corners=align),
                {"theta": theta}, alignCorners=align)
    golden.write(folder)


OPTIMIZERS = [  # name, class, settings
    ("sgd", torch.optim.SGD, dict(lr=0.1)),
    ("sgd_momentum", torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
    ("sgd_momentum_weight_decay", torch.optim.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.01)),
    ("sgd_nesterov", torch.optim.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True)),
    ("adam", torch.optim.Adam, dict(lr=0.01)),
    ("adam_weight_decay", torch.optim.Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    ("adamw", torch.optim.AdamW, dict(lr=0.01, weight_decay=0.01)),
    ("adamw_strong_decay", torch.optim.AdamW, dict(lr=0.05, betas=(0.85, 0.98), weight_decay=0.3)),
]
SETTING_NAMES = {"lr": "learningRate", "eps": "epsilon", "weight_decay": "weightDecay"}


def optimizers(folder):
    golden, numbers = Golden("optimizers", __file__), Numbers(7000)
    for name, kind, settings in OPTIMIZERS:
        start, gradients = numbers.uniform(7), numbers.uniform(5, 7)
        gradients[2] *= 100
        gradients[3, 4] = 0
        parameter = torch.nn.Parameter(start.double())
        optimizer = kind([parameter], **settings)
        steps = []
        for gradient in gradients:
            parameter.grad = gradient.double()
            optimizer.step()
            steps.append(parameter.detach().clone())
        described = {SETTING_NAMES.get(key, key): value for key, value in settings.items() if key != "betas"}
        if kind is not torch.optim.SGD:
            described["beta1"], described["beta2"] = settings.get("betas", (0.9, 0.999))
            described.setdefault("epsilon", 1e-8)
        case = golden.case(name, **described)
        case.add("initial", start)
        case.add("gradients", gradients)
        case.add("afterEachStep", torch.stack(steps))
    golden.write(folder)


def schedules(folder):
    lr = torch.optim.lr_scheduler
    golden = Golden("schedules", __file__)
    for name, base, count, make, settings in [
        ("step", 0.1, 12, lambda o: lr.StepLR(o, 4, 0.3), dict(stepSize=4, gamma=0.3)),
        ("cosine", 0.1, 11, lambda o: lr.CosineAnnealingLR(o, 10), dict(period=10, minimum=0)),
        ("cosine_minimum", 0.1, 8, lambda o: lr.CosineAnnealingLR(o, 7, 0.01), dict(period=7, minimum=0.01)),
        ("one_cycle", 0.1, 20, lambda o: lr.OneCycleLR(o, 0.1, 20, cycle_momentum=False),
         dict(maximum=0.1, totalSteps=20, warmUpFraction=0.3, divisor=25, finalDivisor=1e4)),
        ("one_cycle_settings", 0.1, 37,
         lambda o: lr.OneCycleLR(o, 0.5, 37, pct_start=0.2, div_factor=10, final_div_factor=100, cycle_momentum=False),
         dict(maximum=0.5, totalSteps=37, warmUpFraction=0.2, divisor=10, finalDivisor=100)),
    ]:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
        scheduler = make(optimizer)
        rates = []
        for step in range(count):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if step + 1 < count:
                scheduler.step()
        golden.case(name, base=base, **settings).add("learningRates", torch.tensor(rates, dtype=torch.float64), torch.float64)
    golden.write(folder)


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else FOLDER
    os.makedirs(folder, exist_ok=True)
    philox.check_known_answers()
    torch.set_num_threads(1)
    for write in (convolutions, simple_layers, losses, sampler, sampler_modes, sampler_far, sampler_volumes, volumes, optimizers,
                  schedules):
        write(folder)
    generate_convolution_goldens.write(folder)
    generate_layer_goldens.write(folder)
    generate_seed_goldens.write(folder)


if __name__ == "__main__":
    main()
