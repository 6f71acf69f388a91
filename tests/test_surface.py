"""Two columns at once: partial dependence, accumulated effects, where the rows are, words and messages."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.inspection import partial_dependence as sklearn_pdp

import jupyter_explain as jx
from jupyter_explain.dataset.planes import border, dots, near_both
from jupyter_explain.explanation import Curves, Surface
from jupyter_explain.inquiry import Ask, begin
from jupyter_explain.views import png
from jupyter_explain.wire import answer_message


def rows(n=400, d=3, rho=0.0, seed=0):
    x = np.random.default_rng(seed).normal(size=(n, d))
    x[:, 1] = rho * x[:, 0] + np.sqrt(1 - rho**2) * x[:, 1]
    return x


def product(x):
    return x[:, 0] * x[:, 1] + x[:, 2]


def additive(x):
    return np.sin(x[:, 0]) + x[:, 1] ** 3 - x[:, 2]


# partial dependence


def test_partial_dependence_of_a_product():
    x = rows(rho=0.6)
    e = jx.explain(product, x, "partial_dependence", features=[("x0", "x1")], grid=9)
    assert isinstance(e, Surface)
    assert (e.names, e.error, e.error_kind, e.z.shape) == (("x0", "x1"), 0.0, "exact", (9, 9))
    np.testing.assert_allclose(e.z, np.outer(e.y, e.x) + x[:, 2].mean(), atol=1e-12)
    np.testing.assert_allclose(e.stderr, x[:, 2].std(ddof=1) / 20, rtol=0.02)


def test_partial_dependence_is_scikit_learns():
    data = load_diabetes(as_frame=True, scaled=False)
    model = HistGradientBoostingRegressor(max_iter=15, random_state=0).fit(data.data, data.target)
    x = data.data[:60]
    e = jx.explain(model, x, "partial_dependence", features="bmi × s5", grid=6)
    grid = {"custom_values": {"bmi": e.x, "s5": e.y}}
    peer = sklearn_pdp(model, x, ["bmi", "s5"], method="brute", **grid)["average"][0]
    np.testing.assert_allclose(e.z, peer.T, atol=1e-9)


def test_a_stream_of_surfaces_refines_and_its_error_holds():
    found = list(jx.stream(product, rows(800), "partial_dependence", features=[(0, 1)], grid=5))
    last = found[-1].z
    assert [e.error_kind for e in found] == ["stderr"] * (len(found) - 1) + ["exact"]
    misses = [np.abs(e.z - last).max() / e.error for e in found[:-1]]
    assert max(misses) < 4
    assert found[0].error > found[-2].error


@pytest.mark.parametrize("features", [[("a", "b")], "a × b", "a * b", "a x b", [(0, 1)]])
def test_ways_to_name_a_pair(features):
    x = pd.DataFrame(rows(50, 3), columns=["a", "b", "c"])
    e = jx.explain(lambda r: product(np.asarray(r)), x, "partial_dependence", features=features, grid=3)
    assert e.names == ("a", "b")


def test_names_with_a_cross_in_them_stay_columns():
    x = pd.DataFrame(rows(50, 3), columns=["a x b", "b", "c"])
    e = jx.explain(lambda r: product(np.asarray(r)), x, "partial_dependence", features="a x b", grid=3)
    assert isinstance(e, Curves)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ([("a", "b"), ("b", "c")], "one pair"),
        ([("a", "b"), "c"], "one pair"),
        ([("a", "a")], "two different columns"),
        ([("a", "b", "c")], "two different columns"),
        ([("a", "nope")], "a, b, c"),
        ("a × nope", "a, b, c"),
    ],
)
@pytest.mark.parametrize("method", ["partial_dependence", "accumulated_effects"])
def test_pairs_that_are_none(features, words, method):
    x = pd.DataFrame(rows(50, 3), columns=["a", "b", "c"])
    with pytest.raises(ValueError, match=words):
        jx.explain(lambda r: product(np.asarray(r)), x, method, features=features)


def test_categories_and_constants_on_an_axis():
    x = pd.DataFrame({"kind": np.tile(["u", "v", "w"], 20), "same": 2.0, "n": np.arange(60)})
    model = lambda f: (f["kind"] == "v") * 3.0 + np.asarray(f["n"], float)  # noqa: E731
    e = jx.explain(model, x, "partial_dependence", features=[("kind", "same")])
    assert list(e.x) == ["u", "v", "w"]
    assert e.z.shape == (1, 3)
    np.testing.assert_allclose(e.z[0] - e.z[0, 0], [0, 3, 0])
    assert e.counts.sum() == 60
    assert png(e).startswith(b"\x89PNG")


# accumulated effects


def brute_force(f, x, ends_x, ends_y):
    """Apley and Zhu's second-order effect, step by step."""
    bx = np.clip(np.searchsorted(ends_x, x[:, 0], "left") - 1, 0, len(ends_x) - 2)
    by = np.clip(np.searchsorted(ends_y, x[:, 1], "left") - 1, 0, len(ends_y) - 2)
    size, mean = np.zeros((2, len(ends_x) - 1, len(ends_y) - 1))
    for i in range(mean.shape[0]):
        for j in range(mean.shape[1]):
            inside = x[(bx == i) & (by == j)]
            size[i, j] = len(inside)
            corner = {}
            for a in (0, 1):
                for b in (0, 1):
                    moved = inside.copy()
                    moved[:, 0], moved[:, 1] = ends_x[i + a], ends_y[j + b]
                    corner[a, b] = f(moved)
            mean[i, j] = (corner[1, 1] - corner[0, 1] - corner[1, 0] + corner[0, 0]).mean()
    g = np.zeros((len(ends_x), len(ends_y)))
    g[1:, 1:] = mean.cumsum(0).cumsum(1)
    own_x, own_y = np.zeros(len(ends_x)), np.zeros(len(ends_y))
    for i in range(mean.shape[0]):
        steps = [(g[i + 1, j] - g[i, j] + g[i + 1, j + 1] - g[i, j + 1]) / 2 for j in range(mean.shape[1])]
        own_x[i + 1] = own_x[i] + size[i] @ steps / size[i].sum()
    for j in range(mean.shape[1]):
        steps = [(g[i, j + 1] - g[i, j] + g[i + 1, j + 1] - g[i + 1, j]) / 2 for i in range(mean.shape[0])]
        own_y[j + 1] = own_y[j] + size[:, j] @ steps / size[:, j].sum()
    g = g - own_x[:, None] - own_y
    return g - (size * (g[1:, 1:] + g[1:, :-1] + g[:-1, 1:] + g[:-1, :-1]) / 4).sum() / size.sum()


