"""Trees and sums of curves that stand in for a model: planted ones recovered, fidelity and bands calibrated."""

from __future__ import annotations

import builtins
import warnings
import zlib

import numpy as np
import pandas as pd
import pytest
from zoo import people

import jupyter_explain as jx
from jupyter_explain.explanation import Curves, Tree
from jupyter_explain.views import png
from jupyter_explain.wire import answer_message
from jupyter_explain.words.tree import question


def rows_of(n=600, d=4, seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, size=(n, d))


def planted(rows):
    """A tree of depth 2."""
    return np.where(rows[:, 0] > 0.5, np.where(rows[:, 1] > -1, 5.0, 1.0), np.where(rows[:, 2] > 1, 2.0, 0.0))


def shop(n=900, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "city": rng.choice(["Bari", "Oslo", "Rome", "Ulm"], n)})
    frame["member"] = rng.random(n) < 0.5
    frame.loc[::6, "age"] = np.nan
    return frame


def buys(frame):
    """Categories in a set, and a flag."""
    return frame.city.isin(["Rome", "Bari"]).to_numpy() * 2.0 + frame.member.to_numpy() * 1.0


# tree


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_tree_is_found(seed):
    e = jx.explain(planted, rows_of(900, seed=seed), "tree_surrogate", depth=2, seed=seed)
    root, found = question(e, 0), {question(e, int(n)) for n in np.flatnonzero(e.yes >= 0)}
    assert root[0] == "x0"
    assert {name for name, _ in found} == {"x0", "x1", "x2"}
    assert e.threshold[0] == pytest.approx(0.5, abs=0.03)
    assert sorted(e.value[e.yes < 0]) == pytest.approx([0, 1, 2, 5])
    assert e.fidelity[2] > 0.97
    assert e.error == e.fidelity_stderr[2]
    assert e.error_kind == "stderr"
    assert e.final


def test_fidelity_is_that_of_the_upper_part_at_every_depth():
    """Every depth is the same tree, cut: its fidelity does not depend on the depth that is shown."""
    rows = rows_of()
    model = lambda r: np.sin(2 * r[:, 0]) + r[:, 1] * r[:, 2]  # noqa: E731
    trees = [jx.explain(model, rows, "tree_surrogate", depth=d) for d in (1, 4, 8)]
    for e in trees[1:]:
        assert (e.fidelity == trees[0].fidelity).all()
    assert [int(e.depths.max()) for e in trees] == [1, 4, 8]
    deep = trees[-1]
    kept = deep.depths <= 4
    assert np.sort(deep.value[kept]) == pytest.approx(np.sort(trees[1].value))
    assert deep.fidelity[0] == pytest.approx(0, abs=0.05)


def test_the_tree_is_scikit_learns_and_its_fidelity_that_on_the_other_third():
    from sklearn.metrics import r2_score
    from sklearn.tree import DecisionTreeRegressor

    rows = rows_of(300)
    model = lambda r: np.sin(2 * r[:, 0]) + r[:, 1] * r[:, 2]  # noqa: E731
    e = jx.explain(model, rows, "tree_surrogate", depth=3)
    order = np.random.default_rng([0, zlib.crc32(b"rows")]).permutation(300)
    held = np.arange(300) % 3 == 2
    made, other = rows[order[~held]], rows[order[held]]
    tree = DecisionTreeRegressor(max_depth=3, min_samples_leaf=5, random_state=0).fit(made, model(made))
    assert np.sort(e.value) == pytest.approx(np.sort(tree.tree_.value.ravel()))
    assert e.fidelity[3] == pytest.approx(r2_score(model(other), tree.predict(other)))


def test_fidelity_is_calibrated():
    """R² on many new rows is within 1.96 standard errors of the reported one, for the trees that are reported."""
    model = lambda r: np.sin(2 * r[:, 0]) + r[:, 1] * r[:, 2]  # noqa: E731
    new = rows_of(20_000, seed=99)
    true, inside = model(new), 0
    for seed in range(40):
        e = jx.explain(model, rows_of(450, seed=seed), "tree_surrogate", depth=4, seed=seed)
        said = walk(e, new)
        r2 = 1 - ((true - said) ** 2).mean() / true.var()
        inside += abs(r2 - e.fidelity[4]) <= 1.96 * e.fidelity_stderr[4]
    assert inside >= 0.88 * 40


def walk(e, rows):
    node = np.zeros(len(rows), int)
    for _ in range(int(e.depths.max())):
        goes = rows[np.arange(len(rows)), np.maximum(e.feature[node], 0)] <= e.threshold[node]
        node = np.where(e.yes[node] < 0, node, np.where(goes, e.yes[node], e.no[node]))
    return e.value[node]


