"""LIME against closed forms, scikit-learn's regressions, and the original."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Lasso, LinearRegression, Ridge

import jupyter_explain as jx
from jupyter_explain.regression import fit, lasso

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
    with pytest.raises(ValueError, match=r"distance must be 'euclidean' for the columns of a table; got 'cosine'"):
        jx.explain(linear, X, "lime", baseline=ROWS, distance="cosine")
    with pytest.raises(ValueError, match=r"kernel_width must be a number from 0.01 to 100"):
        jx.explain(linear, X, "lime", baseline=ROWS, kernel_width=0)


def test_constant_and_duplicate_columns():
    rows = np.column_stack([ROWS, np.ones(200), ROWS[:, 0]])
    e = jx.explain(lambda r: r[:, 0] + r[:, 5], rows[0], "lime", baseline=rows, regressor="ols", samples=300)
    assert abs(e.values[5]) < 1e-12
    assert e.values[0] == pytest.approx(ROWS[:, 0].std())
