"""The CIFAR-10 spatial transformer network in PyTorch, as `ReadyMade.seed` is in this library."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class SeedNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 5)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(800, 1024)
        self.fc2 = nn.Linear(1024, 10)
        self.localization = nn.Sequential(
            nn.Conv2d(3, 64, 7), nn.MaxPool2d(2, 2), nn.ReLU(True),
            nn.Conv2d(64, 128, 5), nn.MaxPool2d(2, 2), nn.ReLU(True))
        self.fc_loc = nn.Sequential(nn.Linear(2048, 256), nn.ReLU(True), nn.Linear(256, 6))
        # The transformer starts as the identity.
        self.fc_loc[2].weight.data.zero_()
        self.fc_loc[2].bias.data.copy_(torch.tensor([1, 0, 0, 0, 1, 0], dtype=torch.float))

    def transform(self, x):
        theta = self.fc_loc(self.localization(x).flatten(1)).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(x.shape), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    def forward(self, x):
        x = self.transform(x)
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = F.relu(self.fc1(x.flatten(1)))
        x = F.dropout(x, training=self.training)
        return F.log_softmax(self.fc2(x), 1)
