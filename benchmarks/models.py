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


class Attends(nn.Module):
    """A pre-norm block of a vision transformer."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.norm1, self.norm2 = heads, nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """The block's output."""
        q, k, v = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """ViT-Ti's shape with half its depth: 14 × 14 patches and a class token, 192 numbers each."""

    def __init__(self, width: int = 192, heads: int = 3, depth: int = 6, classes: int = 10) -> None:
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, width, 16, 16), nn.Parameter(torch.randn(1, 1, width))
        self.places = nn.Parameter(0.02 * torch.randn(1, 197, width))
        self.blocks = nn.Sequential(*(Attends(width, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1) + self.places
        return self.head(self.norm(self.blocks(tokens))[:, 0])


def vit(seed: int = 0) -> nn.Module:
    """A small vision transformer with random weights."""
    torch.manual_seed(seed)
    return Vit().eval()


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
