"""Shapley values against brute force and closed forms, on every kind of input."""

from __future__ import annotations

import itertools
from math import factorial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from zoo import people, table, wide

import jupyter_explain as jx
from jupyter_explain.shapley.game import all_masks, shapley_of, small_sample

METHODS = ("exact_shap", "kernel_shap", "permutation_shap")
X = table(1, 4, 1)[0]
ROWS = table(5, 4, 2)


def brute(game, d):
    """Shapley's formula, term by term; `game` maps a tuple of booleans to a number."""
    phi = np.zeros(d)
    for i in range(d):
        others = [j for j in range(d) if j != i]
        for k in range(d):
            for chosen in itertools.combinations(others, k):
                mask = [j in chosen for j in range(d)]
                weight = factorial(k) * factorial(d - k - 1) / factorial(d)
                mask[i] = True
                with_i = game(tuple(mask))
                mask[i] = False
                phi[i] += weight * (with_i - game(tuple(mask)))
    return phi


def of_rows(fn, x, rows):
    """The game of a function of arrays: absent features come from each row in turn."""
    return lambda mask: float(np.mean(fn(np.where(mask, x, rows))))


def fn(rows):
    return np.sin(rows[:, 0]) * rows[:, 1] + rows[:, 2] ** 2 * rows[:, 0] - np.abs(rows[:, 3] + rows[:, 1])


def exact(model, x, method="exact_shap", **options):
    """The stream's own end, wherever it is."""
    answer = jx.explain(model, x, method, samples=200_000, **options)
    assert answer.error_kind == "exact"
    assert answer.error == 0
    assert answer.final
    return answer


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("references", [1, 5])
def test_brute_force(method, references):
    rows = ROWS[:references]
    answer = exact(fn, X, method, baseline=rows)
    np.testing.assert_allclose(answer.values, brute(of_rows(fn, X, rows), 4), rtol=0, atol=1e-12)
    assert answer.base == pytest.approx(fn(rows).mean(), abs=1e-12)
    assert answer.output == pytest.approx(fn(X[None])[0], abs=1e-12)
    assert abs(answer.gap) < 1e-12


@pytest.mark.parametrize("d", range(1, 8))
def test_the_formula_itself(d):
    values = np.random.default_rng(d).normal(size=2**d)
    masks = all_masks(d)
    assert masks.shape == (2**d, d)
    assert len({tuple(m) for m in masks}) == 2**d
    book = {tuple(map(bool, m)): v for m, v in zip(masks, values, strict=True)}
    np.testing.assert_allclose(shapley_of(values), brute(book.__getitem__, d), atol=1e-13)
    np.testing.assert_allclose(shapley_of(np.stack([values, 2 * values]))[1], 2 * shapley_of(values))


