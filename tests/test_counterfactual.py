"""Counterfactuals: the nearest one where it is known, constraints, whole rows, and answers that find nothing."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

import jupyter_explain as jx
from jupyter_explain.wire import answer_message

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(80, 4))
MAD = np.array([np.median(np.abs(c - np.median(c))) for c in ROWS.T])
SLOPES = np.array([1.0, 2.0, 0.5, 0.0])


def linear(rows):
    return np.asarray(rows, float) @ SLOPES


def explain(samples=4000, **options):
    options = {"baseline": ROWS, "goal": "> 1"} | options
    return jx.explain(linear, np.zeros(4), "counterfactual", samples=samples, **options)


def test_the_nearest_change_of_a_linear_model_is_found():
    """In L1 the best is one column: the one whose slope is largest per unit of distance."""
    e = explain(samples=20_000)
    best = int(np.argmax(SLOPES * MAD))
    assert np.flatnonzero(e.changed[0]).tolist() == [best]
    assert e.distances[0] == pytest.approx(1 / (SLOPES * MAD).max(), rel=0.03)
    assert e.outputs[0] == pytest.approx(1, rel=0.05)


def test_every_example_is_valid_and_says_what_it_changes():
    e = explain(count=5, samples=10_000)
    rows = np.array(e.rows, float)
    assert np.all(linear(rows) >= 1)
    np.testing.assert_array_equal(rows != 0, e.changed)
    np.testing.assert_allclose(e.moved, rows / MAD)
    np.testing.assert_allclose(e.distances, np.abs(rows / MAD).sum(1))
    assert np.all(np.diff(e.distances) >= 0)
    assert not e.changed[:, 3].any(), "a column that changes nothing is not changed"


def test_examples_differ_in_what_they_change():
    e = explain(count=5, samples=20_000)
    sets = [frozenset(np.flatnonzero(c)) for c in e.changed]
    assert len(sets) > 1
    assert not any(a <= b for a in sets for b in sets if a is not b)


def family(rows):
    return np.asarray(rows["age"] / 20 - 2 * rows["kids"] + rows["grams"], float)


def test_whole_numbers_go_no_further_than_the_known_rows_unless_nothing_else_reaches_the_goal():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"age": rng.integers(18, 80, 200), "kids": rng.integers(0, 4, 200), "grams": rng.random(200)})
    x = rows.iloc[[0]].assign(age=30, kids=1)
    asked = []
    model = lambda r: (asked.append(r), family(r))[1]  # noqa: E731
    ask = {"baseline": rows, "samples": 4000}
    near = jx.explain(model, x, "counterfactual", goal="> 3", fixed=["grams"], **ask)
    assert near.rows
    assert not any("Beyond" in n for n in near.notes)
    assert all(r["kids"].min() >= 0 and r["age"].max() < 80 for r in asked)
    free = jx.explain(model, x, "counterfactual", goal="> 3", bounds={"kids": (None, 5)}, fixed=["age", "grams"], **ask)
    assert free.rows[0][1] < 0
    far = jx.explain(model, x, "counterfactual", goal="> 9", fixed=["grams"], **ask)
    assert far.rows
    assert any(n == "Beyond the range of the given rows: age, kids." for n in far.notes)


def test_constraints_hold_and_are_named_when_nothing_is_left():
    e = explain(fixed=["x1"], monotone={"x0": "decrease"}, bounds={"x2": (-1, 1.5)}, goal="> 0.7", samples=8000)
    for row in np.array(e.rows, float):
        assert row[1] == 0
        assert row[0] <= 0
        assert -1 <= row[2] <= 1.5
    none = explain(fixed=["x1"], monotone={"x0": "decrease"}, bounds={"x2": (-1, 1.5)}, goal="> 2")
    assert none.rows == ()
    assert none.error_kind == "unknown"
    assert "keep the constraints" in str(none)


def test_columns_may_be_given_by_number():
    named = explain(fixed=["x0"], bounds={"x1": (-3, 3)}, monotone={"x2": "increase"})
    numbered = explain(fixed=[0], bounds={1: (-3, 3)}, monotone={np.int64(2): "increase"})
    assert named.to_frame().equals(numbered.to_frame())


def test_the_nearest_example_only_gets_nearer():
    found = [
        e.distances[0]
        for e in jx.stream(linear, np.zeros(4), "counterfactual", baseline=ROWS, goal="> 1", samples=9000)
    ]
    assert len(found) > 3
    assert np.all(np.diff(found) <= 0)


def test_a_classifier_is_asked_again_with_the_row_that_is_shown():
    data = load_breast_cancer(as_frame=True)
    model = GradientBoostingClassifier(n_estimators=20, random_state=0).fit(data.data, data.target)
    e = jx.explain(
        model, data.data.iloc[[0]], "counterfactual", baseline=data.data, labels=list(data.target_names), samples=6000
    )
    rows = pd.DataFrame(e.rows, columns=data.data.columns)
    assert set(model.predict(rows)) == {1}
    assert (e.decision, set(e.decisions)) == ("malignant", {"benign"})
    known = {tuple(r) for r in data.data.to_numpy()}
    assert not any(tuple(map(float, row)) in known for row in e.rows), "no known row is shown as it is"


def frame():
    kinds = pd.Categorical(RNG.choice(["red", "blue", "green"], 60))
    return pd.DataFrame(
        {
            "size": RNG.normal(size=60),
            "count": RNG.integers(0, 20, 60),
            "kind": kinds,
            "tag": RNG.choice(["a", "b"], 60),
        }
    )


def scored(rows):
    return rows["count"].to_numpy() + 10 * (rows["kind"] == "red").to_numpy() + 0 * rows["size"].to_numpy()


def test_whole_numbers_and_categories_stay_what_they_are():
    data = frame()
    x = data.iloc[[0]].assign(kind=pd.Categorical(["blue"], categories=data["kind"].cat.categories), count=3)
    seen = []

    def model(rows):
        seen.append(rows)
        return scored(rows)

    e = jx.explain(model, x, "counterfactual", baseline=data, goal="> 12.5", samples=6000)
    for rows in seen:
        assert rows.dtypes.astype(str).tolist() == data.dtypes.astype(str).tolist()
        assert set(rows["kind"]) <= {"red", "blue", "green"}
        assert np.all(rows["count"] == rows["count"].round())
    best = dict(zip(e.names, e.rows[0], strict=True))
    assert isinstance(best["count"], int)
    assert {(r[1], r[2]) for r in e.rows} <= {(13, "blue"), (3, "red")}


def test_what_only_one_row_has_is_not_proposed():
    data = frame().assign(name=[f"person {i}" for i in range(60)])
    by_name = lambda rows: 20.0 * (rows["name"] != "person 0").to_numpy()  # noqa: E731
    e = jx.explain(by_name, data.iloc[[0]], "counterfactual", baseline=data, goal="> 12.5", samples=3000)
    assert e.rows == ()


def test_dummies_of_one_category_change_together():
    dummies = np.eye(3)[RNG.integers(0, 3, 60)]
    rows = np.column_stack([RNG.normal(size=60), dummies])
    x = np.array([0.0, 1, 0, 0])
    e = jx.explain(
        lambda r: r[:, 0] + 5 * r[:, 3],
        x,
        "counterfactual",
        baseline=rows,
        goal="> 4",
        groups=[0, 1, 1, 1],
        samples=6000,
    )
    assert len(e.rows)
    assert all(sum(row[1:]) == 1 for row in e.rows)


def test_networks_need_no_rows():
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.from_numpy(np.random.default_rng(3).normal(size=tuple(p.shape))))
    x = np.ones(4, np.float32)
    e = jx.explain(net, x, "counterfactual", baseline="zeros", samples=3000)
    rows = torch.tensor(e.rows, dtype=torch.float32)
    assert len(rows)
    assert not (net(rows).argmax(1) == net(torch.from_numpy(x)[None]).argmax(1)).any()


def test_a_class_may_be_wanted():
    data = np.repeat(np.eye(3), 20, 0) + RNG.normal(size=(60, 3)) / 4
    model = LogisticRegression().fit(data, np.repeat(["a", "b", "c"], 20))
    for wanted in ("c", 2):
        e = jx.explain(model, data[0], "counterfactual", baseline=data, goal=wanted, samples=3000)
        assert set(e.decisions) == {"c"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"goal": "much"}, "must be like '> 0.8'"),
        ({"goal": "< 1"}, "something else than the output has"),
        ({"fixed": ["x9"]}, "fixed must name columns"),
        ({"fixed": [-1]}, "fixed must name columns"),
        ({"fixed": [True]}, "fixed must name columns"),
        ({"fixed": ["x0", "x1", "x2", "x3"]}, "at least one column must be free"),
        ({"bounds": {"x0": (1, 2)}}, "must contain the row's own value"),
        ({"bounds": {"x0": (2, 1)}}, "low ≤ high"),
        ({"bounds": {"x0": 3}}, "two numbers"),
        ({"monotone": {"x0": "sideways"}}, "'increase' or 'decrease'"),
        ({"monotone": ["x0"]}, "must be a dict"),
    ],
)
def test_what_makes_no_sense_is_refused(options, said):
    with pytest.raises(ValueError, match=said):
        explain(**options)


def test_it_is_text_frame_picture_page_and_message():
    for e in (explain(), explain(goal="> 1e9")):
        assert len(e.to_frame()) == len(e.rows) + 1
        assert e.to_html().startswith("<!DOCTYPE html>")
        assert e._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
        fields, arrays = answer_message(e, None, False, False)
        json.dumps(fields, allow_nan=False)
        assert len(fields["layout"]["arrays"]) == len(arrays)


def test_the_numbers_say_whose_output_they_are():
    """Beside the new class stands the output of the old one: it must not be taken for the new one's."""
    rows = np.column_stack([np.linspace(-2, 2, 40), np.tile([-1.0, 1.0], 20)])
    model = LogisticRegression().fit(rows, np.where(rows[:, 0] > 0, "good", "bad"))
    e = jx.explain(model, rows[5:6], "counterfactual", baseline=rows, samples=2000)
    assert (e.target, e.decisions[0]) == ("bad", "good")
    assert f"1. good (bad {e.output:.3g} → {e.outputs[0]:.3g})" in str(e)
    assert answer_message(e, None, False, False)[0]["layout"]["whose"] == "bad"
    e = explain()
    assert f"1. output > 1 (0 → {e.outputs[0]:.3g})" in str(e)
    assert answer_message(e, None, False, False)[0]["layout"]["whose"] == ""


