"""Integrated gradients step by step: closed forms, and that the steps are the answer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from zoo import ZOO

import jupyter_explain as jx
from jupyter_explain.messages import steps as messages
from jupyter_explain.models import Model
from jupyter_explain.wire import answer_message

X, ZERO = np.array([2.0, -1.0, 0.5]), np.zeros(3)


def net(fn):
    """A torch module from a function of rows."""
    import torch

    class Net(torch.nn.Module):
        def forward(self, x):
            return fn(x)[:, None]

    return Net()


def path(fn, x=X, baseline=ZERO, samples=70, **more):
    return jx.explain(net(fn), x, "ig_path", baseline=baseline, samples=samples, **more)


def test_a_linear_function_collects_evenly_and_leaves_no_gap():
    e = path(lambda x: 3 * x[:, 0] - x[:, 1] + 4)
    assert e.values.tolist() == [6.0, 1.0, 0.0]
    assert e.gap == e.error == 0.0
    assert e.final
    assert e.steps.shares.shape == (32, 3)
    assert np.ptp(e.steps.shares, axis=0).max() == 0.0
    assert e.steps.saturation == pytest.approx(0.9)


def test_a_square_collects_more_and_more():
    """x² collects (b² - a²) x² between a and b, which the trapezoid has exactly: its gradient is linear."""
    e = path(lambda x: (x**2).sum(1))
    ends = np.linspace(0, 1, 33)
    np.testing.assert_allclose(e.steps.shares, np.diff(ends**2)[:, None] * X**2, atol=1e-13)
    np.testing.assert_allclose(e.steps.sums, e.steps.outputs, atol=1e-13)
    assert e.steps.saturation == pytest.approx(0.9**0.5, abs=1e-3)


def test_a_cube_has_the_error_of_the_trapezoid():
    """∫ 3 t² dt by n trapezoids is 1 + 1/(2n²); the stated error covers it."""
    seen = list(jx.stream(net(lambda x: x[:, 0] ** 3), X, "ig_path", baseline=ZERO, samples=70))
    for n, e in zip((2, 4, 8, 16, 32, 64), seen, strict=True):
        assert e.values[0] == pytest.approx(8 * (1 + 1 / (2 * n**2)))
        assert e.gap == pytest.approx(-4 / n**2)
        assert abs(e.values[0] - 8) <= e.error


def test_a_kink_starts_late_and_the_saturated_end_collects_nothing():
    """min(max(4 t - 1, 0), 1): nothing before a quarter of the way, all until a half, nothing after it."""
    e = path(lambda x: (2 * x[:, 0] - 1).clamp(0, 1), samples=300)
    shares = e.steps.shares[:, 0]
    assert shares[:7].tolist() == [0.0] * 7
    assert not shares[17:].any()
    np.testing.assert_allclose(shares[9:15], 1 / 8, atol=1e-12)
    assert abs(e.values[0] - 1) <= e.error + 1e-12
    assert e.steps.saturation == pytest.approx(0.25 + 0.9 / 4, abs=0.01)
    assert any("90 %" in n for n in e.notes)


def test_an_output_that_comes_back_has_no_saturation():
    e = path(lambda x: (x[:, 0] * np.pi).sin() + 1, samples=70)
    assert e.steps.saturation is None
    assert not any("90 %" in n for n in e.notes)


@pytest.mark.parametrize("animal", ["torch_double", "torch_float", "torch_cnn", "torch_several", "text_transformer"])
def test_the_steps_are_the_answer(animal):
    """Also for more baseline rows, several inputs and texts; and it is what integrated gradients say."""
    a = ZOO[animal]()
    options = {k: v for k, v in a.options.items() if k != "segments"}
    for e in jx.stream(a.model, a.x, "ig_path", baseline=a.baseline, samples=1200, **options):
        values = np.concatenate([np.ravel(v) for v in (e.values if isinstance(e.values, tuple) else (e.values,))])
        last = e.steps.collected[-1].ravel()
        np.testing.assert_allclose(last, values, rtol=0, atol=1e-12 * np.abs(values).max())
        np.testing.assert_allclose(e.steps.sums[-1], values.sum(), rtol=0, atol=1e-6 * np.abs(values).max())
        assert len(e.steps.ends) == len(e.steps.shares) + 1
    truth = jx.explain(a.model, a.x, "integrated_gradients", baseline=a.baseline, samples=2000, **options)
    other = np.concatenate(
        [np.ravel(v) for v in (truth.values if isinstance(truth.values, tuple) else (truth.values,))]
    )
    assert np.abs(values - other).max() <= e.error + truth.error + 1e-5 * np.abs(values).max()


def test_points_are_nested_and_later_gradients_only_refine_the_steps():
    seen = list(jx.stream(net(lambda x: x.exp().prod(1).tanh()), X, "ig_path", baseline=ZERO, samples=600))
    assert [len(e.steps.places) for e in seen] == [3, 5, 9, 17, 33, 65, 129, 257, 513]
    assert [len(e.steps.shares) for e in seen] == [2, 4, 8, 16, 32, 32, 32, 32, 32]
    for one, other in pairwise(seen):
        assert set(one.steps.places) < set(other.steps.places)
        np.testing.assert_array_equal(one.steps.outputs, other.steps.outputs[::2])
    np.testing.assert_allclose(seen[5].steps.shares, seen[-1].steps.shares, atol=1e-3)


def test_steps_of_a_large_input_are_fewer(monkeypatch):
    from jupyter_explain.methods import ig_path

    monkeypatch.setattr(ig_path, "MEMORY", 3 * 2 * 8 * 3 * 8 * 2)  # room for 8 steps of 3 numbers
    e = path(lambda x: (x**2).sum(1))
    assert len(e.steps.shares) == 8 * 2
    assert e.values == pytest.approx(X**2)


def test_a_gradient_that_is_zero_everywhere_is_refused():
    with pytest.raises(ValueError, match="react to small changes"):
        path(lambda x: (x[:, 0] > 1).double() + 0 * x[:, 1])


def test_models_without_gradients_are_refused_by_name():
    with pytest.raises(ValueError, match="gradients"):
        jx.explain(Model("sum", predict=lambda r: r.sum(1, keepdims=True)), X, "ig_path")


def test_a_batch_has_values_but_no_steps():
    e = path(lambda x: (x**2).sum(1), x=np.stack([X, 2 * X]), samples=140)
    assert e.values == pytest.approx(np.stack([X, 2 * X]) ** 2)
    assert e.steps is None


def test_the_frame_has_one_row_per_step():
    frame = path(lambda x: (x**2).sum(1)).steps.to_frame()
    assert list(frame) == ["start", "end", "output", "collected", "so_far"]
    assert frame.so_far.iloc[-1] == pytest.approx((X**2).sum())
    assert frame.output.iloc[15] == pytest.approx((X**2).sum() / 4)


# what travels


def sent(e):
    message, arrays = answer_message(e, 70, False, False)
    layout = message["layout"]
    return layout["parts"]["steps"], dict(zip(layout["arrays"], arrays, strict=True)), sum(a.nbytes for a in arrays)


def test_a_table_sends_its_largest_features_and_the_sum_of_the_others():
    weights = np.arange(1.0, 31)
    e = path(lambda x: (x**2 * x.new_tensor(weights)).sum(1), x=np.ones(30), baseline=np.zeros(30))
    facts, arrays, size = sent(e)
    assert facts["draw"] == "table"
    assert facts["names"][0] == "x29"
    assert (len(facts["names"]), facts["others"]) == (20, 10)
    np.testing.assert_allclose(arrays["steps.shares"].sum(0)[[0, -1]], [30, weights[:10].sum()], rtol=1e-6)
    assert size < 10_000


@pytest.mark.parametrize("layout", ["CT", "TC"])
def test_a_series_sends_stretches_of_its_channels(layout):
    """Of a linear function each stretch collects its sum, evenly."""
    weights = np.arange(24.0).reshape(2, 12) - 5
    x, order = (weights / 10, (1, 2)) if layout == "CT" else (weights.T / 10, (2, 1))
    model = net(lambda r: (r.permute(0, *order) * r.new_tensor(weights)).sum((1, 2)))
    e = jx.explain(model, x, "ig_path", layout=layout, names=["a", "b"], baseline="zeros", samples=70)
    fields, arrays = answer_message(e, None, False, False)
    part, sent = fields["layout"]["parts"]["steps"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))
    assert part["draw"] == "table"
    assert (len(part["names"]), part["others"], part["channels"]) == (16, 0, ["a", "b"])
    shares, (channel, first, last) = sent["steps.shares"], part["spans"][0]
    steps = f"steps {first} to {last}" if first < last else f"step {first}"
    assert part["names"][0] == f"{steps} of {'ab'[channel]}"
    want = (weights**2 / 10)[channel, first : last + 1].sum()
    np.testing.assert_allclose(shares[:, 0], want / len(shares), rtol=1e-5)
    assert shares.sum() == pytest.approx(e.output - e.base, rel=1e-5)
    assert e.plot(kind="steps")


def test_a_single_channel_is_not_named():
    model = net(lambda r: (r**2).sum((1, 2)))
    e = jx.explain(model, np.ones((1, 16)), "ig_path", layout="CT", baseline="zeros", samples=70)
    part = answer_message(e, None, False, False)[0]["layout"]["parts"]["steps"]
    assert part["names"][0] == "steps 0 to 1"
    assert part["spans"][0] == (-1, 0, 1)


def test_a_baseline_row_stays_in_python():
    """Zeros, or the mean of many rows, are nobody's row."""
    rows = np.random.default_rng(0).normal(size=(12, 3))
    sends = {"zeros": True, "given": False, "few": False, "many": True}
    given = {"zeros": "zeros", "given": rows[0], "few": rows[:4], "many": rows}
    for name, baseline in given.items():
        e = path(lambda x: (x**2).sum(1), baseline=baseline, samples=10)
        _, arrays, _ = sent(e)
        assert ("steps.start" in arrays) == sends[name], name
    assert arrays["steps.start"] == pytest.approx(rows.mean(0)[np.argsort(-np.abs(e.values))], rel=1e-6)
    assert "mean over 12 ways" in str(e)


