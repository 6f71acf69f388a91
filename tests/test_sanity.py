"""Sanity checks for saliency maps (Adebayo et al. 2018): with other weights, another map.

A map that stays the same when the trained weights are replaced by random ones says nothing about the network. Maps are
compared with their signs: in size alone, whatever multiplies by the input stays alike, because black pixels get zero.
"""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from zoo import seeded

import jupyter_explain as jx

PICTURES = range(3)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
        self.third, self.head = nn.Conv2d(16, 16, 3, padding=1), nn.Linear(256, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.second(F.relu(self.first(x)))), 2)
        return self.head(F.relu(self.third(x)).flatten(1))


class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        self.cut = nn.Conv2d(1, 16, 2, 2)
        self.token, self.places = nn.Parameter(torch.zeros(1, 1, 16)), nn.Parameter(torch.randn(1, 17, 16) / 3)
        blocks = (nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True, norm_first=True) for _ in range(2))
        self.blocks, self.head = nn.Sequential(*blocks), nn.Linear(16, 10)

    def forward(self, x):
        x = self.cut(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.places
        return self.head(self.blocks(x).mean(1))


@cache
def digits():
    datasets = pytest.importorskip("sklearn.datasets")
    pixels, labels = datasets.load_digits(return_X_y=True)
    return torch.tensor(pixels / 16, dtype=torch.float32).view(-1, 1, 8, 8), torch.tensor(labels)


@cache
def trained(kind, epochs):
    inputs, labels = digits()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = kind()
        optimiser = torch.optim.Adam(net.parameters(), 1e-2)
        for _ in range(epochs):
            for batch in torch.randperm(len(inputs)).split(128):
                optimiser.zero_grad()
                F.cross_entropy(net(inputs[batch]), labels[batch]).backward()
                optimiser.step()
    net.eval()
    assert (net(inputs).argmax(1) == labels).float().mean() > 0.6
    return net


def randomised(net, seed, kept=()):
    """The network with random weights, but for those of some layers."""
    other = seeded(copy.deepcopy(net), seed)
    for name in kept:
        getattr(other, name).load_state_dict(getattr(net, name).state_dict())
    return other


def likeness(method, net, kept=()):
    """Mean absolute correlation of the maps of a trained and a randomised network."""
    inputs, labels = digits()
    record = next(m for m in jx.methods() if m.name == method)
    options = {"baseline": "zeros"} if record.baseline else {}
    found = []
    for seed in (5, 6):
        other = randomised(net, seed, kept)
        for i in PICTURES:
            ask = {"target": int(labels[i]), "samples": 60, **options}
            one, two = (jx.explain(n, inputs[i].numpy(), method, **ask).values.ravel() for n in (net, other))
            if one.std() and two.std():
                found.append(abs(np.corrcoef(one, two)[0, 1]))
    assert len(found) > len(PICTURES)
    return float(np.mean(found))


SEEN = ["saliency", "input_x_gradient", "smoothgrad", "integrated_gradients", "expected_gradients", "deep_lift", "lrp"]
SEEN += ["grad_cam", "guided_grad_cam", "score_cam", "ablation_cam", "occlusion", "feature_ablation", "deconvolution"]
ATTENDING = ["saliency", "deep_lift", "lrp", "grad_cam", "attention_rollout", "attention_gradients", "occlusion"]
HARDLY = {"guided_backprop": 0.6, "deconvolution": 0.45}  # both say so in their docstrings


@pytest.mark.parametrize("method", SEEN)
def test_random_weights_give_another_map(method):
    assert likeness(method, trained(Cnn, 3)) < 0.5


@pytest.mark.parametrize("method", ATTENDING)
def test_random_weights_give_another_map_of_a_transformer(method):
    assert likeness(method, trained(Vit, 9)) < 0.5


@pytest.mark.parametrize("method", HARDLY)
def test_what_hardly_depends_on_higher_layers_says_so(method):
    """Guided backpropagation and the deconvolution network partly restore the input (Nie et al. 2018)."""
    net, kept = trained(Cnn, 3), ("first", "second")
    assert likeness(method, net, kept) > HARDLY[method] > likeness("saliency", net, kept) + 0.1
    record = next(m for m in jx.methods() if m.name == method)
    assert "changes little" in " ".join(record.fn.__doc__.split())