def test_constraints_that_stand_in_the_way_are_named():
    options = {"fixed": ["x1"], "monotone": {"x0": "decrease"}, "bounds": {"x2": (-1, 1.5)}}
    e = explain(**options, goal="> 2")
    assert e.rows == ()
    assert e.blocked == ("fixed 'x1'", "bounds of 'x2'", "monotone 'x0'")
    assert "There is one without fixed 'x1', bounds of 'x2' or monotone 'x0'." in str(e)
    only = explain(fixed=["x1", "x3"], bounds={"x0": (-1, 1), "x2": (-1, 1)}, goal="> 1e3")
    assert "x3" not in " ".join(only.blocked), "a column that changes nothing stands in nobody's way"
    assert explain(**options, goal="> 0.7").blocked == ()


@pytest.mark.parametrize("seed", range(8))
def test_random_constraints_are_kept_by_everything_that_is_asked(seed):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.normal(size=(60, 3)), rng.integers(0, 9, 60)])
    x, slopes, asked = rows[0], rng.normal(size=4), []

    def model(r):
        asked.append(np.array(r))
        return r @ slopes

    ends = np.sort(x[2] + rng.normal(size=2) * [1, 0])
    way = rng.choice(["increase", "decrease"])
    options = {"fixed": ["x0"], "monotone": {"x1": way}, "bounds": {"x2": tuple(ends)}}
    goal = f"> {float(x @ slopes) + 1:.4f}"
    asked.clear()
    e = jx.explain(model, x, "counterfactual", baseline=rows, goal=goal, samples=3000, seed=seed, **options)
    tried = np.concatenate(asked)
    known = {r.tobytes() for r in rows}
    tried = np.array([r for r in tried if r.tobytes() not in known])
    legal = tried[(tried[:, 0] == x[0])]
    assert len(legal) > 0.5 * len(tried)  # relaxed constraints are tried apart, and only where none was found
    for row in np.array(e.rows, float).reshape(-1, 4):
        assert row[0] == x[0]
        assert row[1] >= x[1] if way == "increase" else row[1] <= x[1]
        assert ends[0] <= row[2] <= ends[1]
        assert row[3] == round(row[3])
        assert row @ slopes >= float(goal[2:])


