"""Gradient methods at a layer: closed forms, captum's layer variants, completeness where it is declared."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import ZOO, net_of, table

import jupyter_explain as jx

METHODS = (
    "saliency",
    "input_x_gradient",
    "integrated_gradients",
    "deep_lift",
    "guided_backprop",
    "deconvolution",
    "lrp",
    "expected_gradients",
    "smoothgrad",
)
COMPLETE = ("integrated_gradients", "deep_lift")


def net():
    """Double precision, one way through."""
    layers = [nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Flatten()]
    return net_of(*layers, nn.Linear(24, 5), nn.Tanh(), nn.Linear(5, 3), seed=1, dtype=torch.float64).eval()


X = table(1, 64, 2).reshape(1, 8, 8)
BLACK = np.zeros_like(X)


def explained(method, at, model=None, x=X, **more):
    more = {"samples": 200} | more
    return jx.explain(model or net(), x, method, at=at, target=1, baseline=BLACK if x is X else None, **more)


def test_linear_after_the_layer():
    """f = w · a(x): the gradient is w, and a · w and (a - a₀) · w are exact."""
    model = net_of(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2), seed=3, dtype=torch.float64)
    x, base = table(1, 4, 4)[0], table(1, 4, 5)[0]
    with torch.no_grad():
        here, there = (model[:2](torch.from_numpy(v)[None])[0].numpy() for v in (x, base))
        w = model[2].weight[1].numpy()
    ask = {"at": "1", "target": 1, "baseline": base, "samples": 100}
    np.testing.assert_allclose(jx.explain(model, x, "saliency", **ask).values, w)
    np.testing.assert_allclose(jx.explain(model, x, "input_x_gradient", **ask).values, w * here)
    np.testing.assert_allclose(jx.explain(model, x, "smoothgrad", **ask).values, w)
    found = jx.explain(model, x, "smoothgrad", over="deep_lift", noise=1e-6, **ask)
    np.testing.assert_allclose(found.values, w * (here - there), atol=1e-5)
    for method in COMPLETE:
        found = jx.explain(model, x, method, **ask)
        np.testing.assert_allclose(found.values, w * (here - there), atol=1e-12)
        assert abs(found.gap) < 1e-12


@pytest.mark.parametrize("at", ["1", "3", "6"])
def test_equal_to_captum(at):
    attr = pytest.importorskip("captum.attr")
    model = net()
    x, base = torch.from_numpy(X)[None], torch.from_numpy(BLACK)[None]
    layer = model[int(at)]
    theirs = {
        "input_x_gradient": attr.LayerGradientXActivation(model, layer).attribute(x, target=1),
        "deep_lift": attr.LayerDeepLift(model, layer).attribute(x, base, target=1),
    }
    for method, wanted in theirs.items():
        np.testing.assert_allclose(explained(method, at).values, wanted.detach().numpy()[0], atol=1e-12)
    many = attr.LayerIntegratedGradients(model, layer).attribute(x, base, target=1, n_steps=100)
    ours = explained("integrated_gradients", at, samples=400)
    np.testing.assert_allclose(ours.values, many.detach().numpy()[0], atol=2e-3)  # theirs, at ReLUs


@pytest.mark.parametrize("method", METHODS)
def test_shape_title_and_words(method):
    found = explained(method, "3")
    assert found.values.shape == (6, 2, 2)
    assert found.title.endswith(" at layer 3")
    assert found.layout.kind == "image"
    assert found.layout.data is None
    assert any(n.startswith("About the output of layer 3 (6 × 2 × 2), not about the input") for n in found.notes)
    assert str(found)
    assert len(found.to_frame()) == 4
    assert found.plot().axes
    units = explained(method, "6")
    assert units.layout.names == tuple(f"unit {i}" for i in range(5))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("animal", "at"),
    [("torch_cnn", "again"), ("torch_residual", "inside.0"), ("torch_several", "left"), ("torch_sequence", "1")],
)
def test_every_kind_of_network(method, animal, at):
    """Re-used and in-place layers, residual adds, several inputs, series; complete where that is promised."""
    a = ZOO[animal]()
    found = jx.explain(a.model, a.x, method, at=at, baseline=a.baseline, samples=300, **a.options)
    assert np.isfinite(found.values).all()
    assert np.any(found.values)
    if method in COMPLETE:
        assert abs(found.gap) < 1e-5 * max(1, abs(found.output))


def test_base_is_the_output_with_only_this_layer_as_for_the_baseline():
    class Skip(nn.Module):
        def __init__(self):
            super().__init__()
            self.one = nn.Linear(3, 3)

        def forward(self, x):
            return (torch.tanh(self.one(x)) + x).sum(1, keepdim=True) ** 2

    model, x = Skip().double(), table(1, 3, 6)[0]
    found = jx.explain(model, x, "integrated_gradients", at="one", baseline="zeros", samples=200)
    with torch.no_grad():
        wanted = float((torch.tanh(model.one.bias) + torch.from_numpy(x)).sum() ** 2)
        whole = float(model(torch.zeros(1, 3, dtype=torch.float64)))
    assert found.base == pytest.approx(wanted)
    assert abs(wanted - whole) > 1e-3
    assert abs(found.gap) < 1e-9


def test_only_the_last_run_of_a_layer_is_meant():
    """y = w·relu(relu(x) − 1): the gradient to the last run is w, whatever the first one did."""

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu, self.out = nn.ReLU(), nn.Linear(2, 1)

        def forward(self, x):
            return self.out(self.relu(self.relu(x) - 1))

    model = Twice().double()
    found = jx.explain(model, [3.0, 0.5], "saliency", at="relu")
    np.testing.assert_allclose(found.values, model.out.weight[0].detach().numpy())
    assert "relu runs 2 times; this is its last run." in found.notes


def test_a_layer_under_another_of_its_names():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.out = nn.Linear(2, 2), nn.Linear(2, 1)
            self.alias = self.first

        def forward(self, x):
            return self.out(torch.relu(self.alias(torch.relu(self.first(x)))))

    model = Tied().double()
    for method in ("saliency", "integrated_gradients", "lrp"):
        own, other = (jx.explain(model, [3.0, 0.5], method, at=at) for at in ("first", "alias"))
        np.testing.assert_array_equal(own.values, other.values)


def test_several_baseline_rows():
    rows = table(4, 64, 7).reshape(4, 1, 8, 8)
    for method in COMPLETE:
        found = jx.explain(net(), X, method, at="1", target=0, baseline=rows, samples=400)
        spare = 4 * found.values.size * found.error if found.error_kind in ("bound", "stderr") else 1e-9
        assert abs(found.gap) <= spare


def test_batches():
    both = np.stack([X, X + 0.1])
    found = jx.explain(net(), both, "saliency", at="3", target=1)
    assert found.values.shape == (2, 6, 2, 2)
    np.testing.assert_allclose(found.values[0], explained("saliency", "3").values)
    assert found.plot().axes
    assert str(found)


def test_the_empty_text_of_a_control_means_the_input():
    np.testing.assert_array_equal(explained("saliency", "").values, explained("saliency", None).values)


def test_the_network_runs_once_before_the_layer_where_it_can():
    """A thousand rows of a layer cost one row of what comes before it."""
    model, seen = net(), []
    model[0].register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    explained("integrated_gradients", "3", model, samples=100)
    assert set(seen) <= {1, 2}


@pytest.mark.parametrize(
    ("at", "said"), [("9", r"at must name a layer of the model \(near: .*got '9'"), (3, "at must name a layer")]
)
def test_wrong_layers(at, said):
    with pytest.raises(ValueError, match=f"Saliency: {said}"):
        explained("saliency", at)


def test_nothing_is_left_on_the_model():
    model = net()
    explained("deep_lift", "3", model)
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in model.modules())
    assert all(p.grad is None for p in model.parameters())
