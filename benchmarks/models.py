"""Seeded models and inputs that the benchmarks share."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from jupyter_explain.models.torch import fast_twin


def small_cnn(channels: int = 3, classes: int = 10, seed: int = 0) -> nn.Module:
    """Two convolutions, for 224 × 224 or 8 × 8 images."""
    torch.manual_seed(seed)
    layers = (
        nn.Conv2d(channels, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
    )
    head = nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, classes)
    return nn.Sequential(*layers, *head).eval()


class Block(nn.Module):
    """A basic residual block."""

    def __init__(self, inside: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.norm2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        same = stride == 1 and inside == out
        self.down = (
            nn.Identity() if same else nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        )

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + self.down(x))


def resnet18(seed: int = 0) -> nn.Module:
    """ResNet-18's shape with random weights and running statistics."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
    ]
    inside = 64
    for out, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [Block(inside, out, stride), Block(out, out, 1)]
        inside = out
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))
    random = torch.Generator().manual_seed(seed + 1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(0.1 * torch.randn(module.num_features, generator=random))
            module.running_var.copy_(0.5 + torch.rand(module.num_features, generator=random))
    return net.eval()


def picture(size: int = 224, seed: int = 3) -> Tensor:
    """A smooth random picture (1, 3, size, size) in [0, 1]."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 14, 14, generator=random)
    smooth = nn.functional.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=False)
    return (smooth + 0.05 * torch.randn(1, 3, size, size, generator=random)).clamp(0, 1)


def train(net: nn.Module, inputs: Tensor, labels: Tensor, epochs: int, rate: float) -> nn.Module:
    """Train by Adam, seeded."""
    optimiser, random = torch.optim.Adam(net.parameters(), rate), torch.Generator().manual_seed(0)
    net.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs), generator=random).split(128):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(inputs[batch]), labels[batch]).backward()
            optimiser.step()
    return net.eval()


def digits_cnn() -> tuple[nn.Module, Tensor, np.ndarray]:
    """A CNN trained on scikit-learn's digits, the digits (n, 1, 8, 8), and their labels."""
    pixels, labels = load_digits(return_X_y=True)
    inputs = torch.tensor(pixels / 16.0, dtype=torch.float32).view(-1, 1, 8, 8)
    return train(small_cnn(1), inputs, torch.tensor(labels), 30, 3e-3), inputs, labels


def bare_twin(net: nn.Module, x: Tensor) -> nn.Module:
    """The network at its best with torch's own operations: batch norms folded, channels last."""
    twin = fast_twin(net, x).net
    for module in twin.modules():
        for torchs in (nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.AdaptiveAvgPool2d):
            if isinstance(module, torchs):
                module.__class__ = torchs
    return twin