def test_a_large_picture_sends_small_maps_whose_sums_stay_right():
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(32, 64, 64)) * 20
    kept = messages._bytes(maps).astype(int) - 128
    assert np.abs(np.cumsum(kept, 0) - np.cumsum(maps, 0)).max() <= 0.5 + 1e-9
    x = rng.normal(size=(3, 300, 200)).astype("float32")
    weights = rng.normal(size=x.shape)
    e = path(lambda r: (r.double() ** 2 * r.new_tensor(weights)).sum((1, 2, 3)), x=x, baseline="black", samples=40)
    facts, arrays, size = sent(e)
    assert (facts["height"], facts["width"]) == (60, 40)
    assert size < 200_000
    small = e.values.sum(0).reshape(60, 5, 40, 5).mean((1, 3)).ravel()
    found = (arrays["steps.shares"].astype(float) - 128).reshape(32, -1).sum(0) * facts["unit"]
    assert np.abs(found - small).max() <= 0.51 * facts["unit"]


def test_a_long_text_sends_fewer_steps():
    ends, shares = messages._fewer(np.linspace(0, 1, 33), np.ones((32, 2000)))
    assert shares.shape == (8, 2000)
    assert shares.sum() == 64_000
    assert ends.tolist() == [k / 8 for k in range(9)]


# pictures


@pytest.mark.parametrize("animal", ["torch_double", "torch_cnn", "text_transformer"])
def test_steps_are_drawn(animal):
    a = ZOO[animal]()
    options = {k: v for k, v in a.options.items() if k != "segments"}
    e = jx.explain(a.model, a.x, "ig_path", baseline=a.baseline, samples=300, **options)
    figure = e.plot(kind="steps")
    figure.canvas.draw()
    curves = figure.axes[0].child_axes[0]
    np.testing.assert_allclose(curves.lines[1].get_ydata(), e.steps.sums)
    assert "Step by step" in e.to_html()


def test_other_answers_have_no_steps_to_draw():
    e = jx.explain(net(lambda x: x.sum(1)), X, "integrated_gradients", baseline=ZERO)
    with pytest.raises(ValueError, match="kind='steps'"):
        e.plot(kind="steps")
