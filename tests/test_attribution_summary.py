"""Attributions of a whole dataset: closed forms, the same as row by row, calibration, what travels, bad input."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from zoo import ZOO, people

import jupyter_explain as jx
from jupyter_explain.dataset.each_row import _enlarged
from jupyter_explain.explanation import Cloud
from jupyter_explain.inquiry import Ask, begin
from jupyter_explain.views import png
from jupyter_explain.views.cloud import ranked, swarm
from jupyter_explain.wire import answer_message

SLOPES = np.array([2.0, -1.0, 0.5, 0.0])


def rows(n=300, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 4))


def linear(x):
    return LinearRegression().fit(x, x @ SLOPES)


def last(*args, **more):
    return jx.explain(*args, "attribution_summary", **more)


def test_a_linear_model_has_a_closed_form():
    x = rows()
    e = last(linear(x), x, baseline=x)
    expected = (x - x.mean(0)) * SLOPES
    np.testing.assert_allclose(e.values, expected[e.rows], atol=1e-10)
    np.testing.assert_allclose(e.means, np.abs(expected).mean(0), atol=1e-10)
    np.testing.assert_allclose(e.positive[:3], (expected[:, :3] > 0).mean(0))
    assert (e.of, e.error, e.error_kind, e.final) == ("linear_shap", 0.0, "exact", True)
    assert sorted(e.rows) == list(range(300))
    np.testing.assert_array_equal(e.data, x[e.rows])


@pytest.mark.parametrize("baseline", [None, rows(20, 5)])
def test_trees_are_explained_as_one_by_one(baseline):
    x = rows(120)
    forest = RandomForestRegressor(8, max_depth=4, random_state=0).fit(x, x[:, 0] * x[:, 1])
    e = last(forest, x, baseline=baseline)
    alone = jx.explain(forest, x, "tree_shap", baseline=baseline)
    np.testing.assert_allclose(e.values, np.asarray(alone.values)[e.rows], atol=1e-12)
    assert e.of == "tree_shap"
    assert e.baseline == alone.baseline


def test_any_model_is_sampled_row_by_row():
    """Two players: enumeration soon is cheaper than sampling, so every row ends exactly."""
    frame = pd.DataFrame(rows(12)[:, :2], columns=["a", "b"])
    product = lambda f: np.asarray(f["a"]) * np.asarray(f["b"])  # noqa: E731
    e = last(product, frame, baseline=frame, each=2000, seconds=60)
    alone = jx.explain(product, frame, "exact_shap", baseline=frame)
    np.testing.assert_allclose(e.values, np.asarray(alone.values)[e.rows], atol=1e-9)
    assert e.of == "permutation_shap"
    assert len(e.rows) == 12


def test_rows_of_a_pipeline_keep_their_columns():
    frame = people(60).drop(columns="y")
    e = last(ZOO["pipeline"]().model, frame, samples=6000, seconds=60)
    assert e.names == tuple(frame.columns)
    assert 2 <= len(e.rows) <= 60
    assert list(e.data.index) == [frame.index[i] for i in e.rows]
    assert e.error_kind == "stderr"
    assert e.evals <= 6000


def test_every_answer_is_about_the_rows_so_far_and_gets_better():
    x = rows(1500)
    answers = list(jx.stream(linear(x), x, "attribution_summary", baseline=x))
    counts = [len(a.rows) for a in answers]
    assert counts == sorted(set(counts))
    assert counts[-1] == 1500
    for one, other in itertools.pairwise(answers):
        np.testing.assert_array_equal(other.values[: len(one.rows)], one.values)
        np.testing.assert_array_equal(other.rows[: len(one.rows)], one.rows)
        np.testing.assert_allclose(one.means, np.abs(one.values).mean(0))
        assert other.error < one.error


def test_standard_errors_are_calibrated():
    x = rows(1000)
    model, truth, covered = linear(x), np.abs((x - x.mean(0)) * SLOPES).mean(0), []
    for seed in range(60):
        e = next(iter(jx.stream(model, x, "attribution_summary", baseline=x, seed=seed)))
        assert len(e.rows) == 256
        covered.append(np.abs(e.means - truth)[:3] < 1.96 * e.stderr[:3])
    assert 0.88 <= np.mean(covered) <= 1


def test_noise_of_sampled_rows_is_in_the_error():
    """|value + noise| is larger than |value| on average: by s √(2/π) at zero, by nothing far from it."""
    rng = np.random.default_rng(0)
    for true, s in [(0.0, 1.0), (0.5, 1.0), (2.0, 1.0), (8.0, 1.0), (0.0, 0.1)]:
        seen = true + s * rng.normal(size=(200_000, 1))
        excess = np.abs(seen).mean() - abs(true)
        bound = _enlarged(seen, np.full_like(seen, s)).mean()
        assert 0.75 * excess - 0.01 <= bound <= excess + 0.4 * s
    assert not _enlarged(np.ones((3, 2)), None).any()


def test_one_row_is_shown_among_all():
    x = rows()
    inquiry = begin(linear(x), x[7], "attribution_summary", Ask(baseline=x, data=x), {})
    *_, e = inquiry.answers()
    np.testing.assert_allclose(e.here, (x[7] - x.mean(0)) * SLOPES, atol=1e-10)
    assert e.own == tuple(x[7])
    layout, _ = answer_message(e, None, False, False)
    assert layout["layout"]["panels"][0]["here"] == pytest.approx([x[7, 0], e.here[0]])


# what travels


def message(e):
    fields, arrays = answer_message(e, None, False, False)
    json.dumps(fields, allow_nan=False)
    return fields["layout"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))


def test_counts_travel_and_add_up():
    x = rows(700)
    layout, arrays = message(last(linear(x), x))
    assert [p["name"] for p in layout["panels"]] == ["x0", "x1", "x2", "x3"]
    np.testing.assert_array_equal(arrays["counts"].sum(1), 700)
    assert arrays["colour"].dtype == arrays["cells.0"].dtype == np.uint8
    for i, panel in enumerate(layout["panels"]):
        counts = np.round(panel["peak"] * (arrays[f"cells.{i}"] / 255.0) ** 2)
        assert counts.sum() == pytest.approx(700, rel=0.02)
    known = arrays["counts"][0] > 0
    assert (np.diff(arrays["colour"][0][known].astype(int)) >= 0).all()  # the more x0, the larger its attribution


def test_shades_say_how_the_rows_of_a_bin_are_mixed():
    x = rows(3000)
    _, arrays = message(last(linear(x), x))
    shares = arrays["shades"].astype(float).sum(2)
    assert set(np.unique(np.round(shares / 255))) <= {0, 1}
    np.testing.assert_array_equal(np.round(shares / 255) > 0, arrays["counts"] > 0)
    mean = arrays["shades"][0].astype(float) @ (np.arange(6) + 0.5) / 6 / 255
    known = arrays["counts"][0] > 0
    np.testing.assert_allclose(254 * mean[known], arrays["colour"][0][known], atol=26)


def test_companions_are_what_a_column_interacts_with():
    """x0 works with x1 (a product) and x2 with a category; x3 with nothing."""
    frame = pd.DataFrame(rows(1500), columns=["x0", "x1", "x2", "x3"])
    frame["kind"] = np.where(np.arange(1500) % 3 == 0, "a", "b")
    a = frame["kind"].to_numpy() == "a"
    values = np.stack([frame.x0 * frame.x1, 0.1 * frame.x1, np.where(a, 2, -2) * frame.x2, frame.x3, 0.1 * a], axis=1)
    facts = {"names": tuple(frame), "rows": np.arange(1500), "data": frame, "total": 1500, "of": "tree_shap"}
    sizes = {"means": np.abs(values).mean(0), "stderr": np.zeros(5), "error": 0.0, "error_kind": "exact"}
    layout, arrays = message(Cloud(values=values, **facts, **sizes))
    by = {p["name"]: p["by"] for p in layout["panels"]}
    assert by["x0"][0]["name"] == "x1"
    assert by["x2"][0]["name"] == "kind"
    assert by["x2"][0]["share"] > 0.7
    assert by["x2"][0]["texts"] == ["b", "a"]
    assert all(each["share"] < 0.1 for each in by["x3"])
    i = list(by).index("x2")
    tints, large = arrays[f"tints.{i}"][0], arrays[f"x.{i}"][:-1] > 1  # there a lies above zero, b below
    assert set(tints[:12, large].ravel()) == {0, 255}
    assert set(tints[20:, large].ravel()) == {1, 255}


def test_no_row_of_the_data_travels():
    """Texts that one row alone has, and all numbers of the data, stay here; the size does not grow with the rows."""
    frame = pd.DataFrame(rows(400)[:, :2], columns=["a", "b"])
    frame["who"] = [f"person {i}" for i in range(400)]
    frame["city"] = np.where(np.arange(400) % 3 == 0, "Rome", "Bonn")
    sizes = []
    for n in (100, 400):
        e = last(lambda f: np.asarray(f["a"]) + (f["city"] == "Rome"), frame[:n], each=200, samples=15_000, seconds=60)
        layout, arrays = message(e)
        sizes.append(sum(a.nbytes for a in arrays.values()))
        assert "person" not in json.dumps(layout)
        assert "person" not in e.to_html()
        sent = np.concatenate([np.asarray(a, "<f4").ravel() for a in arrays.values()])
        assert not np.isin(frame[["a", "b"]].to_numpy(np.float32), sent).any()
    assert sizes[0] == sizes[1] < 200_000


def test_many_columns_and_rows_stay_small():
    x = np.random.default_rng(0).normal(size=(20_000, 40))
    e = last(LinearRegression().fit(x, x @ np.arange(40.0)), x)
    layout, arrays = message(e)
    assert len(layout["panels"]) == 20
    assert layout["panels"][0]["name"] == "x39"
    assert sum(a.nbytes for a in arrays.values()) < 120_000


def test_missing_values_categories_and_constants():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"gap": np.where(rng.random(200) < 0.2, np.nan, rng.normal(size=200)), "same": 1.0})
    frame["level"] = pd.Categorical(rng.choice(["low", "high"], 200), ["low", "high"])
    frame["two"] = rng.integers(0, 2, 200)
    model = lambda f: np.nan_to_num(f["gap"]) + 2.0 * (f["level"] == "high") + f["two"]  # noqa: E731
    e = last(model, frame, each=100, samples=15_000, seconds=60)
    layout, arrays = message(e)
    found = {p["name"]: (p, arrays[f"cells.{i}"]) for i, p in enumerate(layout["panels"])}
    assert found["level"][0]["texts"] == ["low", "high"]
    assert found["two"][1].shape[1] == 2
    assert found["same"][1].shape[1] == 1
    assert e.means[1] == 0
    assert np.isnan(ranked(e.data, 2, "level")).all()


# picture, words, table


def test_picture_table_page_and_words():
    x = pd.DataFrame(rows(80), columns=["<b>", "b", "c", "d"])
    e = last(lambda f: f["<b>"] - f["b"], x, each=400, samples=15_000, seconds=60)
    assert png(e).startswith(b"\x89PNG")
    assert "<b>" not in e.to_html().replace("<body>", "")
    assert list(e.to_frame().columns) == ["feature", "size", "stderr", "mean", "positive"]
    assert "<b>" in str(e).splitlines()[1]
    assert "of" in str(e)


def test_a_swarm_puts_dots_side_by_side():
    shift = swarm(np.array([0.0, 0.0, 0.0, 5.0]), (-1.0, 6.0))
    assert len(set(shift[:3])) == 3
    assert shift[3] == 0
    crowd = swarm(np.zeros(10_000), (-1.0, 1.0))
    assert np.abs(crowd).max() < 0.5


# bad input


def test_a_method_that_does_not_apply_is_refused():
    with pytest.raises(ValueError, match="of 'tree_shap' needs a tree ensemble"):
        last(linear(rows()), rows(), of="tree_shap")
    with pytest.raises(ValueError, match="of must be"):
        last(linear(rows()), rows(), of="nope")


def test_a_target_of_ones_own_is_sampled():
    x = rows(10)
    e = last(linear(x), x, target=lambda outputs: outputs[:, 0] ** 2, each=100, samples=900)
    assert e.of == "permutation_shap"


def test_same_seed_same_rows():
    x = rows(40)
    one, two = (last(lambda r: r[:, 0] * r[:, 1], x, each=60, samples=1500, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.values, two.values)
    assert one.error == two.error


def test_all_rows_of_a_large_dataset_are_explained_alike():
    rows = np.random.default_rng(0).normal(size=(600, 3))
    model = GradientBoostingRegressor(n_estimators=10, random_state=0).fit(rows, rows[:, 0] * rows[:, 1] + rows[:, 2])
    e = jx.explain(model, rows, "attribution_summary")
    assert len(e.rows) == 600
    np.testing.assert_allclose(e.values, jx.explain(model, rows[e.rows], "tree_shap").values, atol=1e-12)
    given = jx.explain(model, rows, "attribution_summary", baseline=rows[:7])
    one_by_one = jx.explain(model, rows[given.rows], "tree_shap", baseline=rows[:7])
    np.testing.assert_allclose(given.values, one_by_one.values, atol=1e-12)