def test_gaps_constants_unseen_categories_and_a_single_row():
    data = frame().assign(flat=1.0)
    x = data.iloc[[0]].assign(kind=pd.Categorical(["blue"], categories=data["kind"].cat.categories), tag="new", count=3)
    e = jx.explain(scored, x, "counterfactual", baseline=data, goal="> 12.5", samples=4000)
    assert {(r[1], r[2], r[3], r[4]) for r in e.rows} == {(13, "blue", "new", 1.0), (3, "red", "new", 1.0)}
    gaps = np.array([np.nan, 0.0, 0.0, 0.0])
    model = lambda r: np.nan_to_num(np.asarray(r)) @ SLOPES  # noqa: E731
    e = jx.explain(model, gaps, "counterfactual", baseline=ROWS, goal="> 1", samples=3000)
    assert len(e.rows)
    assert not e.changed[:, 0].any(), "a missing value is never filled in"
    e = jx.explain(linear, np.zeros(4), "counterfactual", baseline=np.ones(4), goal="> 1", samples=3000)
    assert len(e.rows)
    with pytest.raises(ValueError, match="target must be"):
        explain(target=3)
    log = lambda r: np.log(np.where(r[:, 0] > 0, r[:, 0], np.nan))  # noqa: E731
    e = jx.explain(log, [1.0, 1.0], "counterfactual", baseline=ROWS[:, :2], goal="> 0.5", samples=2000)
    assert np.isfinite(e.outputs).all()
    assert "left out" in " ".join(e.notes)