def test_effect_of_a_pair_is_brute_force():
    x = rows(600, rho=0.5)
    f = lambda r: np.sin(r[:, 0] * r[:, 1]) + r[:, 0] ** 2 * r[:, 2]  # noqa: E731
    e = jx.explain(f, x, "accumulated_effects", features=[(0, 1)], grid=4)
    np.testing.assert_allclose(e.z, brute_force(f, x, e.x, e.y).T, atol=1e-10)
    assert e.error_kind == "exact"


def test_effect_of_a_product_of_correlated_columns():
    """x0·x1 less what each column does alone: x0·x1 − ρ(x0² + x1²)/2 for standard normal columns."""
    x = rows(20_000, rho=0.6)
    e = jx.explain(product, x, "accumulated_effects", features=[(0, 1)], grid=16)
    across, up = np.meshgrid(e.x, e.y)
    true = across * up - 0.3 * (across**2 + up**2)
    inner = (np.abs(across) < 1.6) & (np.abs(up) < 1.6)
    assert np.abs(e.z - true)[inner].max() < 0.2  # of numbers up to 3; bins of a fifth of a standard deviation


def test_no_effect_of_columns_that_are_added_up():
    e = jx.explain(additive, rows(), "accumulated_effects", features=[(0, 1)])
    np.testing.assert_allclose(e.z, 0, atol=1e-11)


def test_the_first_effects_have_an_error_that_holds():
    f = lambda r: r[:, 0] * r[:, 1] * (1 + r[:, 2])  # noqa: E731
    misses = []
    for seed in range(20):
        found = list(jx.stream(f, rows(1500, seed=seed), "accumulated_effects", features=[(0, 1)], grid=4))
        misses.append(np.abs(found[2].z - found[-1].z).max() / found[2].error)
    assert np.mean(np.array(misses) < 1.96) > 0.6  # the largest of 25 corners, against one of them
    assert max(misses) < 4


def test_empty_cells_take_the_step_of_the_nearest():
    x = rows(300, rho=0.98)
    e = jx.explain(product, x, "accumulated_effects", features=[(0, 1)], grid=6)
    assert np.isfinite(e.z).all()
    assert (e.counts == 0).any()


