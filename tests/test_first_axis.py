"""Whether the first axis counts inputs: of what is given, and of what layers put out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import seeded, table

import jupyter_explain as jx

STEPS = table(12, 3, 1).astype(np.float32)
FRAMES = table(5, 64, 2).reshape(5, 8, 8).astype(np.float32)


class Transformer(nn.Module):
    """Positions are added, so that a single row of numbers is taken for every step of a series."""

    def __init__(self):
        super().__init__()
        self.lift, self.places = nn.Linear(3, 8), nn.Parameter(torch.zeros(1, 12, 8))
        self.block, self.head = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.block(self.lift(x) + self.places).mean(1))


class Tagger(nn.Module):
    """One answer per step; torch's recurrent layers take rows (n, channels) for one series."""

    def __init__(self):
        super().__init__()
        self.inside, self.head = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 4)

    def forward(self, x):
        return self.head(self.inside(x)[0])


class TimeFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.lift, self.inside, self.head = nn.Linear(3, 6), nn.GRU(6, 6), nn.Linear(6, 4)

    def forward(self, x):
        return self.head(self.inside(self.lift(x).transpose(0, 1))[0][-1])


class Frames(nn.Module):
    """A convolution over every frame; all frames of all inputs stand side by side."""

    def __init__(self):
        super().__init__()
        self.look, self.then, self.head = nn.Conv2d(1, 4, 3, padding=1), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        maps = self.look(x.reshape(-1, 1, *x.shape[2:])).relu().mean((2, 3))
        return self.head(self.then(maps.reshape(len(x), -1, 4))[0][:, -1])


def slope(net, x, place):
    """The gradient of one output, by torch alone."""
    given = torch.from_numpy(x)[None].requires_grad_()
    return torch.autograd.grad(net(given)[(0, *place)], given)[0][0].numpy()


@pytest.mark.parametrize(("kind", "place"), [(Transformer, (1,)), (Tagger, (11, 2))])
def test_a_series_is_not_taken_for_rows(kind, place):
    net = seeded(kind(), 3).eval()
    e = jx.explain(net, STEPS, "saliency", target=place if len(place) > 1 else place[0])
    np.testing.assert_allclose(np.abs(e.values), np.abs(slope(net, STEPS, place)), rtol=1e-4, atol=1e-6)


def test_rows_are_still_rows():
    net = seeded(nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 2)), 4)
    e = jx.explain(net, STEPS, "input_x_gradient")
    assert e.values.shape == STEPS.shape
    assert len(e.output) == 12


LAYER = ("saliency", "integrated_gradients", "lrp", "deep_lift", "activations", "grad_cam", "ablation_cam", "score_cam")


@pytest.mark.parametrize("method", LAYER)
@pytest.mark.parametrize(("kind", "x", "layer"), [(TimeFirst, STEPS, "inside"), (Frames, FRAMES, "look")])
def test_a_layer_that_counts_something_else_first_is_refused(kind, x, layer, method):
    with pytest.raises(ValueError, match=f"at must name a layer whose output has the inputs .* got '{layer}'"):
        jx.explain(seeded(kind(), 5), x, method, at=layer, layout="CT" if x is STEPS else "CHW")


def test_such_a_layer_is_not_chosen():
    net = seeded(Frames(), 6)
    assert jx.explain(net, FRAMES, "activations").layer == "then"
    with pytest.raises(ValueError, match=r"Grad-CAM: .*convolution .*steps, windows, frames"):
        jx.explain(net, FRAMES, "grad_cam")


def test_a_layer_by_inputs_is_not_refused():
    e = jx.explain(
        seeded(TimeFirst(), 7), STEPS, "integrated_gradients", at="head", layout="CT", target=2, baseline="zeros"
    )
    assert abs(e.values.sum() - (e.output - e.base)) < 1e-5
