"""Gradient methods on four networks against captum, and why they differ where they do.

captum bends backward passes by hooks on modules, so it is asked about a copy of each network whose activations are all
modules of their own; ours is asked about the network as people write it.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from zoo import seeded, table

import jupyter_explain as jx

attr = pytest.importorskip("captum.attr")
X = table(1, 2 * 144, 1).reshape(2, 12, 12)
ZERO = np.zeros_like(X)


class Net(nn.Module):
    """Activations as functions, or as modules that are each used once."""

    inplace = False

    def __init__(self, modules):
        super().__init__()
        self.modules_ = modules
        self.acts = nn.ModuleList(nn.ReLU() for _ in range(6))

    def act(self, x, i):
        if self.modules_:
            return self.acts[i](x)
        return F.relu(x, inplace=True) if self.inplace else torch.relu(x)


class Functional(Net):
    """Functional ReLUs, mean pooling."""

    def __init__(self, modules):
        super().__init__(modules)
        self.a, self.b = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 5, 3)
        self.pool, self.c, self.d = nn.AvgPool2d(2), nn.Linear(125, 12), nn.Linear(12, 3)

    def forward(self, x):
        x = self.pool(self.act(self.b(self.act(self.a(x), 0)), 1))
        return self.d(self.act(self.c(x.flatten(1)), 2))


class InPlace(Net):
    """ReLUs that overwrite their input, maxima of windows that overlap, strides."""

    inplace = True

    def __init__(self, modules):
        super().__init__(modules)
        self.a, self.b = nn.Conv2d(2, 6, 5, stride=2, padding=2), nn.Conv2d(6, 6, 3)
        self.pool, self.d = nn.MaxPool2d(3, 2, 1), nn.Linear(24, 3)

    def forward(self, x):
        x = self.pool(self.act(self.b(self.act(self.a(x), 0)), 1))
        return self.d(x.flatten(1))


class Residual(Net):
    """Batch norms, sums of branches, a mean over the plane."""

    def __init__(self, modules):
        super().__init__(modules)
        self.a, self.b, self.c = nn.Conv2d(2, 6, 3), nn.Conv2d(6, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)
        self.n, self.m, self.d = nn.BatchNorm2d(6), nn.BatchNorm2d(6), nn.Linear(6, 3)

    def forward(self, x):
        x = self.act(self.n(self.a(x)), 0)
        x = self.act(self.m(self.c(self.act(self.b(x), 1))) + x, 2)
        return self.d(x.mean((2, 3)))


class Normed(Net):
    """Group and layer norms, smooth activations."""

    def __init__(self, modules):
        super().__init__(modules)
        self.a, self.n, self.b = nn.Conv2d(2, 6, 3, stride=2), nn.GroupNorm(3, 6), nn.Conv2d(6, 6, 3)
        self.m, self.d = nn.LayerNorm(54), nn.Linear(54, 3)
        self.smooth = nn.Softplus()

    def forward(self, x):
        x = self.act(self.n(self.a(x)), 0)
        x = self.smooth(self.b(x)) if self.modules_ else F.softplus(self.b(x))
        return self.d(self.m(x.flatten(1)))


NETS = (Functional, InPlace, Residual, Normed)


def pair(kind):
    """(as people write it, as captum needs it), with the same weights."""
    nets = [seeded(kind(modules), 3).double().eval() for modules in (False, True)]
    for net in nets:
        for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm2d)):
            norm.running_mean += 0.3
            norm.running_var *= 1.7
    return nets


def theirs(method, net, **more):
    x = torch.from_numpy(X)[None].requires_grad_()
    return getattr(attr, method)(net).attribute(x, target=1, **more).detach().numpy()[0]


SAME = {
    "saliency": ("Saliency", {}, {"abs": False}),
    "input_x_gradient": ("InputXGradient", {}, {}),
    "guided_backprop": ("GuidedBackprop", {}, {}),
    "deconvolution": ("Deconvolution", {}, {}),
    "integrated_gradients": ("IntegratedGradients", {"rule": "gauss-legendre", "steps": 24}, {"n_steps": 24}),
    "occlusion": ("Occlusion", {"window": 4, "stride": 4}, {"sliding_window_shapes": (2, 4, 4), "strides": (2, 4, 4)}),
}
BASED = ("integrated_gradients", "occlusion", "deep_lift")


def ours(method, net, **more):
    more |= {"baseline": ZERO} if method in BASED else {}
    return jx.explain(net, X, method, target=1, **more)


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("method", SAME)
def test_equal(kind, method, recwarn):
    """Occlusion's drop is shared by the colour channels here, and given to each of them there."""
    written, split = pair(kind)
    name, more, peer = SAME[method]
    want = theirs(name, split, **peer) / (2 if method == "occlusion" else 1)
    close = 1e-5 if method == "integrated_gradients" else 1e-12  # captum's nodes and weights are in single precision
    for net in (written, split):
        np.testing.assert_allclose(ours(method, net, **more).values, want, atol=close * np.abs(want).max())
    assert want.any()


@pytest.mark.parametrize("kind", NETS)
def test_deep_lift(kind, recwarn):
    """Equal where only ReLUs and maxima bend. A normalisation is a product of its parts here and keeps the sum; captum
    takes its gradient and loses a third of the sum, without saying so."""
    written, split = pair(kind)
    want = theirs("DeepLift", split, baselines=torch.zeros(1, *X.shape, dtype=torch.float64))
    found = ours("deep_lift", written)
    np.testing.assert_array_equal(found.values, ours("deep_lift", split).values)
    change = found.output - found.base
    assert abs(found.values.sum() - change) < 1e-12
    if kind is not Normed:
        np.testing.assert_allclose(found.values, want, atol=1e-14)
        return
    assert abs(want.sum() - change) > abs(change) / 3
    path = ours("integrated_gradients", written, samples=500).values.ravel()
    ours_like_it, theirs_like_it = (np.corrcoef(path, v.ravel())[0, 1] for v in (found.values, want))
    assert ours_like_it > theirs_like_it > 0.9


@pytest.mark.parametrize("kind", [Functional, InPlace])
def test_lrp(kind, recwarn):
    """captum has no rule for sums of branches and none for group and layer norms: it refuses those networks."""
    written, split = pair(kind)
    want = theirs("LRP", split)
    np.testing.assert_allclose(ours("lrp", written, epsilon=1e-9).values, want, atol=1e-6 * np.abs(want).max())
    layer = attr.LayerLRP(split, split.pool).attribute(torch.from_numpy(X)[None], target=1).detach().numpy()[0]
    found = ours("lrp", written, epsilon=1e-9, at="pool").values
    np.testing.assert_allclose(found, layer, atol=1e-6 * np.abs(layer).max())


@pytest.mark.parametrize("kind", NETS)
def test_grad_cam(kind, recwarn):
    written, split = pair(kind)
    x = torch.from_numpy(X)[None]
    want = attr.LayerGradCam(split, split.b).attribute(x, target=1, relu_attributions=False)
    found = jx.explain(written, X, "grad_cam", target=1, at="b").values.sum(0)
    large = F.interpolate(want.detach(), X.shape[1:], mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(found, large, atol=1e-12)
