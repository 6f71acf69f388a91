"""SmoothGrad on quadratics, where everything has a closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import cnn, net_of, table

import jupyter_explain as jx
from jupyter_explain.inside.noisy import NODES, OVER


class Quadratic(nn.Module):
    """½ xᵀ A x."""

    def __init__(self, a):
        super().__init__()
        self.a = nn.Parameter(torch.from_numpy(a))

    def forward(self, x):
        return ((x @ self.a) * x).sum(1) / 2


@pytest.fixture
def quadratic():
    a = table(5, 5, 1)
    return (a + a.T) / 2


X = table(1, 5, 2)[0]


def within(e, want, widths=4.5):
    """Whether all values are as close as their own standard errors say."""
    return (np.abs(e.values - want) <= widths * e.stderr).all()


def test_the_mean_gradient_of_a_quadratic_is_its_gradient(quadratic):
    e = jx.explain(Quadratic(quadratic), X, "smoothgrad", sigma=0.5, samples=4000)
    assert within(e, quadratic @ X)
    assert e.error < 0.05
    assert e.error_kind == "stderr"


def test_the_variance_is_known_too(quadratic):
    e = jx.explain(Quadratic(quadratic), X, "smoothgrad", sigma=0.5, kind="variance", samples=4000)
    assert within(e, 0.25 * np.diag(quadratic @ quadratic.T))
    assert (e.values > 0).all()


def test_so_is_the_mean_square(quadratic):
    e = jx.explain(Quadratic(quadratic), X, "smoothgrad", sigma=0.5, kind="squared", samples=4000)
    assert within(e, (quadratic @ X) ** 2 + 0.25 * np.diag(quadratic @ quadratic.T))


def test_noise_is_a_share_of_the_inputs_range(quadratic):
    net, width = Quadratic(quadratic), float(np.ptp(X))
    one = jx.explain(net, X, "smoothgrad", noise=0.2, samples=100).values
    two = jx.explain(net, X, "smoothgrad", sigma=0.2 * width, samples=100).values
    np.testing.assert_array_equal(one, two)
    other = jx.explain(net, X, "smoothgrad", noise=0.4, samples=100).values
    np.testing.assert_allclose(other - quadratic @ X, 2 * (one - quadratic @ X), atol=1e-12)


@pytest.mark.parametrize("name", OVER)
def test_no_noise_is_the_method_itself(name):
    x = table(1, 128, 4).reshape(2, 8, 8).astype(np.float32)
    more = {"baseline": "zeros"} if OVER[name].based else {}
    smooth = jx.explain(cnn(), x, "smoothgrad", sigma=0.0, over=name, samples=20, **more)
    fixed = {"rule": "gauss-legendre", "steps": NODES} if name == "integrated_gradients" else {}
    want = jx.explain(cnn(), x, name, **more, **fixed).values
    np.testing.assert_allclose(smooth.values, want, atol=1e-5 * max(1, np.abs(want).max()))
    assert any("is compared with the baseline" in n for n in smooth.notes) == OVER[name].based


@pytest.mark.parametrize("name", ["integrated_gradients", "deep_lift"])
def test_baseline_rows_are_dealt_out(name, quadratic):
    """Without noise, the mean over copies is the mean over baseline rows."""
    net, rows = net_of(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1), dtype=torch.float64), table(3, 4, 6)
    fixed = {"rule": "gauss-legendre", "steps": NODES} if name == "integrated_gradients" else {}
    want = jx.explain(net, table(1, 4, 5)[0], name, baseline=rows, **fixed).values
    stream = jx.stream(net, table(1, 4, 5)[0], "smoothgrad", sigma=0.0, over=name, baseline=rows, samples=2000)
    near = min(np.abs(e.values - want).max() for e in stream)
    assert near < 1e-12 + 0.05 * np.abs(want).max()


@pytest.mark.parametrize("kind", ["smoothgrad", "squared", "variance"])
def test_the_stated_error_covers(kind):
    """95 % intervals over many seeds, on a network with kinks."""
    net = net_of(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1), dtype=torch.float64)
    x = table(1, 3, 7)[0]
    truth = jx.explain(net, x, "smoothgrad", sigma=0.5, kind=kind, samples=60000, seed=99).values
    runs = [jx.explain(net, x, "smoothgrad", sigma=0.5, kind=kind, samples=150, seed=s) for s in range(60)]
    inside = np.mean([np.abs(e.values - truth) <= 1.96 * e.stderr for e in runs])
    assert 0.86 <= inside <= 1.0


def test_a_constant_input_has_no_range():
    with pytest.raises(ValueError, match="SmoothGrad: .*sigma"):
        jx.explain(Quadratic(np.eye(3)), np.ones(3), "smoothgrad")


def test_captum_agrees_at_the_same_sigma():
    attr = pytest.importorskip("captum.attr")
    net, x = net_of(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2), dtype=torch.float64), table(1, 4, 3)[0]
    e = jx.explain(net, x, "smoothgrad", sigma=0.3, target=1, samples=4000)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        tunnel = attr.NoiseTunnel(attr.Saliency(net))
        one = torch.from_numpy(x)[None].requires_grad_()
        peer = tunnel.attribute(one, nt_samples=4000, stdevs=0.3, target=1, abs=False).detach().numpy()[0]
    assert (np.abs(e.values - peer) <= 6.5 * e.stderr).all()