@pytest.mark.parametrize("method", METHODS)
def test_linear(method):
    w = np.array([1.0, -2.0, 0.5, 0.0])
    answer = exact(lambda r: r @ w, X, method, baseline=ROWS)
    np.testing.assert_allclose(answer.values, w * (X - ROWS.mean(0)), atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_product(method):
    answer = exact(lambda r: r[:, 0] * r[:, 1], np.array([2.0, 3.0]), method, baseline=np.array([1.0, 0.0]))
    np.testing.assert_allclose(answer.values, [1.5, 4.5], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_gloves(method):
    """Players 0 and 1 own a left glove, player 2 the right one: a pair is worth 1."""
    pair = lambda r: np.minimum(np.maximum(r[:, 0], r[:, 1]), r[:, 2])  # noqa: E731
    answer = exact(pair, np.ones(3), method, baseline=np.zeros(3))
    np.testing.assert_allclose(answer.values, [1 / 6, 1 / 6, 4 / 6], atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_voting(method):
    """Quota 51 with 50, 49 and 1 votes: Shapley and Shubik's (4, 1, 1) / 6."""
    votes = np.array([50, 49, 1])
    won = lambda r: (r @ votes >= 51).astype(float)  # noqa: E731
    np.testing.assert_allclose(
        exact(won, np.ones(3), method, baseline=np.zeros(3)).values, [4 / 6, 1 / 6, 1 / 6], atol=1e-12
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("d", [1, 2, 3])
def test_few_players(method, d):
    x, rows = table(1, d, 3)[0], table(3, d, 4)
    game = lambda r: np.exp(r.sum(1)) + r.prod(1)  # noqa: E731
    answer = jx.explain(game, x, method, baseline=rows, samples=3000)
    np.testing.assert_allclose(answer.values, brute(of_rows(game, x, rows), d), atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_differs(method):
    """Baseline equal to the input, or a feature that every baseline row shares: 0, exactly, with nothing asked."""
    answer = exact(fn, X, method, baseline=X)
    assert not answer.values.any()
    assert any("equals the input" in n for n in answer.notes)
    rows = ROWS.copy()
    rows[:, 2] = X[2]
    answer = jx.explain(fn, X, method, baseline=rows, samples=12)
    assert answer.values[2] == 0
    assert not np.signbit(answer.values[2])


@pytest.mark.parametrize("method", METHODS)
def test_a_float_row_over_an_integer_background(method):
    """Nothing is cut down to whole numbers, and the other way round nothing is either."""
    x, rows = np.array([0.5, 1.5, -0.25]), np.array([[1, 0, 2], [3, 1, 0]])
    game = lambda r: np.asarray(r, float).prod(1) + np.asarray(r, float)[:, 0]  # noqa: E731
    want = brute(of_rows(game, x, rows.astype(float)), 3)
    np.testing.assert_allclose(exact(game, x, method, baseline=rows).values, want, atol=1e-12)
    back = brute(of_rows(game, rows[0].astype(float), x[None]), 3)
    np.testing.assert_allclose(exact(game, rows[0], method, baseline=x).values, back, atol=1e-12)
    frame = pd.DataFrame(rows, columns=list("abc"))
    one = pd.DataFrame([x], columns=list("abc"))
    on_frames = lambda f: game(f.to_numpy(float))  # noqa: E731
    np.testing.assert_allclose(exact(on_frames, one, method, baseline=frame).values[0], want, atol=1e-12)
    np.testing.assert_allclose(exact(on_frames, frame.iloc[[0]], method, baseline=one).values[0], back, atol=1e-12)


def mixed(frame):
    """A model of a frame that needs every column in its own type, and takes missing values."""
    assert str(frame["grade"].dtype) == "category"
    age = frame["age"].to_numpy(float)
    income = frame["income"].fillna(1000).to_numpy(float) / 1000
    city = frame["city"].map({"Oslo": 1.0, "Rome": 2.0, "Ulm": 3.0}).to_numpy(float)
    grade = (frame["grade"] == "A").to_numpy(float)
    note = frame["note"].str.contains("good").to_numpy(float)
    return age / 50 * city + income * grade + note * frame["member"].to_numpy(float) - income * note


@pytest.mark.parametrize("method", METHODS)
def test_frames_with_categories_and_missing_values(method):
    frame = people().drop(columns="y")
    row = int(np.flatnonzero(frame.income.isna())[0])
    x, rows = frame.iloc[[row]], frame.iloc[10:14]

    def game(mask):
        hidden = rows.copy()
        for column, present in zip(frame.columns, mask, strict=True):
            if present:
                hidden[column] = pd.Series([x[column].iloc[0]] * len(rows), index=rows.index, dtype=rows[column].dtype)
        return float(mixed(hidden).mean())

    answer = exact(mixed, x, method, baseline=rows)
    np.testing.assert_allclose(answer.values[0], brute(game, 6), atol=1e-12)
    assert answer.layout.names == tuple(frame.columns)


def test_categories_that_the_row_does_not_know():
    """Row and background may come with different category lists, orders and integer widths."""
    rows = pd.DataFrame({"c": pd.Categorical(["a", "b", "c"]), "n": np.array([1, 2, 3], np.int8)})
    x = pd.DataFrame({"c": pd.Categorical(["b"]), "n": np.array([300], np.int64)})
    game = lambda f: f["c"].astype(str).map({"a": 1.0, "b": 5.0, "c": 7.0}).to_numpy(float) * f["n"].to_numpy(float)  # noqa: E731
    answer = exact(game, x, baseline=rows)
    np.testing.assert_allclose(answer.values.sum(), 1500 - np.mean([1, 10, 21]), atol=1e-9)
    v_c, v_n = np.mean(5 * np.array([1, 2, 3])), np.mean(300 * np.array([1, 5, 7]))
    np.testing.assert_allclose(answer.values[0, 0] - answer.values[0, 1], v_c - v_n, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_groups_are_one_player(method):
    answer = exact(fn, X, method, baseline=ROWS, groups=[7, 3, 7, 5])
    whole = brute(lambda m: of_rows(fn, X, ROWS)(tuple(m[i] for i in (1, 0, 1, 2))), 3)
    np.testing.assert_allclose(answer.values, [whole[1] / 2, whole[0], whole[1] / 2, whole[2]], atol=1e-12)
    named = exact(fn, X, method, baseline=ROWS, groups=[["x0", "x2"]])
    np.testing.assert_allclose(named.values, answer.values, atol=1e-12)
    assert abs(answer.gap) < 1e-12


def test_groups_of_columns():
    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    on_frames = lambda f: fn(f.to_numpy())  # noqa: E731
    one = pd.DataFrame([X], columns=list("abcd"))
    answer = exact(on_frames, one, baseline=frame, groups=[["a", "c"]])
    want = exact(fn, X, baseline=ROWS, groups=[0, 1, 0, 2]).values
    np.testing.assert_allclose(answer.values[0], want, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_groups_of_a_picture(method, picture):
    ids = np.zeros((10, 6), int)
    ids[5:], ids[:, 3:] = 4, 9
    answer = exact(picture.model, picture.x, method, layout="HWC", groups=ids, target=1)

    def game(mask):
        shown = dict(zip((0, 4, 9), mask, strict=True))
        keep = np.vectorize(shown.get)(ids)[..., None]
        return float(picture.model(np.where(keep, picture.x, 0.0)[None])[0, 1])

    phi = dict(zip((0, 4, 9), brute(game, 3), strict=True))
    for k, value in phi.items():
        np.testing.assert_allclose(answer.values[ids == k].sum(), value, atol=1e-9)
        assert np.ptp(answer.values[ids == k]) < 1e-12


def test_several_inputs(torch_several):
    a, b = torch_several.x
    net = torch_several.model

    def game(mask):
        left = torch.tensor(np.where(mask[:3], a, 0.0))[None]
        right = torch.tensor(np.where(np.reshape(mask[3:], (2, 2)), b, 0.0))[None]
        with torch.no_grad():
            return float(net(left, right)[0, 2])

    answer = exact(net, (a, b), target=2)
    want = brute(game, 7)
    np.testing.assert_allclose(answer.values[0], want[:3], atol=1e-12)
    np.testing.assert_allclose(answer.values[1], want[3:].reshape(2, 2), atol=1e-12)


@pytest.mark.parametrize("method", ["kernel_shap", "permutation_shap"])
def test_more_players_than_can_be_enumerated(method):
    """A ridge function of second order has closed-form values: those of its parts, by linearity."""
    animal = wide()
    weights = table(2, 18, 28)[1]
    square = lambda r: (r @ weights) ** 2 / 10  # noqa: E731
    x, rows = animal.x, animal.baseline
    parts = weights * (x - rows)
    want = (
        (parts**2 + parts * (parts.sum(1, keepdims=True) - parts) + 2 * parts * (rows @ weights)[:, None]) / 10
    ).mean(0)
    answer = jx.explain(square, x, method, baseline=rows, samples=8000)
    assert answer.error_kind == "stderr"
    assert (np.abs(answer.values - want) <= 5 * answer.stderr + 1e-9).all()
    assert answer.evals <= 8000
    assert abs(answer.gap) < 1e-9
    np.testing.assert_allclose(want.sum(), square(x[None])[0] - square(rows).mean())


@pytest.mark.parametrize("method", METHODS)
def test_a_torch_module_and_its_function_agree(method):
    class Net(nn.Module):
        def forward(self, x):
            return x[:, 0] * x[:, 1] - x[:, 2].exp()

    as_net = exact(Net(), X[:3], method, baseline=ROWS[:, :3])
    as_function = exact(lambda r: r[:, 0] * r[:, 1] - np.exp(r[:, 2]), X[:3], method, baseline=ROWS[:, :3])
    np.testing.assert_allclose(as_net.values, as_function.values, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_against_shap(method):
    shap = pytest.importorskip("shap")
    explainer = shap.explainers.Exact(fn, shap.maskers.Independent(ROWS))
    np.testing.assert_allclose(exact(fn, X, method, baseline=ROWS).values, explainer(X[None]).values[0], atol=1e-10)


def test_a_model_that_is_flat_where_the_first_draw_looks():
    """A first answer of zeros knows nothing; it must not pass for settled."""
    cliff = lambda r: (r.sum(1) > 4.5).astype(float)  # noqa: E731
    x, rows = np.ones(5), np.vstack([np.full((9, 5), 0.99), np.zeros((1, 5))])
    for method in ("kernel_shap", "permutation_shap"):
        answer = jx.explain(cliff, x, method, baseline=rows, tolerance=0.05, samples=100_000)
        assert answer.error_kind != "unknown"
        want = brute(of_rows(cliff, x, rows), 5)
        np.testing.assert_allclose(answer.values, want, atol=0.02)


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (30, 2.042), (1000, 1.962)]
)
def test_small_samples(freedom, t):
    assert small_sample(freedom) * 1.959964 == pytest.approx(t, rel=0.01)


@pytest.mark.parametrize("size", [8, 30, 64, 100])
@pytest.mark.parametrize("segments", [1, 12, 14, 64])
def test_patches_are_at_most_as_many_as_asked_for(size, segments):
    from jupyter_explain.maskers.image import patches

    count = patches(size, size, segments).max() + 1
    assert segments / 4 < count <= segments