def test_too_many_bins_for_a_pair():
    e = jx.explain(product, rows(), "accumulated_effects", features=[(0, 1)], grid=60)
    assert len(e.x) <= 41
    assert any("40 bins" in n for n in e.notes)
    grid = {"x0": np.linspace(-2, 2, 50).tolist(), "x1": [-1.0, 0.0, 1.0]}
    with pytest.raises(ValueError, match="at most 41 edges"):
        jx.explain(product, rows(20_000), "accumulated_effects", features=[(0, 1)], grid=grid)


def test_a_constant_column_in_a_pair():
    x = rows()
    x[:, 1] = 3.0
    e = jx.explain(product, x, "accumulated_effects", features=[(0, 1)])
    assert e.z.shape[0] == 1
    np.testing.assert_array_equal(e.z, 0)


def test_effects_are_centred_over_the_rows():
    x = rows(200)
    e = jx.explain(lambda r: np.cos(r[:, 0] * r[:, 1]), x, "accumulated_effects", features=[(0, 1)], grid=5)
    places = [np.clip(np.searchsorted(ends, x[:, k], "left") - 1, 0, 4) for k, ends in enumerate((e.x, e.y))]
    middle = (e.z[1:, 1:] + e.z[1:, :-1] + e.z[:-1, 1:] + e.z[:-1, :-1]) / 4
    assert abs(middle[places[1], places[0]].mean()) < 1e-12


# where the rows are, and where a decision changes


def test_rows_near_grid_points_are_counted():
    x = y = np.array([0.0, 1.0, 2.0])
    at = np.array([0.0, 0.0, 2.0, np.nan])
    np.testing.assert_array_equal(near_both(at, at, x, y), [[2, 0, 0], [0, 0, 0], [0, 0, 1]])


def test_dots_are_counts_in_squares():
    at_x, at_y = np.random.default_rng(0).uniform(0, 1, (2, 5000))
    x = np.linspace(0, 1, 30)
    found = dots(at_x, at_y, x, x)
    assert found[:, 2].sum() == 5000
    assert len(found) <= 24 * 24
    assert len(np.unique(found[:, 0])) <= 24


def test_a_straight_border_is_straight():
    x, y = np.linspace(-1, 1, 15), np.linspace(-2, 2, 11)
    pieces = border(y[:, None] - 0.5 * x + 0.1, x, y)
    for a, b in ((0, 1), (2, 3)):
        np.testing.assert_allclose(pieces[:, b], 0.5 * pieces[:, a] - 0.1, atol=1e-12)
    assert np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]).sum() == pytest.approx(np.hypot(2, 1))
    assert border(np.ones((11, 15)), x, y).shape == (0, 4)


def test_border_at_a_saddle_keeps_corners_apart():
    x = np.array([0.0, 1.0])
    low, high = border(np.array([[1.0, -3.0], [-3.0, 1.0]]), x, x), border(np.array([[3.0, -1.0], [-1.0, 3.0]]), x, x)
    assert len(low) == len(high) == 2
    near = lambda p, c: np.abs(p.reshape(2, 2, 2) - c).max((1, 2)).min()  # noqa: E731
    assert near(low, np.array([0.0, 0.0])) < 0.5  # corners above zero are cut off where the middle is below
    assert near(high, np.array([1.0, 0.0])) < 0.5


def test_border_between_categories_follows_the_cells():
    pieces = border(np.array([[1.0, -1.0], [1.0, -1.0]]), np.array(["a", "b"], object), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(np.unique(pieces[:, [0, 2]]), [0.5])


# words, table, picture, message


def test_a_surface_in_words_as_a_frame_and_on_the_wire():
    x = pd.DataFrame(rows(200, 3), columns=["<b>a</b>", "b", "c"])
    inquiry = begin(
        lambda r: product(np.asarray(r)),
        x.iloc[[3]],
        "partial_dependence",
        Ask(data=x),
        {"features": [(0, 1)], "grid": 5},
    )
    e = list(inquiry.answers())[-1]
    assert "× " not in str(e)
    assert "The explained row" in str(e)
    assert "<b>a</b> =" in str(e)
    assert "<b>" not in e.to_html().replace("<body>", "")
    assert list(e.to_frame().columns) == ["<b>a</b>", "b", "value", "stderr", "rows"]
    layout, arrays = answer_message(e, None, False, False)
    json.dumps(layout, allow_nan=False)
    assert layout["layout"]["shape"] == [5, 5]
    assert layout["layout"]["here"][:2] == pytest.approx(x.iloc[3, :2].tolist())
    assert sum(a.nbytes for a in arrays) < 20_000