def test_networks_give_examples_with_other_columns():
    net = torch.nn.Linear(6, 2)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[0.0] * 6, [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]]))
        net.bias.copy_(torch.tensor([1.0, 0.0]))
    e = jx.explain(net, np.zeros(6, np.float32), "counterfactual", baseline="zeros", samples=4000)
    assert np.flatnonzero(e.changed[0]).tolist() == [0]
    assert e.distances[0] == pytest.approx(1, rel=0.05)
    assert len({tuple(np.flatnonzero(c)) for c in e.changed}) == 3


def test_a_missing_number_is_shown_as_missing():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"n": pd.array([None, 0, 1, 2] * 20, dtype="Int64"), "x": rng.normal(size=80)})
    e = jx.explain(lambda f: np.asarray(f["x"], float), frame.iloc[[0]], "counterfactual", baseline=frame, samples=300)
    assert np.isnan(e.original[0])
    assert all(np.isnan(row[0]) for row in e.rows)
    assert np.isnan(e.to_frame()["n"].iloc[0])


@pytest.mark.parametrize(("classes", "goal"), [([False, True], True), ([-5, -1], -1)])
def test_a_goal_may_be_a_class_that_is_no_text(classes, goal):
    rows = np.random.default_rng(0).normal(size=(80, 3))
    model = LogisticRegression().fit(rows, np.array(classes)[(rows[:, 0] > 0).astype(int)])
    row = rows[np.argmin(rows[:, 0])]
    e = jx.explain(model, row, "counterfactual", baseline=rows, goal=goal, samples=500)
    assert all(model.predict([r])[0] == goal for r in e.rows)
    assert e.goal == str(goal)


def test_a_fraction_among_whole_numbers_is_not_rounded_where_it_stays():
    rows = np.random.default_rng(0).integers(0, 5, (40, 2)).astype(float)
    e = jx.explain(lambda r: r.sum(1), [0.5, 2.0], "counterfactual", baseline=rows, goal="> 4", samples=2000)
    assert any(row[0] == 0.5 for row in e.rows)
    assert all(row[0] == 0.5 or changed[0] for row, changed in zip(e.rows, e.changed, strict=True))


def test_whole_numbers_of_a_frame_stay_whole_with_one_baseline_row():
    rows = pd.DataFrame({"a": [1, 40], "b": [0, 30]})
    ask = {"baseline": rows.iloc[[1]], "goal": "> 7.5", "samples": 2000}
    e = jx.explain(lambda r: 0.37 * r["a"] + r["b"], rows.iloc[[0]], "counterfactual", **ask)
    assert e.rows
    assert all(value == int(value) for row in e.rows for value in row)


def test_constraints_by_number_are_called_by_their_column():
    rows = np.random.default_rng(0).normal(size=(60, 2))
    ask = {"baseline": rows, "goal": "> 2", "samples": 2000}
    x = pd.DataFrame([[0.0, 0.0]], columns=["age", "size"])
    e = jx.explain(lambda r: np.asarray(r)[:, 0], x, "counterfactual", fixed=[0], **ask)
    assert e.blocked == ("fixed 'age'",)


def test_a_goal_may_be_a_class_that_is_a_float():
    model = LogisticRegression().fit(ROWS, np.where(ROWS @ SLOPES > 0, 1.0, -1.0))
    x = ROWS[int(np.argmax(ROWS @ SLOPES))]
    e = jx.explain(model, x, "counterfactual", baseline=ROWS, goal=model.classes_[0], samples=2000)
    assert set(model.predict(np.array(e.rows))) == {-1.0}
