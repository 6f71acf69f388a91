"""LIME against closed forms, scikit-learn's regressions, and the original."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Lasso, LinearRegression, Ridge

import jupyter_explain as jx
from jupyter_explain.algebra import product
from jupyter_explain.built import needs_more
from jupyter_explain.surrogates.regression import first_of_path, fit, lasso
from jupyter_explain.wire import answer_message

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(200, 5)) * [1, 2, 3, 4, 0.5]
SLOPES = np.array([1.0, -2.0, 0.5, 0.0, 3.0])
X = ROWS[0]


def linear(rows):
    return rows @ SLOPES + 1


def curved(rows):
    return np.tanh(rows[:, 0]) + rows[:, 1] * rows[:, 4] / 4 + 0.3 * rows[:, 2] ** 2


def test_linear_function_is_found_exactly():
    e = jx.explain(linear, X, "lime", baseline=ROWS, regressor="ols", samples=300)
    np.testing.assert_allclose(e.values, SLOPES * ROWS.std(0), atol=1e-12)
    assert "Local R² 1.00" in e.notes[0]
    assert not e.complete
    assert e.gap is None


def data(n=60, d=4):
    features = RNG.normal(size=(n, d))
    return features, np.sin(features[:, 0]) + features @ np.arange(d), RNG.random(n)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 20.0])
def test_ridge_and_least_squares_are_scikit_learns(alpha):
    features, outputs, weights = data()
    for found, own in (
        (fit(features, outputs, weights, "ridge", alpha), Ridge(alpha=alpha)),
        (fit(features, outputs, weights, "ols", None), LinearRegression()),
    ):
        own.fit(features, outputs, sample_weight=weights)
        np.testing.assert_allclose(found.slopes, own.coef_, atol=1e-10)
        assert found.intercept == pytest.approx(own.intercept_)
        assert found.explained == pytest.approx(own.score(features, outputs, sample_weight=weights))


@pytest.mark.parametrize("alpha", [0.01, 0.3, 1.5])
def test_lasso_is_scikit_learns(alpha):
    features, outputs, weights = data()
    own = Lasso(alpha=alpha, tol=1e-12, max_iter=100_000).fit(features, outputs, sample_weight=weights)
    found = fit(features, outputs, weights, "lasso", alpha)
    np.testing.assert_allclose(found.slopes, own.coef_, atol=1e-8)
    assert found.intercept == pytest.approx(own.intercept_, abs=1e-8)


def test_orthonormal_lasso_is_soft_thresholding():
    np.testing.assert_allclose(lasso(np.eye(3), np.array([2.0, -0.5, 0.1]), 0.3), [1.7, -0.2, 0.0], atol=1e-14)
    assert not lasso(np.eye(2), np.array([1.0, -1.0]), 1.0).any()


def test_standard_errors_are_calibrated():
    """The 95 % interval holds the long-run slope."""
    exact = jx.explain(curved, X, "lime", baseline=ROWS, regressor="ols", samples=100_000, seed=99).values
    inside = []
    for seed in range(40):
        e = jx.explain(curved, X, "lime", baseline=ROWS, regressor="ols", samples=400, seed=seed)
        inside.append(np.abs(e.values - exact) <= 1.96 * e.stderr)
    assert 0.88 <= np.mean(inside) <= 1


def test_constant_model_gives_zeros_and_says_so():
    e = jx.explain(lambda rows: np.full(len(rows), 7.0), X, "lime", baseline=ROWS, samples=200)
    assert not e.values.any()
    assert any("same for all neighbours" in n for n in e.notes)
    assert not any("R²" in n for n in e.notes)


def test_a_kernel_that_leaves_one_neighbour_fits_nothing_and_says_so():
    """That is no constant model: what is not known is as large as the output."""
    e = jx.explain(lambda r: r[:, 0] + 3, X, "lime", baseline=ROWS, samples=200, kernel_width=0.01)
    assert e.fit.mass < 2
    assert any("choose a wider kernel_width" in n for n in e.notes)
    assert not any("same for all neighbours" in n for n in e.notes)
    assert (e.error, e.error_kind) == (pytest.approx(abs(e.output)), "unknown")


def test_poor_fit_is_said():
    e = jx.explain(lambda r: np.cos(9 * r[:, 0]), X, "lime", baseline=ROWS, samples=400)
    assert any("explains little" in n for n in e.notes)


def test_kernel_width_sets_how_local_it_is():
    """The slope of a parabola at 1 is 2 in a narrow neighbourhood; about the mean of a wide one it is blurred."""
    rows = RNG.normal(size=(500, 1))
    square = lambda r: r[:, 0] ** 3  # noqa: E731
    narrow, wide = (
        jx.explain(square, [1.0], "lime", baseline=rows, kernel_width=w, samples=20_000, regressor="ols").values[0]
        for w in (0.05, 50.0)
    )
    scale = rows.std()
    assert narrow == pytest.approx(3 * scale, rel=0.05)
    assert wide == pytest.approx((3 + 3 * scale**2) * scale, rel=0.1)  # E[z f'] of a Gaussian: mean slope


def test_without_rows_the_scale_is_the_number_itself():
    e = jx.explain(linear, [2.0, 1.0, 1.0, 0.0, 1.0], "lime", samples=100, regressor="ols")
    np.testing.assert_allclose(e.values, SLOPES * [2, 1, 1, 1, 1], atol=1e-12)
    assert any("Too few rows" in n for n in e.notes)


def people(n=300):
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "town": rng.choice(["Oslo", "Rome"], n, p=[0.75, 0.25]),
            "grade": pd.Categorical(rng.choice(["A", "B", "C"], n)),
            "member": rng.random(n) < 0.5,
            "income": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        }
    )


def score(frame):
    return (
        frame["age"].to_numpy(float) / 10
        + 2 * (frame["town"] == "Oslo").to_numpy()
        - 3 * (frame["grade"] == "B").to_numpy()
        + 5 * frame["member"].to_numpy(float)
        + frame["income"].isna().to_numpy()
    )


def test_frames_with_categories_and_gaps():
    frame = people()
    row = frame[(frame["town"] == "Oslo") & (frame["grade"] == "B") & ~frame["member"] & frame["income"].isna()].iloc[
        [0]
    ]
    e = jx.explain(score, row, "lime", baseline=frame, regressor="ols", samples=600)
    np.testing.assert_allclose(e.values[0], [frame["age"].std(ddof=0) / 10, 2, -3, -5, 1], atol=1e-10)
    other = jx.explain(score, row, "lime", baseline=frame, neighbourhood="training", samples=600)
    np.testing.assert_allclose(other.values[0, 1:4], [2, -3, -5], atol=0.3)


def test_images_share_a_segments_slope_and_ask_equal_masks_once():
    asked = []

    def corner(images):
        asked.append(len(images))
        return images[:, 0, :4, :4].sum((1, 2)).astype(float)

    image = np.random.default_rng(3).random((1, 12, 12)).astype(np.float32)
    e = jx.explain(corner, image, "lime", baseline="zeros", segments=9, samples=3000, regressor="ols")
    assert e.values[0, :4, :4].sum() == pytest.approx(image[0, :4, :4].sum(), rel=1e-5)
    assert np.ptp(e.values[0, :4, :4]) < 1e-12
    assert np.abs(e.values[0, 4:]).max() < 1e-6
    assert sum(asked) <= 2**9 + 4
    assert e.evals <= 2**9 + 4


def test_groups_are_players():
    e = jx.explain(
        linear, X, "lime", baseline=np.zeros(5), groups=np.array([0, 0, 1, 1, 2]), regressor="ols", samples=100
    )
    want = SLOPES * X
    np.testing.assert_allclose(e.values, [want[:2].mean()] * 2 + [want[2:4].mean()] * 2 + [want[4]], atol=1e-10)


def test_parts_that_show_the_baseline_anyway_make_no_distance():
    """With the one bright part hidden, little of the picture has changed: its slope is all of the output."""
    picture = np.zeros((1, 8, 8))
    picture[:, 2:4, 2:4] = 1
    ids = np.repeat(np.repeat(np.arange(16).reshape(4, 4), 2, 0), 2, 1)[None]
    mean = lambda z: z[:, 0, 2:4, 2:4].mean((1, 2))  # noqa: E731
    e = jx.explain(mean, picture, "lime", baseline="black", groups=ids, samples=400)
    assert e.values.sum() == pytest.approx(1, rel=0.01)
    assert "Local R² 1.00" in e.notes[0]


def test_a_column_of_which_the_training_rows_know_nothing_is_left_as_it_is():
    rows = ROWS.copy()
    rows[:, 1] = np.nan
    e = jx.explain(lambda a: linear(np.nan_to_num(a)), X, "lime", baseline=rows, regressor="ols", samples=300)
    scale = np.where(np.arange(5) == 1, 0, ROWS.std(0))
    np.testing.assert_allclose(e.values, SLOPES * scale, atol=1e-12)


def counts(n=300):
    rng = np.random.default_rng(3)
    rows = pd.DataFrame({"a": rng.normal(size=n), "k": rng.integers(0, 4, n), "rare": (rng.random(n) < 0.02) * 1})
    rows["maybe"], rows["small"] = pd.array(rng.integers(2, 5, n), dtype="Int64"), rows["a"].astype("float32")
    return rows


@pytest.mark.parametrize("neighbourhood", ["instance", "training"])
def test_columns_keep_their_types_and_whole_numbers_stay_in_range(neighbourhood):
    rows, asked = counts(), []

    def model(r):
        asked.append(r)
        return r["a"].to_numpy() + r["k"].isin([1, 3])

    jx.explain(model, rows.iloc[[0]], "lime", baseline=rows, samples=400, neighbourhood=neighbourhood)
    for r in asked:
        assert list(r.dtypes) == list(rows.dtypes)
        for c in ("k", "rare", "maybe"):
            assert rows[c].min() <= r[c].min() <= r[c].max() <= rows[c].max()


def test_codes_behind_a_one_hot_encoder_count():
    """Steps between the codes would be unknown categories: refused, or silently without effect."""
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = counts()[["a", "k", "rare"]]
    steps = make_column_transformer((OneHotEncoder(), ["k", "rare"]), remainder="passthrough")
    model = make_pipeline(steps, LinearRegression()).fit(rows, rows["a"] + 2 * rows["k"] + 4 * rows["rare"])
    e = jx.explain(model, rows.iloc[[0]], "lime", baseline=rows, regressor="ols", samples=500)
    np.testing.assert_allclose(e.values[0], [rows["a"].std(ddof=0), 2 * rows["k"].std(ddof=0), 2], atol=1e-9)


def test_whole_numbers_without_rows_step_as_far_as_they_are_large():
    rows = pd.DataFrame({"n": np.array([3], np.uint8), "far": [10**9]})
    e = jx.explain(lambda r: 2.0 * r["n"] + r["far"], rows, "lime", regressor="ols", samples=200)
    np.testing.assert_allclose(e.values, [[6, 1e9]], rtol=1e-6)


def test_same_seed_same_answer_unlike_the_original():
    first, second = (jx.explain(curved, X, "lime", baseline=ROWS, samples=300, seed=5).values for _ in range(2))
    np.testing.assert_array_equal(first, second)
    lime_tabular = pytest.importorskip("lime.lime_tabular")
    explainer = lime_tabular.LimeTabularExplainer(ROWS, mode="regression", random_state=5)
    one, two = (explainer.explain_instance(X, curved, num_samples=300).as_list() for _ in range(2))
    assert one != two


def test_training_neighbourhood_is_the_originals():
    """lime's default: quartile bins drawn by training frequency, indicators as features, ridge.

    Within a bin lime draws from a truncated Gaussian, we from the training values: the function is constant there.
    """
    lime_tabular = pytest.importorskip("lime.lime_tabular")
    low, middle, high = np.quantile(ROWS, [0.25, 0.5, 0.75], axis=0)
    step = lambda r: (r[:, 0] > middle[0]) * 2.0 + (r[:, 1] > high[1]) - (r[:, 3] < low[3]) * 3  # noqa: E731
    explainer = lime_tabular.LimeTabularExplainer(ROWS, mode="regression", random_state=0)
    found = explainer.explain_instance(X, step, num_features=5, num_samples=20_000).as_map()[1]
    own = np.zeros(5)
    for j, slope in found:
        own[j] = slope
    e = jx.explain(step, X, "lime", baseline=ROWS, neighbourhood="training", samples=20_000)
    np.testing.assert_allclose(e.values, own, atol=0.1)


def test_around_the_instance_unlike_the_original():
    """The original's neighbours lie around the training mean; ours around the row."""
    seen = []

    def watch(rows):
        seen.append(rows)
        return rows[:, 0]

    far = np.array([15.0, 0, 0, 0, 0])
    jx.explain(watch, far, "lime", baseline=ROWS, samples=500)
    assert np.concatenate(seen)[:, 0].mean() == pytest.approx(15, abs=0.5)


