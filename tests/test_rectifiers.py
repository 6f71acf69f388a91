"""Rectifiers that save passes: everything is as with torch's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import seeded, table

import jupyter_explain as jx
from jupyter_explain.models.rectifiers import RectifiedPool, Rectifier
from jupyter_explain.models.torch import fast_twin

X = table(1, 3 * 32 * 32, 3).reshape(3, 32, 32)


class Looks(nn.Module):
    """Two convolutions; `way` says who reads what in between."""

    def __init__(self, way="plain"):
        super().__init__()
        self.one = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
        self.pool, self.two, self.relu = nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, padding=1), nn.ReLU()
        self.end, self.way = nn.Linear(4 * 16 * 16, 3), way

    def forward(self, x):
        z = self.one[0](x)
        y = self.one[1](z) if self.way == "by hand" else self.one(x)
        a = self.pool(y)
        b = self.two(a)
        c = self.relu(b)
        if self.way == "read again":
            c = c + y[..., ::2, ::2] + b
        if self.way == "relu twice":
            c = self.relu(c - 0.5)
        if self.way == "sum":
            c = c + z.mean()
        out = self.end(c.flatten(1))
        return (out, y) if self.way == "returned" else out


WAYS = ["plain", "by hand", "read again", "relu twice", "sum", "returned"]


def net(way):
    return seeded(Looks(way), 4).double().eval()


def quick(twin):
    kinds = {n: type(m) for n, m in twin.named_modules()}
    return kinds["pool"] is RectifiedPool, bool(getattr(twin.relu, "begins", ()))


@pytest.mark.parametrize(
    ("way", "found"), list(zip(WAYS, [(1, 1), (1, 1), (0, 0), (1, 0), (1, 1), (0, 1)], strict=True))
)
def test_only_where_nobody_else_reads(way, found):
    x = torch.from_numpy(X[None])
    twin = fast_twin(net(way), x).net
    assert quick(twin) == tuple(map(bool, found))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "method", ["saliency", "integrated_gradients", "guided_backprop", "deep_lift", "lrp", "occlusion"]
)
def test_every_method_says_the_same(method, way, monkeypatch):
    more = {"baseline": "zeros", "target": 1, "samples": 100}
    found = jx.explain(net(way), X, method, **more)
    monkeypatch.setattr("jupyter_explain.models.torch.spare_passes", lambda *_: None)
    other = jx.explain(net(way), X, method, **more)
    np.testing.assert_allclose(found.values, other.values, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.output, other.output, rtol=1e-12)


@pytest.mark.parametrize("method", ["guided_backprop", "deconvolution", "deep_lift", "lrp"])
@pytest.mark.parametrize("window", [(2, 2), (3, 2), (2, 3)])
def test_order_of_rectifier_and_pooling_makes_no_difference(method, window, monkeypatch):
    """Also where windows overlap or leave gaps, where whole windows are cut off, and where nothing changes."""
    user = net("plain")
    user.pool, user.end = nn.MaxPool2d(*window), nn.LazyLinear(3).double()
    with torch.no_grad():
        user.one[0].bias[:] = torch.tensor([-3.0, 0.0, 0.5, 0.0])
        user(torch.from_numpy(X[None]))
        user.end.weight[:] = torch.linspace(-1, 1, user.end.weight.numel(), dtype=torch.double).sin().view(3, -1)
    base = X[::-1].copy()
    base[:, :10] = X[:, :10]
    more = {"baseline": base, "target": 1}
    found = jx.explain(user, X, method, **more)
    monkeypatch.setattr("jupyter_explain.models.torch.spare_passes", lambda *_: None)
    other = jx.explain(user, X, method, **more)
    assert np.abs(other.values).max() > 0
    np.testing.assert_allclose(found.values, other.values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("at", ["one.0", "one.1", "one", "pool", "two", "relu"])
@pytest.mark.parametrize("method", ["activations", "grad_cam"])
def test_layers_put_out_what_they_do(method, at):
    user = net("plain")
    seen = {}
    handle = user.get_submodule(at).register_forward_hook(lambda m, i, o: seen.update(out=o.detach().clone()))
    user(torch.from_numpy(X[None]))
    handle.remove()
    for _ in range(2):  # the second time the quick twin is there
        found = jx.explain(user, X, method, at=at, target=0)
        if method == "activations":
            np.testing.assert_allclose(found.maps, seen["out"][0].numpy(), rtol=1e-12, atol=1e-14)
    jx.explain(user, X, "saliency", target=0)
    again = jx.explain(user, X, method, at=at, target=0)
    arrays = (again.maps, found.maps) if method == "activations" else (again.values, found.values)
    np.testing.assert_array_equal(*arrays)


def test_a_users_hook_sees_what_the_layer_puts_out():
    user, seen = net("plain"), []
    user.one[0].register_forward_hook(lambda m, i, o: seen.append(o))
    x = torch.from_numpy(X[None])
    twin = fast_twin(user, x).net
    assert not any(isinstance(m, (Rectifier, RectifiedPool)) for m in twin.modules())
    twin(x)
    assert (seen[-1] < 0).any()


def test_equal_and_negative_maxima_have_torchs_gradient():
    user = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 1))
    user = seeded(user, 1).double().eval()
    user[0].weight.data.fill_(1.0)
    x = torch.from_numpy(np.random.default_rng(0).integers(-1, 2, (1, 1, 32, 32)).astype(float)).requires_grad_()
    want = torch.autograd.grad(user(x).sum(), x)[0]
    twin = fast_twin(user, x.detach()).net
    assert type(twin[2]) is RectifiedPool
    torch.testing.assert_close(torch.autograd.grad(twin(x.clone()).sum(), x)[0], want, rtol=0, atol=0)
