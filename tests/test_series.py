"""Time series: channels before or after the steps, their names, and that every channel counts by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import jupyter_explain as jx
from jupyter_explain.inputs import read_input
from jupyter_explain.models import wrap
from jupyter_explain.wire import answer_message

STEPS, NAMES = 24, ("temperature", "vibration", "noise")
X = np.random.default_rng(0).normal(size=(3, STEPS))
WEIGHTS = np.zeros((3, STEPS))
WEIGHTS[1, 8:16] = 2.0
WEIGHTS[0, :4] = -1.0


def channels_first(rows):
    return (np.asarray(rows, float) * WEIGHTS).sum((1, 2))


def steps_first(rows):
    return (np.asarray(rows, float) * WEIGHTS.T).sum((1, 2))


def explain(method, order="CT", **more):
    model, x = (channels_first, X) if order == "CT" else (steps_first, X.T)
    return jx.explain(model, x, method, layout=order, baseline=0.0, **more)


def sent(e):
    return answer_message(e, samples=None, partial=False, running=False)


@pytest.mark.parametrize("order", ["CT", "TC"])
def test_occlusion_of_a_linear_model_is_its_products(order):
    """A channel without a weight has nothing, which hiding all channels together could not tell."""
    e = explain("occlusion", order, window=1)
    np.testing.assert_allclose(e.values if order == "CT" else e.values.T, WEIGHTS * X, atol=1e-12)


def test_a_window_may_be_as_many_channels_as_one_wants():
    drops = explain("occlusion", window=(3, 4), stride=(3, 4)).values
    products = (WEIGHTS * X).reshape(3, 6, 4).sum((0, 2))
    np.testing.assert_allclose(drops, np.broadcast_to(np.repeat(products, 4), (3, STEPS)), atol=1e-12)
    alone = explain("occlusion", window=(4,), stride=(4,)).values
    np.testing.assert_array_equal(alone, explain("occlusion", window=4, stride=4).values)
    with pytest.raises(ValueError, match="one number, or 2"):
        explain("occlusion", window=(1, 2, 3))


@pytest.mark.parametrize("order", ["CT", "TC"])
@pytest.mark.parametrize("method", ["exact_shap", "permutation_shap", "feature_ablation"])
def test_players_are_stretches_of_single_channels(method, order):
    e = explain(method, order, segments=6, samples=400)
    values = e.values if order == "CT" else e.values.T
    stretches = (WEIGHTS * X).reshape(3, 2, STEPS // 2).sum(2)
    np.testing.assert_allclose(values.reshape(3, 2, -1).sum(2), stretches, atol=2e-2)
    assert np.ptp(values.reshape(3, 2, -1), axis=2).max() < 1e-12


def test_any_map_of_numbers_may_be_the_players():
    by_step = np.arange(STEPS) // 6
    for order in ("CT", "TC"):
        values = explain("exact_shap", order, groups=by_step).values
        sums = (values if order == "CT" else values.T).sum(0).reshape(4, 6).sum(1)
        np.testing.assert_allclose(sums, (WEIGHTS * X).sum(0).reshape(4, 6).sum(1), atol=1e-12)


def test_the_two_orders_are_one_answer():
    first, last = (explain("occlusion", order, names=NAMES) for order in ("CT", "TC"))
    assert str(first) == str(last)
    assert "of vibration" in str(first)
    pd.testing.assert_frame_equal(first.to_frame(), last.to_frame())
    assert set(first.to_frame()["channel"]) == set(NAMES)
    (said, one), (again, other) = sent(first), sent(last)
    assert said["layout"] == again["layout"]
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_sent_has_names_and_exact_sums_of_long_series():
    long = np.random.default_rng(1).normal(size=(2, 9000))
    e = jx.explain(lambda rows: rows.sum((1, 2)), long, "occlusion", layout="CT", names=["a", "b"], window=900)
    content, buffers = sent(e)
    layout = content["layout"]
    arrays = dict(zip(layout["arrays"], buffers, strict=True))
    assert layout["names"] == ["a", "b"]
    assert layout["step"] > 1
    assert layout["ends"][-1] == 9000
    sums = np.frombuffer(arrays["sums"], "<f4").reshape(2, 8)
    np.testing.assert_allclose(sums, np.add.reduceat(e.values, [0, *layout["ends"][:-1]], axis=1), rtol=1e-5)


def test_a_frame_with_a_row_per_step_brings_its_names():
    e = jx.explain(steps_first, pd.DataFrame(X.T, columns=NAMES), "occlusion", layout="TC", baseline=0.0, window=1)
    np.testing.assert_allclose(e.values.T, WEIGHTS * X, atol=1e-12)
    assert e.layout.names == NAMES


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="3 names of channels; got 2 names"):
        explain("occlusion", names=["a", "b"])
    with pytest.raises(ValueError, match="features of a table or channels of a series; got an image"):
        jx.explain(lambda rows: rows.sum((1, 2)), np.ones((8, 8)), "occlusion", layout="HW", names=["a"])


def test_networks_are_read_as_they_take_series():
    import torch
    from torch import nn

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.last = nn.LSTM(3, 5, batch_first=True), nn.Linear(5, 1)

        def forward(self, x):
            return self.last(self.inner(x)[0][:, -1])

    class Attentive(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(3, 8), nn.Linear(8, 1)
            self.block = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True)

        def forward(self, x):
            return self.last(self.block(self.first(x)).mean(1))

    convolved = nn.Sequential(nn.Conv1d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    x = torch.tensor(X, dtype=torch.float32)
    for net, order in ((Recurrent(), "TC"), (Attentive().eval(), "TC"), (convolved, "CT")):
        one = x if order == "CT" else x.T
        for given in (one, torch.stack([one, one + 1])):
            assert read_input(wrap(net), given).layout == order
        e = jx.explain(net, one, "integrated_gradients")
        assert e.values.shape == tuple(one.shape)
        assert (e.layout.kind, e.layout.channels) == ("series", -2 if order == "CT" else -1)


def test_a_layers_steps_are_shown_as_the_layer_has_them():
    import torch
    from torch import nn

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide = nn.Conv1d(3, 4, 3, padding=1)
            self.inner, self.last = nn.GRU(4, 5, batch_first=True), nn.Linear(5, 1)

        def forward(self, x):
            steps = torch.relu(self.wide(x)).transpose(1, 2)
            return self.last(self.inner(steps)[0].mean(1))

    x = X.astype(np.float32)
    wide = jx.explain(Mixed(), x, "integrated_gradients", at="wide", layout="CT")
    assert (wide.values.shape, wide.layout.kind, wide.layout.channels) == ((4, STEPS), "series", -2)
    wide.plot()


@pytest.mark.parametrize("norm", [lambda: nn.BatchNorm1d(6), lambda: nn.GroupNorm(2, 6), lambda: nn.InstanceNorm1d(6)])
def test_norms_behind_a_convolution_keep_its_channels_first(norm):
    """Their names are those of norms over the last axis, their output is not."""
    stack = nn.Conv1d(3, 6, 5, padding=2), norm(), nn.Dropout(0.5), nn.AdaptiveAvgPool1d(1), nn.Flatten()
    net, x = nn.Sequential(*stack, nn.Linear(6, 2)).double().eval(), np.random.default_rng(0).normal(size=(3, 12))
    with torch.no_grad():
        want = net[:2](torch.from_numpy(x)[None])[0].numpy()
    weights = net[-1].weight[0].detach().numpy() / 12  # the mean over twelve steps
    for at in ("1", "2"):
        np.testing.assert_allclose(jx.explain(net, x, "activations", layout="CT", at=at).maps[:, 0], want, atol=1e-12)
        cam = jx.explain(net, x, "grad_cam", layout="CT", at=at, target=0).values
        np.testing.assert_allclose(cam.sum(0), weights @ want, atol=1e-12)


def test_what_follows_a_linear_layer_has_its_channels_last():
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix, self.drop, self.act = nn.Linear(3, 8), nn.Dropout(0.5), nn.GELU()
            self.look, self.out = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 2)

        def forward(self, x):
            h = self.act(self.drop(self.mix(x.mT)))
            return self.out(self.look(h, h, h)[0].mean(1))

    net, x = Steps().eval(), torch.randn(3, 12, generator=torch.Generator().manual_seed(0))
    for at in ("mix", "drop", "act", "look"):
        assert jx.explain(net, x, "activations", layout="CT", at=at).maps.shape == (8, 1, 12)
        assert "Map of 12 places" in " ".join(jx.explain(net, x, "grad_cam", layout="CT", at=at).notes)


def test_steps_first_reach_a_network_that_convolves_channels_first():
    """A frame with a row per step, say: what is explained stays in its order."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten()).double()
    frame = pd.DataFrame(X.T, columns=NAMES)
    for method in ("integrated_gradients", "occlusion", "permutation_shap", "grad_cam", "lime", "smoothgrad"):
        how = {"target": 1, "samples": 300}
        first = jx.explain(net, X, method, layout="CT", names=NAMES, **how)
        last = jx.explain(net, frame, method, layout="TC", **how)
        np.testing.assert_allclose(last.values, first.values.T, atol=1e-12)
        assert (last.layout.names, last.layout.channels) == (NAMES, -1)
        assert str(first) == str(last)
