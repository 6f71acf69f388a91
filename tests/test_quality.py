"""Measures of an explanation: closed forms, brute force, calibration, captum, and refusals."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from checks import Case
from zoo import ZOO

import jupyter_explain as jx
from jupyter_explain.explanation import Attribution
from jupyter_explain.method import METHODS
from jupyter_explain.quality.judging import ATTRIBUTIONS, SLOPES

W = np.array([3.0, -1.0, 2.0, 0.5])
X = np.array([1.0, 1.0, 1.0, 2.0])


def linear(rows):
    return rows @ W


def crossed(rows):
    return rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) * rows[:, 3] + rows[:, 0]


def ask(method, fn=linear, x=X, baseline="zeros", **more):
    return jx.explain(fn, x, method, baseline=baseline, **more)


def net_of(*layers):
    import torch

    net = torch.nn.Sequential(*layers).double()
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.from_numpy(rng.normal(size=tuple(p.shape))))
    return net


# deletion and insertion


def test_curves_of_a_linear_model_are_known():
    e = ask("exact_shap")
    d, i = ask("deletion", of=e), ask("insertion", of=e)
    np.testing.assert_allclose(d.x[0], [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(d.own[0], [5, 2, 0, -1, 0], atol=1e-12)  # 3, 2, 1 and then -1 go
    np.testing.assert_allclose(i.own[0], [0, 3, 5, 6, 5], atol=1e-12)
    np.testing.assert_allclose(d.lines[0][0], i.own[0][::-1] * 0 + [5, 6, 5, 3, 0], atol=1e-12)
    assert d.verdict.area == pytest.approx((2.5 + 2 + 0 - 1) / 4)
    assert (d.verdict.better, i.verdict.better) == ("lower", "higher")
    assert d.verdict.judged == "Exact SHAP"


def test_the_chance_level_is_the_mean_over_all_orders():
    rows = np.random.default_rng(1).normal(size=(3, 4))
    curves = []
    for order in permutations(range(4)):
        for row in rows:
            now, curve = X.copy(), []
            for j in (None, *order):
                if j is not None:
                    now[j] = row[j]
                curve.append(crossed(now[None])[0])
            curves.append(curve)
    exact = np.mean(curves, axis=0)
    inside = []
    for seed in range(40):
        d = ask("deletion", crossed, baseline=rows, repeats=40, seed=seed, of="exact_shap")
        low, high = d.band[0]
        inside.append((low - 1e-9 <= exact) & (exact <= high + 1e-9))
        area = np.trapezoid(exact, d.x[0])
        inside[-1] = [*inside[-1][1:-1], abs(d.verdict.chance - area) <= 1.96 * d.verdict.stderr]
    assert 0.88 <= np.mean(inside) <= 1
    assert d.final
    assert d.verdict.draws == 40


def test_the_right_order_beats_all_and_its_reverse_none():
    e = ask("exact_shap")
    wrong = jx.explain(lambda r: -linear(r), X, "exact_shap", baseline="zeros")
    good, bad = ask("deletion", of=e).verdict, ask("deletion", of=wrong).verdict
    assert good.beats > 0.9
    assert bad.beats < 0.1
    assert good.area < good.chance < bad.area == pytest.approx(good.reverse)


def test_equal_values_are_ordered_by_chance_and_it_is_said():
    flat = lambda r: r.sum(1)  # noqa: E731
    x = np.ones(4)
    e = jx.explain(flat, x, "exact_shap", baseline="zeros")
    d = jx.explain(flat, x, "deletion", of=e, baseline="zeros")
    assert any("random" in n for n in d.notes)
    assert d.verdict.beats == 0.5
    assert "no clear difference" in str(d)


def test_many_players_go_several_at_a_time():
    x = np.arange(300.0)
    d = jx.explain(lambda r: r.sum(1), x, "deletion", baseline="zeros", steps=10, repeats=3, of="permutation_shap")
    assert len(d.x[0]) == 11
    left = [x[: 300 - 30 * k].sum() for k in range(11)]
    np.testing.assert_allclose(d.own[0], left, rtol=1e-9)


def test_pixels_are_summed_by_player():
    import torch

    x = np.random.default_rng(2).random((2, 4, 4))
    net = torch.nn.Sequential(torch.nn.Flatten(), net_of(torch.nn.Linear(32, 1)))
    groups = np.kron([[0, 1], [2, 3]], np.ones((2, 2), int))
    e = jx.explain(net, x, "input_x_gradient")
    d = jx.explain(net, x, "deletion", of=e, baseline="zeros", groups=groups)
    sums = [e.values[:, groups == g].sum() for g in range(4)]
    output = d.own[0][0]
    np.testing.assert_allclose(d.own[0], [output, *(output - np.cumsum(sorted(sums, reverse=True)))], atol=1e-9)


# infidelity


def test_infidelity_of_a_linear_model_is_zero():
    m = ask("infidelity", of="exact_shap", samples=200)
    assert m.values[0] == pytest.approx(0, abs=1e-20)
    assert m.names[0] == "Exact SHAP"
    import torch

    net = net_of(torch.nn.Linear(4, 1))
    for method in ("saliency", "smoothgrad"):
        m = jx.explain(net, X, "infidelity", of=method, samples=200)
        assert m.values[0] <= 1e-20 < m.values[2]
        assert any("noise" in n for n in m.notes)


def test_infidelity_is_what_brute_force_gives():
    """All sets of hidden parts, weighted as they are drawn: first the size, then the set."""
    rows = np.random.default_rng(3).normal(size=(3, 4))
    e = ask("exact_shap", crossed, baseline=rows)
    misses, zero = [], []
    for size in range(1, 5):
        masks = np.array([m for m in np.ndindex(2, 2, 2, 2) if sum(m) == size], bool)
        change = crossed(X[None])[0] - np.array([crossed(np.where(m, rows, X)).mean() for m in masks])
        misses.append(np.mean((masks @ e.values - change) ** 2))
        zero.append(np.mean(change**2))
    exact, found = np.array([np.mean(misses), np.mean(zero)]), []
    for seed in range(40):
        m = ask("infidelity", crossed, baseline=rows, of=e, samples=900, seed=seed)
        found.append(np.abs(m.values[[0, 2]] - exact) <= 1.96 * m.stderr[[0, 2]])
    assert 0.88 <= np.mean(found) <= 1


def test_rescaling_undoes_a_factor():
    e = ask("exact_shap")
    m = ask("infidelity", of=replace(e, values=4 * e.values), samples=300)
    assert m.values[1] == pytest.approx(0, abs=1e-20)
    assert m.values[0] > m.values[2]  # says less than nothing
    assert any("0.25" in n for n in m.notes)


def test_infidelity_agrees_with_captum():
    metrics = pytest.importorskip("captum.metrics")
    import torch

    net = net_of(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    e, rows = jx.explain(net, X, "saliency"), np.array([[1.0] * 4, [2.0] * 4])
    m = jx.explain(net, X, "infidelity", of=e, baseline=rows, radius=0.5, samples=8000)
    sigma, generator = 0.5 * 0.5, torch.Generator().manual_seed(0)

    def noise(inputs):
        steps = sigma * torch.randn(inputs.shape, generator=generator, dtype=torch.float64)
        return steps, inputs - steps

    values = torch.from_numpy(e.values)[None]
    torch_x = torch.from_numpy(X)[None]
    theirs = metrics.infidelity(lambda r: net(r)[:, 0], noise, torch_x, values, n_perturb_samples=8000)
    assert float(theirs) == pytest.approx(m.values[0], abs=6 * m.stderr[0])


# max-sensitivity


def test_an_explanation_that_cannot_change_does_not():
    import torch

    net = net_of(torch.nn.Linear(4, 1))
    m = jx.explain(net, X, "max_sensitivity", of="saliency", samples=300)
    assert m.values.tolist() == [0, 0]


def test_the_change_of_a_linear_model_is_that_of_its_input():
    """Input × gradient of w·x changes by |w·d| / |w·x|, d even in ± radius × |x| (a single baseline row)."""
    m = ask("max_sensitivity", of="exact_shap", radius=0.2, draws=400, samples=100_000)
    rng = np.random.default_rng(0)
    steps = rng.uniform(-0.2, 0.2, (200_000, 4)) * X * W
    exact = np.linalg.norm(steps, axis=1) / np.linalg.norm(X * W)
    assert m.values[1] == pytest.approx(exact.mean(), abs=5 * m.stderr[1])
    assert 0.8 * exact.max() < m.values[0] <= 0.2 + 1e-12


def test_max_sensitivity_agrees_with_captum():
    metrics = pytest.importorskip("captum.metrics")
    captum = pytest.importorskip("captum.attr")
    import torch

    net = net_of(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    rows = X + np.array([[1.0], [-1.0]])  # so that every standard deviation is 1
    m = jx.explain(net, X, "max_sensitivity", of="input_x_gradient", radius=0.1, draws=300, baseline=rows)
    torch.manual_seed(0)
    theirs = metrics.sensitivity_max(
        lambda x: captum.InputXGradient(net).attribute(x),
        torch.from_numpy(X)[None],
        perturb_radius=0.1,
        n_perturb_samples=3000,
    )
    assert m.values[0] == pytest.approx(float(theirs), rel=0.15)


def test_sampled_explanations_keep_their_noise():
    """With the same seed, the noise of the explainer is not taken for sensitivity."""
    rows = np.random.default_rng(4).normal(size=(20, 4))
    noisy = ask("kernel_shap", crossed, baseline=rows, samples=120)
    m = ask("max_sensitivity", crossed, baseline=rows, of=noisy, radius=1e-3, draws=5)
    assert m.values[0] < 0.01


def test_moved_columns_keep_their_types():
    import pandas as pd

    frame = pd.DataFrame({"a": np.array([1, 3], "float32"), "b": pd.array([2.0, 4.0], "Float64")})
    frame["gone"], asked = pd.array([None, 1.0], "Float32"), []
    model = lambda r: (asked.append(r), r["a"].to_numpy() + r["b"].to_numpy(float))[1]  # noqa: E731
    jx.explain(model, frame.iloc[[0]], "max_sensitivity", of="exact_shap", baseline=frame, draws=5)
    assert all(list(r.dtypes) == list(frame.dtypes) for r in asked)
    assert len({v for r in asked for v in r["a"]} | {v for r in asked for v in r["b"]}) > 6


def test_a_column_without_values_does_not_move():
    rows = np.random.default_rng(0).normal(size=(30, 4))
    rows[:, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        e = ask("max_sensitivity", lambda r: r[:, 0], rows[:1], rows, of="feature_ablation", draws=4)
    assert np.isfinite(e.values).all()


def test_columns_of_a_frame_move_as_far_as_they_spread():
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, 3.0], "b": [100.0, 300.0], "n": [1, 5], "s": ["u", "v"]})
    seen = []

    def model(rows):
        seen.append(rows)
        return rows["a"].to_numpy() + rows["b"].to_numpy() + (rows["s"] == "u")

    jx.explain(model, frame.iloc[[0]], "max_sensitivity", of="exact_shap", baseline=frame, radius=0.1, draws=40)
    asked = pd.concat(seen)
    assert set(asked["n"]) <= {1, 5}
    own = asked[(asked["a"] != 3) & (asked["b"] != 300)]
    assert own["a"].between(0.9, 1.1).all()
    assert own["b"].between(90, 110).all()
    assert own["b"].min() < 92


# what is judged


def test_the_list_of_attributions_is_complete():
    """Every method that answers with attributions of the input is offered, and nothing else."""
    animals = {name: ZOO[name]() for name in ("torch_vit", "torch_double", "forest")}
    found = [Case(m, a, f"{m}-{name}") for m in METHODS if not METHODS[m].judges for name, a in animals.items()]
    made = {c.method: isinstance(c.answers(1)[0], Attribution) for c in found if c.applies()}
    assert {m for m, attributes in made.items() if attributes} == set(ATTRIBUTIONS) - {"linear_shap"}
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(np.eye(4), W)
    assert isinstance(jx.explain(model, X, "linear_shap", baseline="zeros"), Attribution)
    assert set(SLOPES) <= set(ATTRIBUTIONS)


def test_what_cannot_be_judged_is_refused():
    e = ask("exact_shap")
    wrong = [
        3,
        "nobody",
        "structure",
        "saliency",  # needs gradients
        ask("exact_shap", x=X + 1),
        ask("exact_shap", lambda r: r.sum(1), np.ones(3)),
        ask("deletion", of=e),
    ]
    for of in wrong:
        for method in ("deletion", "infidelity", "max_sensitivity"):
            with pytest.raises(ValueError, match=r"of must .*; got"):
                ask(method, of=of)


def test_another_target_is_refused_and_another_baseline_is_said():
    two = lambda r: np.column_stack([linear(r), -linear(r)])  # noqa: E731
    e = jx.explain(two, X, "exact_shap", target=1, baseline="zeros")
    with pytest.raises(ValueError, match="same target"):
        jx.explain(two, X, "deletion", of=e, target=0, baseline="zeros")
    d = jx.explain(two, X, "deletion", of=e, target=1, baseline=np.ones((3, 4)))
    assert any("baseline was all zeros" in n for n in d.notes)


def test_texts_and_words():
    score = lambda texts: np.array([t.count("good") - 2.0 * t.count("bad") for t in texts])  # noqa: E731
    e = jx.explain(score, "a good film with a bad end", "exact_shap")
    d = jx.explain(score, "a good film with a bad end", "deletion", of=e)
    assert d.own[0][1] == d.own[0][0] - 1
    assert d.own[0][-1] == 0
    assert list(d.to_frame()) == ["share removed", "explained", "reverse", "random", "low", "high"]
    assert "in random orders" in str(d) or "random orders" in str(d)
    assert "zeros misses" in str(jx.explain(score, "good bad", "infidelity", of="exact_shap", samples=60))
    assert d.plot() is not None
    with pytest.raises(ValueError, match="needs floating-point numbers"):
        jx.explain(score, "good bad", "max_sensitivity")


def test_they_are_a_family():
    assert {m.name for m in jx.methods() if m.family == "quality"} >= {
        "deletion",
        "insertion",
        "infidelity",
        "max_sensitivity",
    }
    assert METHODS["attribution_summary"].family == "data"


def test_the_explorer_judges_what_was_shown_last():
    with jx.explore(crossed, np.random.default_rng(5).normal(size=(9, 4)), samples=300) as w:
        w.wait(20)
        first = w.method
        w.method = "deletion"
        answer = w.wait(20)
        assert w.settings["of"] == first
        assert answer.verdict.judged == METHODS[first].title
        offer = next(s for s in w._panel["settings"] if s["name"] == "of")
        assert offer["kind"] == "choice"
        assert offer["choices"][0] == "auto"
        assert "saliency" not in offer["choices"]  # no gradients here
        w.settings = {"of": "lime"}
        assert w.wait(20).verdict.judged == "LIME"
        with pytest.raises(ValueError, match="must be a method's name"):
            w.settings = {"of": answer}


# randomization


def conv():
    import torch
    from torch import nn

    convolution = net_of(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU())
    return torch.nn.Sequential(*convolution, nn.Flatten(), net_of(nn.Linear(64, 2)))


def test_what_ignores_the_weights_stays_alike_and_what_uses_them_does_not():
    import torch

    net, x = conv(), np.random.default_rng(6).random((1, 8, 8))
    before = {k: v.clone() for k, v in net.state_dict().items()}
    state = torch.get_rng_state()
    r = jx.explain(net, x, "randomization", of="saliency", draws=6)
    assert r.x[0].tolist() == [0, 1, 2, 3]
    assert any("5.0, 2, 0" in n for n in r.notes)
    assert r.y[0][0] == r.own[0][0] == 1
    assert abs(r.y[0][-1]) < 0.4
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert "With every layer random" in str(r)
    assert r.plot() is not None


def test_no_error_is_said_before_one_is_known():
    stream = jx.stream(conv(), np.random.default_rng(6).random((1, 8, 8)), "randomization", of="saliency")
    said = {e.error_kind: str(e).split("network is ")[1].split(" (of")[0] for e in stream}
    assert "±" not in said["unknown"]
    assert "±" in said["stderr"]


@pytest.mark.parametrize("values", [[0.0, 0, 0], [0.2, 0.2, 0.2]])
def test_equal_values_have_no_order_to_lose_and_it_is_said(values):
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    made = jx.explain(net, np.ones(3), "saliency")
    e = jx.explain(net, np.ones(3), "randomization", of=replace(made, values=np.array(values)), draws=2)
    assert any("no order that could be lost" in n for n in e.notes)
    assert not any("no order" in n for n in jx.explain(net, np.ones(3), "randomization", of=made, draws=2).notes)


def test_misses_that_cannot_be_squared_are_refused():
    far = jx.explain(lambda r: r.sum(1), np.ones(3), "feature_ablation", baseline="zeros")
    with pytest.raises(ValueError, match=r"Infidelity: changes must be at most 1e\+70 in size.*; got [1-3]e\+300"):
        jx.explain(
            lambda r: r.sum(1), np.ones(3), "infidelity", baseline="zeros", of=replace(far, values=far.values * 1e300)
        )


def test_rank_correlation_is_spearmans():
    stats = pytest.importorskip("scipy.stats")
    from jupyter_explain.methods.randomization import _correlation

    rng = np.random.default_rng(7)
    for _ in range(5):
        a, b = rng.integers(0, 6, (2, 40)).astype(float)
        assert _correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert _correlation(np.ones(4), np.arange(4.0)) == 0


def test_layers_are_lost_from_the_output_down():
    from jupyter_explain.models import wrap
    from jupyter_explain.models.randomized import Cascade, stages

    net, x = conv(), np.random.default_rng(6).random((1, 1, 8, 8))
    model = wrap(net)
    model.predict(x)
    cascade = Cascade(model, np.random.default_rng(0))
    seen = []
    for names in stages(model.net):
        cascade.forget(names)
        seen.append(
            [
                n
                for n, p in cascade._net.named_parameters()
                if not np.array_equal(p.detach(), net.get_parameter(n).detach())
            ]
        )
    assert [s[-1] for s in stages(model.net)] == ["5.0", "2", "0"]
    assert seen[0] == ["5.0.weight", "5.0.bias"]
    assert len(seen[-1]) == len(list(net.parameters()))
    assert not np.allclose(cascade.model.predict(x), model.predict(x))
