"""Explanations of a dataset: closed forms, scikit-learn as the oracle, streams, and bad input."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.inspection import partial_dependence as sklearn_pdp
from sklearn.inspection import permutation_importance as sklearn_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import jupyter_explain as jx
from jupyter_explain.inquiry import Ask, begin
from jupyter_explain.panel import panel
from jupyter_explain.wire import answer_message

METHODS = ("partial_dependence", "accumulated_effects", "permutation_importance")


def rows(n=300, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def additive(x):
    """x0² + 3·x1 + sin x2, and nothing of x3."""
    return x[:, 0] ** 2 + 3 * x[:, 1] + np.sin(x[:, 2])


PARTS = (np.square, lambda v: 3 * v, np.sin, np.zeros_like)


@pytest.fixture(scope="module")
def cancer():
    data = load_breast_cancer(as_frame=True)
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, random_state=0)
    return model.fit(data.data, data.target), data.data[:200], data.target[:200]


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"age": rng.integers(20, 70, 240), "colour": rng.choice(["red", "green", "blue"], 240)})
    frame["size"] = pd.Categorical(rng.choice(["S", "M", "L"], 240), categories=["S", "M", "L"], ordered=True)
    effect = frame["colour"].map({"red": 2.0, "green": 0.0, "blue": -1.0})
    target = 0.1 * frame["age"] + effect + rng.normal(size=240)
    encoder = make_column_transformer((OneHotEncoder(), ["colour", "size"]), remainder="passthrough")
    return make_pipeline(encoder, LinearRegression()).fit(frame, target), frame, target


# partial dependence


def test_partial_dependence_of_an_additive_function():
    x = rows()
    e = jx.explain(additive, x, "partial_dependence", features=range(4), grid=15)
    assert (e.error, e.error_kind, e.final) == (0.0, "exact", True)
    for part, points, curve, lines in zip(PARTS, e.x, e.y, e.lines, strict=True):
        np.testing.assert_allclose(np.diff(curve), np.diff(part(points)), atol=1e-12)
        steps = np.diff(lines, axis=1)  # parallel lines
        np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1e-12)
    np.testing.assert_allclose(e.y[3], additive(x).mean())
    np.testing.assert_array_equal(e.rows, np.arange(300))


@pytest.mark.parametrize("names", [["worst area"], ["worst area", "mean texture"]])
def test_partial_dependence_is_scikit_learns(cancer, names):
    model, x, _ = cancer
    e = jx.explain(model, x, "partial_dependence", features=names, grid=12, target=1)
    for name, points, curve, lines in zip(names, e.x, e.y, e.lines, strict=True):
        grid = {"custom_values": {name: points}, "response_method": "predict_proba"}
        peer = sklearn_pdp(model, x, [name], kind="both", method="brute", **grid)
        np.testing.assert_allclose(curve, peer["average"][0], atol=1e-12)
        np.testing.assert_allclose(lines, peer["individual"][0], atol=1e-12)


def test_the_grid_is_scikit_learns_but_for_its_kind_of_quantile(cancer):
    model, x, _ = cancer
    e = jx.explain(model, x, "partial_dependence", features=["worst area"], grid=30, kind="average")
    np.testing.assert_allclose(e.x[0][[0, -1]], np.quantile(x["worst area"], [0.05, 0.95]))
    assert any("quantiles" in note for note in e.notes)
    assert e.lines is None


def test_centred_lines_start_at_zero():
    e = jx.explain(additive, rows(), "partial_dependence", features=[0, 1], centred=True)
    for lines, curve in zip(e.lines, e.y, strict=True):
        assert not lines[:, 0].any()
        assert curve[0] == 0
    assert any("left end" in note for note in e.notes)


def test_categories_are_texts(mixed):
    model, x, _ = mixed
    e = jx.explain(model, x, "partial_dependence", features=["colour", "size", "age"])
    assert sorted(e.x[0]) == ["blue", "green", "red"]
    assert list(e.x[1]) == ["S", "M", "L"]
    level = dict(zip(e.x[0], e.y[0], strict=True))
    coefficients = dict(zip(model[0].get_feature_names_out(), model[1].coef_, strict=True))
    names = [f"onehotencoder__colour_{c}" for c in ("red", "blue")]
    assert level["red"] - level["blue"] == pytest.approx(coefficients[names[0]] - coefficients[names[1]])
    assert sum(e.counts[0]) == len(x)


def test_whole_numbers_stay_whole(mixed):
    model, x, _ = mixed
    seen = []

    def spy(frame):
        seen.append(frame.dtypes["age"])
        return model.predict(frame)

    jx.explain(spy, x, "partial_dependence", features=["age"])
    assert {d.kind for d in seen} == {"i"}
    jx.explain(spy, x, "partial_dependence", features=["age"], grid=[20.5, 30.5])
    assert seen[-1].kind == "f"


def test_empty_places_are_marked():
    e = jx.explain(additive, rows(), "partial_dependence", features=[0], grid=[-1.0, 0.0, 1.0, 50.0, 100.0])
    assert list(e.counts[0] > 0) == [True, True, True, False, False]


def test_missing_values_stay_missing_elsewhere_and_are_named_in_the_column():
    x = rows()
    x[:40, 1] = np.nan
    model = HistGradientBoostingClassifier(max_iter=5).fit(x, x[:, 0] > 0)
    e = jx.explain(model, x[::-1], "partial_dependence", features=[0, 1])
    assert all(np.isfinite(y).all() for y in e.y)
    assert any("40 of 300 rows have no value" in note for note in e.notes)


def test_rows_refine_the_average_and_the_error_is_calibrated():
    x = rows(600)
    exact = jx.explain(additive, x, "partial_dependence", features=[1], kind="average").y[0]
    missed = []
    for seed in range(40):
        stream = jx.stream(additive, x, "partial_dependence", features=[1], kind="average", seed=seed)
        first = next(stream)
        assert first.error_kind == "stderr"
        missed.append(abs(first.y[0][0] - exact[0]) > 1.96 * first.error)
    assert np.mean(missed) <= 0.12
    answers = list(jx.stream(additive, x, "partial_dependence", features=[1]))
    assert [a.error_kind for a in answers][-1] == "exact"
    assert [len(a.rows) for a in answers][:3] == [32, 64, 128]


def test_the_band_holds_the_average():
    e = jx.explain(additive, rows(), "partial_dependence", features=[0])
    assert e.band[0].shape == (2, 20)
    assert (e.band[0][0] < e.y[0]).all()
    assert (e.y[0] < e.band[0][1]).all()


# accumulated effects


def test_accumulated_effects_of_an_additive_function():
    x = rows()
    x[:, 1] = x[:, 0] + 0.1 * x[:, 1]  # what goes together does not matter
    e = jx.explain(additive, x, "accumulated_effects", features=range(4), grid=25)
    assert (e.error, e.error_kind, e.final) == (0.0, "exact", True)
    for part, points, curve, column in zip(PARTS, e.x, e.y, x.T, strict=True):
        np.testing.assert_allclose(np.diff(curve), np.diff(part(points)), atol=1e-12)
        up_to = np.searchsorted(np.sort(column), points, "right")
        size = np.diff(up_to) + up_to[0] * (np.arange(25) == 0)
        assert float(size @ (curve[1:] + curve[:-1])) == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(e.y[3], 0)


def test_accumulated_effects_of_a_linear_function_are_the_function_less_its_mean():
    x = rows(2000)
    e = jx.explain(lambda z: 3 * z[:, 1], x, "accumulated_effects", features=[1], grid=200)
    np.testing.assert_allclose(e.y[0], 3 * (e.x[0] - x[:, 1].mean()), atol=0.02)


def test_accumulated_effects_with_many_equal_values():
    x = rows(200, 2)
    x[:150, 0] = 0
    e = jx.explain(lambda z: z[:, 0] ** 3, x, "accumulated_effects", features=[0])
    assert len(e.x[0]) == len(np.unique(e.x[0]))
    np.testing.assert_allclose(np.diff(e.y[0]), np.diff(e.x[0] ** 3), atol=1e-12)


def test_accumulated_effects_by_hand():
    x = np.array([[0.0, 1], [1, 5], [2, 2], [3, 7]])
    e = jx.explain(lambda z: z[:, 0] * z[:, 1], x, "accumulated_effects", features=[0], grid=[0.0, 1, 3])
    changes = np.array([(1 + 5) / 2, 2 * (2 + 7) / 2])
    curve = np.concatenate([[0], np.cumsum(changes)])
    centre = (2 * (curve[0] + curve[1]) / 2 + 2 * (curve[1] + curve[2]) / 2) / 4
    np.testing.assert_allclose(e.y[0], curve - centre)


def test_empty_bins_are_joined_and_outside_rows_named():
    e = jx.explain(additive, rows(), "accumulated_effects", features=[0], grid=[-1, 0, 1, 40, 50])
    assert list(e.x[0]) == [-1, 0, 1, 40]
    assert any("empty bins" in n for n in e.notes)
    assert any("outside" in n for n in e.notes)


@pytest.mark.parametrize(("n", "grid"), [(20, 20), (30, 20), (300, 20)])
def test_the_band_of_few_rows_in_a_bin_is_wide_enough(n, grid):
    """The effect of a factor whose partner is 0 on average is none; bins of one row tell no spread of their own."""
    held = []
    for seed in range(60):
        x = np.random.default_rng(seed).normal(size=(n, 2))
        e = jx.explain(lambda r: r[:, 0] * r[:, 1], x, "accumulated_effects", features=[0], grid=grid)
        low, high = e.band[0]
        held.append(((low <= 0) & (high >= 0)).mean())
    assert np.mean(held) >= 0.88


def test_categories_have_no_order_to_accumulate_along(mixed):
    model, x, _ = mixed
    e = jx.explain(model, x, "accumulated_effects")
    assert e.names == ("age",)
    with pytest.raises(ValueError, match=r"partial_dependence takes them.*colour"):
        jx.explain(model, x, "accumulated_effects", features=["colour"])


# permutation importance


def test_importance_for_least_squares_has_a_closed_form():
    x = rows(3000, 3)
    y = x @ [1.0, 2.0, 0.0] + np.random.default_rng(5).normal(size=3000)
    model = LinearRegression().fit(x, y)
    e = jx.explain(model, x, "permutation_importance", labels=y, scorer="neg_mean_squared_error", repeats=20)
    np.testing.assert_allclose(e.values, 2 * model.coef_**2 * x.var(0), rtol=0.03, atol=0.01)
    assert e.draws == 20
    np.testing.assert_allclose(e.high - e.values, 1.96 * e.stderr)
    assert e.base == pytest.approx(-np.mean((y - model.predict(x)) ** 2))


@pytest.mark.parametrize("scorer", ["accuracy", "roc_auc", "neg_log_loss"])
def test_importance_is_scikit_learns_within_its_error(cancer, scorer):
    model, x, y = cancer
    noisy = y.sample(frac=1, random_state=0).where(np.arange(len(y)) % 3 == 0, y).to_numpy()
    x = x.iloc[:, 20:28].assign(**{n: x[n] for n in x.columns if n not in x.columns[20:28]})[list(x.columns)]
    e = jx.explain(model, x, "permutation_importance", labels=noisy, scorer=scorer, repeats=15)
    peer = sklearn_importance(model, x, noisy, scoring=scorer, n_repeats=15, random_state=0)
    both = np.hypot(e.stderr, peer.importances.std(1, ddof=1) / np.sqrt(15))
    assert (np.abs(e.values - peer.importances_mean) <= 4 * both + 1e-12).all()
    assert (e.values < 0).any() == (peer.importances_mean < 0).any()


def test_an_unused_column_has_importance_zero_exactly():
    x = rows()
    model = LogisticRegression().fit(x[:, :3], x[:, 0] + x[:, 1] > 0)
    model.coef_, model.n_features_in_ = np.append(model.coef_, 0.0)[None], 4
    for labels, scorer in ((x[:, 0] > 0, "neg_log_loss"), (None, None)):
        e = jx.explain(model, x, "permutation_importance", labels=labels, scorer=scorer, repeats=3)
        assert e.values[3] == 0
        assert e.values[0] > 0


def test_without_labels_it_is_the_change_of_the_output():
    x = rows(400)
    e = jx.explain(additive, x, "permutation_importance", repeats=30)
    differences = 3 * np.abs(x[:, 1][:, None] - x[:, 1]).mean()
    assert e.values[1] == pytest.approx(differences, rel=0.05)
    assert e.base is None
    assert any("No labels" in n for n in e.notes)


def test_groups_are_shuffled_as_one(mixed):
    model, x, y = mixed
    e = jx.explain(model, x, "permutation_importance", labels=y, groups=[["colour", "size"]], repeats=4)
    assert e.names == ("colour + size", "age")
    twins = rows(300, 2)
    twins[:, 1] = -twins[:, 0]
    e = jx.explain(lambda z: z[:, 0] + z[:, 1], twins, "permutation_importance", groups=[["x0", "x1"]], repeats=4)
    assert e.values[0] == 0


def test_a_callable_scorer_sees_the_shuffled_rows(mixed):
    model, x, y = mixed
    seen = []

    def scorer(estimator, some, truth):
        seen.append(some)
        return -float(np.mean((estimator.predict(some) - truth) ** 2))

    e = jx.explain(model, x, "permutation_importance", labels=y, scorer=scorer, repeats=2, seed=3)
    named = jx.explain(model, x, "permutation_importance", labels=y, scorer="neg_mean_squared_error", repeats=2, seed=3)
    np.testing.assert_allclose(e.values, named.values)
    assert not seen[1].equals(seen[0])
    assert list(seen[1].columns) == list(x.columns)


def test_a_metric_of_outcomes_and_predictions_is_a_scorer_too():
    from sklearn.metrics import accuracy_score

    y = X[:, 0] > 0
    model = LogisticRegression().fit(X, y)
    ask = {"labels": y, "repeats": 3, "seed": 1}
    named = jx.explain(model, X, "permutation_importance", scorer="accuracy", **ask)
    for scorer in (accuracy_score, lambda y, p: (y == p).mean(), lambda model, x, y: model.score(x, y)):
        e = jx.explain(model, X, "permutation_importance", scorer=scorer, **ask)
        np.testing.assert_allclose(e.values, named.values, atol=1e-12)


@pytest.mark.parametrize("scorer", [None, "accuracy", "neg_log_loss"])
def test_scorers_work_for_an_estimator_without_the_base_classes_of_scikit_learn(cancer, scorer):
    model, rows, labels = cancer

    class Wrapped:
        classes_ = model.classes_

        def fit(self, rows, labels):
            return self

        def predict(self, rows):
            return model.predict(rows)

        def predict_proba(self, rows):
            return model.predict_proba(rows)

    options = {"labels": labels, "scorer": scorer, "repeats": 2}
    found, wanted = (jx.explain(m, rows, "permutation_importance", **options) for m in (Wrapped(), model))
    np.testing.assert_array_equal(found.values, wanted.values)


def test_scorers_work_without_an_estimator():
    x = rows()
    two = lambda z: np.stack([-z[:, 0], z[:, 0]], axis=1)  # noqa: E731
    e = jx.explain(two, x, "permutation_importance", labels=np.where(x[:, 0] > 0, "yes", "no"), repeats=3)
    assert e.base == 1.0
    e = jx.explain(additive, x, "permutation_importance", labels=additive(x), repeats=3)
    assert e.base == 1.0
    assert e.values[3] == 0


def test_lines_that_do_not_fit_the_memory_are_left_out_and_the_average_is_not(monkeypatch):
    x = rows(200)
    whole = jx.explain(additive, x, "partial_dependence", features=[0], grid=5)
    monkeypatch.setattr(sys.modules["jupyter_explain.methods.partial_dependence"], "MEMORY", 8 * 5 * 160)
    few = jx.explain(additive, x, "partial_dependence", features=[0], grid=5)
    assert len(few.lines[0]) == 40
    assert "at most 40 of 200 rows" in few.notes[-1]
    np.testing.assert_array_equal(few.lines[0], whole.lines[0][few.rows])
    np.testing.assert_allclose(few.y[0], whole.y[0], atol=1e-12)


def test_labels_of_no_class_of_the_model_are_said():
    x = rows(60)
    model = LogisticRegression().fit(x, np.where(x[:, 0] > 0, "yes", "no"))
    labels = np.where(x[:, 0] > 0, "YES", "no")
    e = jx.explain(model, x, "permutation_importance", labels=labels, samples=2000)
    assert "Labels that are no class of the model count as wrong: YES." in e.notes


def test_few_calls_and_few_rows():
    calls = []

    def counted(z):
        calls.append(len(z))
        return additive(z)

    e = jx.explain(counted, rows(2000, 10), "permutation_importance", repeats=5)
    assert sum(calls) <= 2000 * 51 + 2
    assert len(calls) <= 15
    assert e.evals == sum(calls)


def test_a_large_dataset_is_sampled_and_that_is_said():
    e = jx.explain(additive, rows(50_000), "permutation_importance", repeats=2)
    assert e.evals < 250_000
    assert any("20000 of 50000 rows" in n for n in e.notes)


# all three


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_answer(method, cancer):
    model, x, _ = cancer
    one, other = (list(jx.stream(model, x, method, seed=4, samples=20_000)) for _ in range(2))
    assert [a.evals for a in one] == [a.evals for a in other]
    first, second = (
        json.dumps([a.tolist() for a in answer_message(s[-1], None, False, False)[1]]) for s in (one, other)
    )
    assert first == second


@pytest.mark.parametrize("method", METHODS)
def test_the_data_is_left_alone(method, cancer, mixed):
    for model, x, _ in (cancer, mixed):
        before = x.copy(deep=True)

        def writes(frame, model=model):
            out = model.predict(frame)
            frame.iloc[:, 0] = 0
            return out.astype(float)

        jx.explain(writes, x, method, samples=3000)
        pd.testing.assert_frame_equal(x, before)


@pytest.mark.parametrize("method", METHODS)
def test_it_is_text_frame_picture_page_and_message(method, cancer):
    model, x, y = cancer
    labels = {"labels": y} if method == "permutation_importance" else {}
    e = jx.explain(model, x, method, samples=30_000, **labels)
    assert e.title in str(e)
    assert "feature" in e.to_frame()
    assert e.to_html().startswith("<!DOCTYPE html>")
    assert e._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
    fields, arrays = answer_message(e, 30_000, False, False)
    json.dumps(fields, allow_nan=False)
    assert sum(a.nbytes for a in arrays) < 200_000
    assert all(np.isfinite(a).all() for a in arrays)


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_of_a_row_in_a_dataset(method, mixed):
    """As the widget asks: one row, with its dataset."""
    model, x, _ = mixed
    inquiry = begin(model, x.iloc[[3]], method, Ask(data=x), {})
    for answer in inquiry.answers(20_000):
        json.dumps(answer_message(answer, None, False, True)[0], allow_nan=False)
    if method == "partial_dependence":
        at = inquiry.latest.names.index("age")
        assert inquiry.latest.here[at] == (x["age"][3], pytest.approx(model.predict(x.iloc[[3]])[0]))
        assert len(inquiry.latest.own) == len(inquiry.latest.names)


def test_the_panel_of_a_dataset(cancer):
    model, x, y = cancer
    inquiry = begin(model, x.iloc[[3]], "permutation_importance", Ask(data=x, labels=y), {})
    next(inquiry.answers())
    q, values = inquiry.question, {"rows": 200, "x": "x[3]", "given": False, "samples": None, "seed": 0}
    values |= {"baseline": "background", "target": "predicted", "settings": {"repeats": 3}}
    made = panel(inquiry.method, q.model, q.input, x, values, q)
    assert made["rows"] is None
    assert made["baselines"] == []
    assert (
        made["code"]
        == f"jx.explain(model, x, 'permutation_importance', target={q.target.index}, labels=labels, repeats=3)"
    )
    offered = {m["name"]: m["reason"] for m in made["methods"]}
    assert all(offered[m] is None for m in METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_one_row_is_no_dataset(method):
    with pytest.raises(ValueError, match="needs a dataset"):
        jx.explain(additive, rows(1)[0], method)


def test_columns_are_chosen_by_what_they_do():
    weights = np.zeros(30)
    weights[[3, 7, 11, 13, 17, 29]] = 1
    e = jx.explain(lambda z: z @ weights, rows(200, 30), "partial_dependence", kind="average", grid=5)
    assert e.names == ("x3", "x7", "x11", "x13", "x17", "x29")
    assert any("6 of 30" in n for n in e.notes)


@pytest.mark.parametrize("text", ["x1, x3", "1,3", " x1 ,3"])
def test_columns_can_be_written_as_a_text(text):
    assert jx.explain(additive, rows(), "partial_dependence", features=text).names == ("x1", "x3")
    assert len(jx.explain(additive, rows(), "partial_dependence", features="").names) == 4


def test_the_usual_target_of_a_dataset_is_named():
    three = lambda z: np.stack([z[:, 0], 5 + 0 * z[:, 0], -z[:, 0]], axis=1)  # noqa: E731
    e = jx.explain(three, rows(), "partial_dependence", labels=["a", "b", "c"])
    assert e.target == "b"
    assert "Target chosen for you: b." in e.notes


# bad input

X = rows()
REFUSED = {
    "unknown column": ("partial_dependence", {"features": ["nope"]}, "columns of x.*'nope'"),
    "column number": ("accumulated_effects", {"features": [9]}, "0…3.*9"),
    "pair": ("partial_dependence", {"features": [(0, 9)]}, "columns of x"),
    "no column": ("partial_dependence", {"features": []}, "at least one"),
    "one grid for two": ("partial_dependence", {"features": [0, 1], "grid": [0.0, 1.0]}, "dict of arrays"),
    "grid of words": ("partial_dependence", {"features": [0], "grid": ["a", "b"]}, "must be numbers"),
    "grid with NaN": ("partial_dependence", {"features": [0], "grid": [0.0, np.nan]}, "finite"),
    "grid of one": ("accumulated_effects", {"features": [0], "grid": 1}, "from 2 to 200"),
    "edges far away": ("accumulated_effects", {"features": [0], "grid": [90.0, 99.0]}, "rows between"),
    "kind": ("partial_dependence", {"kind": "mean"}, "'average'"),
    "labels too short": ("permutation_importance", {"labels": X[:99, 0]}, "300 rows.*99 labels"),
    "scorer without labels": ("permutation_importance", {"scorer": "r2"}, "needs labels"),
    "unknown scorer": ("permutation_importance", {"labels": X[:, 0], "scorer": "goodness"}, "scikit-learn.*'goodness'"),
    "scorer of nothing": ("permutation_importance", {"labels": X[:, 0], "scorer": lambda e, x, y: None}, "one finite"),
    "repeats": ("permutation_importance", {"repeats": 0}, "1 to 1000"),
    "groups": ("permutation_importance", {"groups": [["x0", "zz"]]}, "zz"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_said(name):
    method, options, words = REFUSED[name]
    with pytest.raises(ValueError, match=words):
        jx.explain(additive, X, method, **options)


def test_a_scorer_that_cannot_use_the_model_names_it():
    rows = np.random.default_rng(1).normal(size=(80, 3))
    model = LinearRegression().fit(rows, rows[:, 0])
    want = r"scorer must be one for this model .* such as r2, .*; got 'roc_auc', which says: LinearRegression has none"
    with pytest.raises(ValueError, match=want):
        jx.explain(model, rows, "permutation_importance", labels=rows[:, 0] > 0, scorer="roc_auc")


@pytest.mark.parametrize("shape", [lambda b: b[:, None], lambda b: pd.DataFrame({"y": b}), lambda b: b.astype(object)])
def test_outcomes_in_a_column(shape):
    rows = np.random.default_rng(1).normal(size=(80, 3))
    truth = rows[:, 0] > 0
    model = LogisticRegression().fit(rows, truth)
    e = jx.explain(model, rows, "permutation_importance", labels=shape(truth), samples=2000)
    assert np.array_equal(
        e.values, jx.explain(model, rows, "permutation_importance", labels=truth, samples=2000).values
    )


def test_a_failing_scorer_says_where():
    def broken(estimator, x, y):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        jx.explain(additive, X, "permutation_importance", labels=X[:, 0], scorer=broken)
    assert any("the scorer 'broken'" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("method", ["partial_dependence", "accumulated_effects"])
def test_a_constant_column_is_flat_and_named(method):
    x = rows()
    x[:, 2] = 7.0
    e = jx.explain(additive, x, method, features=[2])
    assert list(e.x[0]) == [7.0]
    assert any("same value in every row" in n for n in e.notes)
    assert e.to_html()
    e = jx.explain(additive, x, "permutation_importance", repeats=2)
    assert e.values[2] == 0


def test_a_forest_on_a_matrix_and_on_float32():
    x = rows().astype(np.float32)
    model = RandomForestRegressor(5, random_state=0).fit(x, additive(x))
    for method in METHODS:
        e = jx.explain(model, x, method, samples=20_000)
        assert e.spread > 0


@pytest.mark.parametrize("method", [m.name for m in jx.methods() if m.over_data])
def test_several_inputs_are_no_table(method):
    record = next(m for m in jx.methods() if m.name == method)
    with pytest.raises(ValueError, match=f"^{record.title}: needs one table .*, not several inputs; got "):
        jx.explain(lambda a, b: a.sum(1) + b.sum(1), (X, X), method)