def test_bad_settings():
    with pytest.raises(ValueError, match=r"neighbourhood 'training' needs training rows.*; got 1 row"):
        jx.explain(linear, X, "lime", neighbourhood="training")
    with pytest.raises(ValueError, match=r"distance 'cosine' needs parts .*; got the columns of a table"):
        jx.explain(linear, X, "lime", baseline=ROWS, distance="cosine")
    with pytest.raises(ValueError, match=r"kernel_width must be a number from 0.01 to 100"):
        jx.explain(linear, X, "lime", baseline=ROWS, kernel_width=0)


def test_constant_and_duplicate_columns():
    rows = np.column_stack([ROWS, np.ones(200), ROWS[:, 0]])
    e = jx.explain(lambda r: r[:, 0] + r[:, 5], rows[0], "lime", baseline=rows, regressor="ols", samples=300)
    assert abs(e.values[5]) < 1e-12
    assert e.values[0] == pytest.approx(ROWS[:, 0].std())


@pytest.mark.parametrize(
    "settings", [{}, {"neighbourhood": "training"}, {"groups": np.array([0, 0, 1, 1, 2])}, {"num_features": 2}]
)
@pytest.mark.parametrize("samples", [8, 100, 1000, 3333])
def test_answers_that_nobody_sees_are_left_out_and_change_nothing(settings, samples):
    """`explain` with a budget alone asks in fewer calls than the stream whose last answer it gives."""
    calls = []

    def model(rows):
        calls.append(len(rows))
        return curved(rows)

    whole = jx.explain(model, X, "lime", baseline=ROWS, samples=samples, **settings)
    few = len(calls)
    *_, last = jx.stream(model, X, "lime", baseline=ROWS, samples=samples, **settings)
    np.testing.assert_array_equal(whole.values, last.values)
    np.testing.assert_array_equal(whole.fit.outputs, last.fit.outputs)
    assert (whole.evals, whole.error, whole.notes) == (last.evals, last.error, last.notes)
    assert samples < 1000 or few < len(calls) - few