def test_classes_have_one_tree_and_an_agreement():
    from sklearn.ensemble import RandomForestClassifier

    rows = rows_of(400)
    model = RandomForestClassifier(10, random_state=0).fit(rows, (rows[:, 0] > 0) * 1 + (rows[:, 1] > 1))
    one, other = (jx.explain(model, rows, "tree_surrogate", target=k) for k in (0, 2))
    assert (one.threshold == other.threshold).all()
    assert (one.values == other.values).all()
    assert one.column == 0
    assert other.column == 2
    assert one.agreement[3] > 0.85
    assert "the same class for" in str(one)


def test_categories_are_asked_as_sets_of_raw_columns():
    frame = shop()
    e = jx.explain(buys, frame, "tree_surrogate", depth=2)
    said = {" ".join(question(e, int(n))) for n in np.flatnonzero(e.yes >= 0)}
    assert said & {"city = Bari | Rome", "city = Oslo | Ulm"}
    assert any(s.startswith("member ") for s in said)
    assert e.fidelity[2] == pytest.approx(1)
    assert e.names == ("age", "city", "member")


def test_the_explained_row_has_its_way_missing_values_too():
    frame = shop()
    model = lambda f: np.where(f.age.isna(), 9.0, f.age.to_numpy() / 10)  # noqa: E731
    e = jx.explain(model, frame, "tree_surrogate", depth=8)
    assert not len(e.path)
    widget = jx.explore(model, frame, method="tree_surrogate", row=0, depth=8)
    found = widget.wait(20)
    widget.close()
    assert isinstance(found, Tree)
    assert found.own[0] == "missing"
    assert found.value[found.path[-1]] == pytest.approx(9, abs=0.3)


def test_free_text_is_left_out_and_said():
    frame = people(300).drop(columns="y")
    e = jx.explain(lambda f: (f.age > 40) * 1.0, frame, "tree_surrogate")
    assert any("note" in n and "Left out" in n for n in e.notes)
    assert e.fidelity[1] == pytest.approx(1)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("sklearn.tree"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ValueError, match=r"Tree surrogate: scikit-learn must be installed .*; got an environment without"
    ):
        jx.explain(planted, rows_of(), "tree_surrogate")


# sum of curves


def additive(rows):
    return np.sin(rows[:, 0]) + rows[:, 1] ** 2 + 0.5 * rows[:, 2]


SHAPES = (np.sin, np.square, lambda v: 0.5 * v, lambda v: 0 * v)


def misses(e, rows):
    """Largest distance of every curve from the true shape, both with mean zero."""
    parts = zip(e.x, e.y, SHAPES, rows.T, strict=True)
    return [np.abs(y - (shape(x) - shape(column).mean())).max() for x, y, shape, column in parts]


def test_an_additive_model_is_recovered():
    rows = rows_of(1000)
    e = jx.explain(additive, rows, "additive_surrogate")
    assert max(misses(e, rows)) < 0.03
    assert e.fidelity[0] > 0.9999
    assert isinstance(e, Curves)


def test_a_linear_model_and_few_values_are_recovered_exactly():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=500), rng.integers(0, 6, 500), rng.integers(0, 2, 500)]).astype(float)
    model = lambda r: 3 * r[:, 0] + np.array([0, 5, 1, 1, 9, 2.0])[r[:, 1].astype(int)] - 2 * r[:, 2]  # noqa: E731
    e = jx.explain(model, rows, "additive_surrogate")
    assert e.fidelity[0] > 1 - 1e-5
    assert e.y[0] - e.y[0][0] == pytest.approx(3 * (e.x[0] - e.x[0][0]), abs=0.05)
    assert e.y[1] - e.y[1][0] == pytest.approx([0, 5, 1, 1, 9, 2.0], abs=0.05)
    for x, y, column in zip(e.x, e.y, rows.T, strict=True):
        assert np.interp(column, x, y).mean() == pytest.approx(0, abs=0.02)


def test_what_is_left_is_the_interaction():
    """Var(x2 x3) over the variance of it all, for independent columns of mean zero."""
    rows = rows_of(4000)
    model = lambda r: additive(r) + r[:, 2] * r[:, 3]  # noqa: E731
    e = jx.explain(model, rows, "additive_surrogate")
    true = 1 - np.var(rows[:, 2] * rows[:, 3]) / np.var(model(rows))
    assert abs(e.fidelity[0] - true) < 3 * e.fidelity[1]
    assert "is interaction between columns" in str(e)


