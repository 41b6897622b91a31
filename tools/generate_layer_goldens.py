"""Writes the golden files of activations, pooling and batch normalisation; run by generate_goldens.py, see there."""
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


BATCH_NORMS = [  # name, shape of the input, offset of every channel, training
    ("images", (3, 5, 4, 6), 0, True),
    ("flat", (7, 19), 0, True),
    ("one_image", (1, 17, 3, 2), 0, True),
    ("far_from_zero", (4, 3, 5, 5), 100, True),
    ("two_values", (2, 4), 0, True),
    ("running", (3, 5, 4, 6), 0, False),
]


def batch_norms(folder):
    golden, numbers = Golden("batch_norm", __file__), Numbers(8200)
    for name, shape, offset, training in BATCH_NORMS:
        channels = shape[1]
        inputs = {"input": numbers.uniform(*shape) + offset, "weight": numbers.uniform(channels, lower=0.5, upper=1.5),
                  "bias": numbers.uniform(channels)}
        running = numbers.uniform(channels), numbers.uniform(channels, lower=0.5, upper=2)

        def normalized(input, weight, bias):
            mean, variance = (tensor.to(input.dtype).clone() for tensor in running)
            output = F.batch_norm(input, mean, variance, weight, bias, training, 0.1, 1e-5)
            normalized.after = mean, variance
            return output

        add_differentiated(golden, numbers, name, normalized, inputs, training=training)
        normalized(*(tensor.double() for tensor in inputs.values()))
        for key, tensor in [("runningMean", running[0]), ("runningVariance", running[1]),
                            ("runningMeanAfter", normalized.after[0]), ("runningVarianceAfter", normalized.after[1])]:
            golden.tensors[f"{name}/{key}"] = tensor.float().clone()
    golden.write(folder)


class BatchNormNetwork(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = torch.nn.Conv2d(2, 6, 3), torch.nn.BatchNorm2d(6)
        self.conv2, self.bn2 = torch.nn.Conv2d(6, 8, 2), torch.nn.BatchNorm2d(8)
        self.fc1, self.bn3, self.fc2 = torch.nn.Linear(8 * 3 * 2, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 3)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        return self.fc2(F.relu(self.bn3(self.fc1(x.flatten(1)))))


def batch_norm_network(folder):
    """Three training steps with running statistics, label smoothing and weight decay, then the logits of evaluation."""
    golden, numbers, steps, batch = Golden("batch_norm_network", __file__), Numbers(8300), 3, 6
    network = BatchNormNetwork().double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(numbers.uniform(*parameter.shape, lower=-0.5, upper=0.5) + (parameter == 1))
    settings = dict(learningRate=0.05, momentum=0.9, weightDecay=0.01, smoothing=0.1)
    optimizer = torch.optim.SGD(network.parameters(), 0.05, momentum=0.9, weight_decay=0.01)
    images, labels = numbers.uniform(steps, batch, 2, 9, 7), numbers.integers(steps, batch, bound=3)
    before, case, losses = golden.case("before"), golden.case("training", steps=steps, **settings), []
    for name, tensor in network.state_dict().items():
        before.add(name, tensor)
    for step in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images[step].double()), labels[step], label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    after = golden.case("after")
    for name, tensor in network.state_dict().items():
        after.add(name, tensor)
    network.eval()
    for step in range(steps):
        case.add(f"images{step}", images[step])
        case.add(f"labels{step}", labels[step])
    case.add("losses", torch.stack(losses))
    case.add("logits", network(images[0].double()))
    golden.write(folder)


def write(folder: str) -> None:
    activations(folder)
    poolings(folder)
    batch_norms(folder)
    batch_norm_network(folder)