def test_round_budgets_are_used_up():
    for samples in (100, 1000, 2000, 5000):
        assert jx.explain(curved, X, "lime", baseline=ROWS, samples=samples).evals == samples


@pytest.mark.parametrize("seed", range(4))
def test_k_lasso_takes_the_first_of_the_lassos_path(seed):
    """The first penalty, coming from above, at which so many slopes are not zero."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(60, 7)) @ rng.normal(size=(7, 7))
    outputs = features @ rng.normal(size=7) / 3 + 3 * rng.normal(size=60)
    x, y = features - features.mean(0), outputs - outputs.mean()
    gram, moment = x.T @ x, x.T @ y
    path = [np.flatnonzero(lasso(gram, moment, a)) for a in np.abs(moment).max() * np.geomspace(1, 1e-2, 300)]
    for k in (1, 2, 4):
        kept = first_of_path(gram, moment, k)
        np.testing.assert_array_equal(kept, next(p for p in path if len(p) >= k))
        found = fit(features, outputs, np.ones(60), "ridge", 1.0, k)
        own = Ridge(alpha=1.0).fit(features[:, kept], outputs)
        np.testing.assert_allclose(found.slopes[kept], own.coef_, atol=1e-10)
        assert np.count_nonzero(found.slopes) == k


def test_k_lasso_of_duplicate_and_constant_columns():
    rows = np.column_stack([ROWS, ROWS[:, 0], np.ones(200)])
    e = jx.explain(lambda r: r[:, 0] + r[:, 1], rows[0], "lime", baseline=rows, num_features=2, samples=500)
    assert np.flatnonzero(e.values).tolist() == [0, 1]


def test_the_fit_comes_with_the_answer():
    e = jx.explain(curved, X, "lime", baseline=ROWS, samples=2000, kernel_width=1.0)
    local = e.fit
    np.testing.assert_array_equal(local.slopes, e.values)
    assert len(local.outputs) == 500
    assert local.count == 2000
    steps = (local.features * ROWS.std(0)) + X
    np.testing.assert_allclose(curved(steps), local.outputs)
    np.testing.assert_allclose(local.values(1), steps[:, 1])
    np.testing.assert_allclose(local.distances, np.sqrt((local.features**2).sum(1)))
    np.testing.assert_allclose(local.weights, np.exp(-(local.distances**2) / 2))
    np.testing.assert_allclose(local.fitted, local.intercept + local.features @ e.values)
    assert f"Local R² {local.explained:.2f}" in e.notes[0]
    frame = local.to_frame()
    assert list(frame.columns) == ["x0", "x1", "x2", "x3", "x4", "output", "fitted", "weight", "distance"]
    assert frame["weight"].is_monotonic_decreasing


def test_a_narrow_kernel_weighs_less():
    wide, narrow = (jx.explain(curved, X, "lime", baseline=ROWS, samples=500, kernel_width=w).fit for w in (3, 0.5))
    assert narrow.weights.mean() < 0.2 * wide.weights.mean()
    assert narrow.mass < 0.2 * wide.mass


def test_the_kept_neighbours_stay_while_more_are_drawn():
    *_, before, after = jx.stream(curved, X, "lime", baseline=ROWS, samples=400)
    assert set(before.fit.outputs) <= set(after.fit.outputs)


def test_the_fit_of_frames_images_and_texts():
    frame = people()
    local = jx.explain(score, frame.iloc[[0]], "lime", baseline=frame, samples=200).fit
    assert local.names == tuple(frame.columns)
    assert np.isnan(local.scale).tolist() == [False, True, True, True, np.isnan(frame["income"][0])]
    image = np.random.default_rng(3).random((1, 12, 12)).astype(np.float32)
    local = jx.explain(lambda a: a.sum((1, 2, 3)), image, "lime", baseline="zeros", segments=9, samples=300).fit
    assert (local.kind, local.features.shape[1]) == ("present", 9)
    words = lambda texts: np.array([float(len(t.split())) for t in texts])  # noqa: E731
    local = jx.explain(words, "one two three", "lime", samples=60).fit
    assert local.names == ("one", "two", "three")
    assert jx.explain(curved, ROWS[:2], "lime", baseline=ROWS, samples=60).fit is None


def test_the_microscope_in_matplotlib():
    local = jx.explain(curved, X, "lime", baseline=ROWS, samples=300).fit
    for feature in (None, "x1", 2, "fitted", "distance"):
        ax = local.plot(feature=feature, alone=feature == 2).axes[0]
        assert [len(c.get_offsets()) for c in ax.collections] == [len(local.outputs), 1]
        assert "local R²" in ax.texts[0].get_text()
    line = local.plot(feature="x1").axes[0].lines[0]
    (left, right), (low, high) = line.get_xdata(), line.get_ydata()
    assert (high - low) / (right - left) == pytest.approx(local.slopes[1] / ROWS[:, 1].std())
    with pytest.raises(ValueError, match=r"LocalFit: feature must be a name \(x0, .*; got 'age'"):
        local.plot(feature="age")


def sent(e):
    """(fields, arrays by name) of a message, as it travels."""
    fields, arrays = answer_message(e, None, False, False)
    json.dumps(fields, allow_nan=False)
    assert needs_more(fields)
    return fields["layout"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))


def test_the_neighbours_travel_with_the_answer():
    e = jx.explain(curved, X, "lime", baseline=ROWS, samples=1000)
    layout, arrays = sent(e)
    part = layout["parts"]["neighbourhood"]
    assert [f["name"] for f in part["features"]] == [e.fit.names[j] for j in e.fit.order]
    assert arrays["fit.features"].shape == (500, 5)
    np.testing.assert_allclose(arrays["fit.fitted"], e.fit.fitted, rtol=1e-5, atol=1e-6)
    first = part["features"][0]
    values = first["origin"] + first["scale"] * arrays["fit.features"][:, 0]
    np.testing.assert_allclose(values, e.fit.values(int(e.fit.order[0])), rtol=1e-4, atol=1e-5)


def test_wide_and_hidden_parts_travel_small():
    wide = RNG.normal(size=(50, 300))
    layout, arrays = sent(jx.explain(lambda r: r[:, 7], wide[0], "lime", baseline=wide, samples=2000))
    assert len(layout["parts"]["neighbourhood"]["features"]) == 40
    assert sum(a.nbytes for a in arrays.values()) < 120_000
    image = np.random.default_rng(3).random((1, 12, 12)).astype(np.float32)
    e = jx.explain(lambda a: a.sum((1, 2, 3)), image, "lime", baseline="zeros", segments=9, samples=300)
    arrays = sent(e)[1]
    assert arrays["fit.features"].dtype == np.uint8


def test_the_page_shows_the_neighbours():
    page = jx.explain(curved, X, "lime", baseline=ROWS, samples=300).to_html()
    assert "<h2>Neighbourhood</h2>" in page
    assert page.count("data:image/png") == 4


@pytest.mark.parametrize("neighbourhood", ["instance", "training"])
def test_missing_values_of_pandas_own_types(neighbourhood):
    frame = pd.DataFrame({"n": pd.array([None, 1, 2, 3, 4] * 20, dtype="Int64"), "x": np.arange(100) / 50})

    def model(f):
        return np.where(f["n"].isna(), 5.0, 0.0) + np.asarray(f["x"], float)

    e = jx.explain(model, frame.iloc[[0]], "lime", baseline=frame, neighbourhood=neighbourhood, samples=500)
    assert e.values[0, 0] == pytest.approx(5, abs=0.3)  # that it is missing
    known = jx.explain(model, frame.iloc[[1]], "lime", baseline=frame, neighbourhood=neighbourhood, samples=500)
    assert np.isfinite(known.values).all()


@pytest.mark.parametrize("d", [1, 30, 127, 129, 513])
def test_products_are_their_definition(d):
    a, b = np.random.default_rng(d).normal(size=(2, 300, d))
    np.testing.assert_allclose(product(a, b), a.T @ b, atol=1e-10)
    assert product(a[:0], b[:0]).shape == (d, d)


def test_wide_tables_take_little_memory():
    rng = np.random.default_rng(2)
    rows, slopes = rng.normal(size=(50, 170)), rng.normal(size=170)
    tracemalloc.start()
    e = jx.explain(lambda r: r @ slopes, rows[0], "lime", baseline=rows, samples=5000, regressor="ols")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    np.testing.assert_allclose(e.values, slopes * rows.std(0), atol=1e-9)