def test_bands_hold_on_average_over_a_curve():
    """Interaction is the noise; 40 samples: for each curve, the share of its points whose band has the true shape."""
    model = lambda r: additive(r) + r[:, 2] * r[:, 3]  # noqa: E731
    inside, wide = {name: [] for name in ("x0", "x1", "x2", "x3")}, []
    for seed in range(40):
        rows = rows_of(400, seed=seed)
        e = jx.explain(model, rows, "additive_surrogate", seed=seed)
        for name, x, (low, high), shape, column in zip(e.names, e.x, e.band, SHAPES, rows.T, strict=True):
            true = shape(x) - shape(column).mean()
            inside[name].append(((true >= low) & (true <= high)).mean())
            wide.append((high - low).mean())
    assert all(0.88 <= np.mean(shares) <= 1 for shares in inside.values())
    assert np.mean(wide) < 1.5


def test_bands_shrink_with_rows():
    model = lambda r: additive(r) + r[:, 2] * r[:, 3]  # noqa: E731
    few, many = (jx.explain(model, rows_of(n), "additive_surrogate").error for n in (300, 4800))
    assert many < few / 2


def test_categories_missing_values_and_copies():
    frame = shop()
    frame["again"] = frame.age
    model = lambda f: buys(f) + np.where(f.age.isna(), 3.0, 0.0)  # noqa: E731
    e = jx.explain(model, frame, "additive_surrogate", features="city, age")
    assert e.names == ("city", "age")
    assert e.fidelity[0] > 0.99
    found = dict(zip(e.x[0], e.y[0], strict=True))
    assert found["Rome"] - found["Oslo"] == pytest.approx(2, abs=0.02)
    assert found["Rome"] == pytest.approx(found["Bari"], abs=0.02)


def test_a_constant_column_and_a_constant_model():
    rows = rows_of(100)
    rows[:, 1] = 7
    for method in ("tree_surrogate", "additive_surrogate"):
        e = jx.explain(lambda r: r[:, 0] * 2, rows, method)
        assert png(e).startswith(b"\x89PNG")
    flat = jx.explain(lambda r: np.full(len(r), 4.0), rows, "additive_surrogate")
    assert all(np.abs(y).max() < 1e-6 for y in flat.y)
    one = jx.explain(lambda r: np.full(len(r), 4.0), rows, "tree_surrogate")
    assert len(one.yes) == 1
    assert any("nothing to stand in for" in n for n in one.notes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        still = jx.explain(lambda r: r[:, 0], np.ones((50, 3)), "additive_surrogate")
    assert "No curve changes with its column." in str(still)


@pytest.mark.parametrize("method", ["tree_surrogate", "additive_surrogate"])
def test_too_few_rows_are_refused(method):
    with pytest.raises(ValueError, match=r"x must have at least 20 rows .*; got 19 rows"):
        jx.explain(planted, rows_of(19), method)


@pytest.mark.parametrize("method", ["tree_surrogate", "additive_surrogate"])
def test_more_rows_refine_and_what_is_sent_is_small(method):
    e = None
    for e in jx.stream(additive, rows_of(1000), method):
        message, arrays = answer_message(e, None, False, False)
        assert sum(a.nbytes for a in arrays) < 100_000
        assert "nan" not in str(message["layout"]).lower()
    assert e.final
    assert not e.to_frame().empty


@pytest.mark.parametrize("method", ["additive_surrogate", "partial_dependence"])
def test_categories_keep_their_own_order(method):
    order = ["low", "mid", "high"]
    sizes = pd.Categorical(np.tile(["high", "low", "mid", "mid"], 30), order, ordered=True)
    rows = pd.DataFrame({"size": sizes, "x": np.random.default_rng(0).normal(size=120)})
    e = jx.explain(lambda r: (r["size"] > "low") + r["x"], rows, method, features=["size"], samples=2000)
    assert list(e.x[0]) == order


@pytest.mark.parametrize("method", ["additive_surrogate", "lasso_surrogate", "tree_surrogate", "feature_distributions"])
def test_of_many_categories_the_most_frequent_have_a_place_and_it_is_said(method):
    names = [f"z{i:02d}" for i in range(40)]
    kinds = pd.Categorical(names * 2 + names[-6:] * 40, names)  # the last six, in their own order, are most of them
    rows = pd.DataFrame({"kind": kinds, "x": np.random.default_rng(0).normal(size=len(kinds))})

    def model(r):
        return 3.0 * r["kind"].isin(names[-3:]) + 0.1 * r["x"]

    e = jx.explain(model, rows, method)
    assert any(" categories, the others together." in note for note in e.notes)
    if method == "feature_distributions":
        assert set(names[-6:]) < set(e.x[0])
        assert "40 categories, most often z3" in str(e)
    elif method != "tree_surrogate":
        assert e.fidelity[0] > 0.95
