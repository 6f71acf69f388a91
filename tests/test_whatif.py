"""What-if: edited columns of the explained row, their editors, and the code that gives the same answer."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import traitlets
from sklearn.tree import DecisionTreeRegressor

import jupyter_explain as jx


def linear(rows):
    return np.asarray(rows, float) @ [1.0, 2.0, 3.0]


TABLE = np.random.default_rng(0).normal(size=(60, 3))


def explorer(x=TABLE, model=linear, **options):
    options = {"method": "exact_shap", "baseline": "zeros"} | options
    return jx.explore(model, x, names=["a", "b", "c"], **options)


def test_an_edit_is_explained_and_the_data_stay_as_they_are():
    before = TABLE.copy()
    with explorer() as w:
        w.wait(30)
        w.edits = {"b": 5}
        assert w.wait(30).values == pytest.approx([TABLE[0, 0], 10, 3 * TABLE[0, 2]])
    assert np.array_equal(TABLE, before)


def test_edits_belong_to_a_row_and_reset_forgets_them():
    with explorer() as w:
        w.edits = {"b": 5}
        w.wait(30)
        w.row = 1
        assert w.edits == {}
        assert w.wait(30).values == pytest.approx(TABLE[1] * [1, 2, 3])
        w.edits = {"a": 1.5}
        w._inbox.reset({"seq": 1})
        assert (w.edits, w.row) == ({}, 0)


def test_an_ask_with_row_and_edits_keeps_the_edits():
    with explorer() as w:
        w._inbox.ask({"seq": 1, "changes": {"row": 2, "edits": {"a": 7.0}}})
        assert w.wait(30).values[0] == pytest.approx(7)
        assert w.row == 2


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"d": 1.0}, "must name columns"),
        ({"a": "much"}, "finite number"),
        ({"a": float("nan")}, "finite number"),
        ({"a": True}, "finite number"),
        ([1], "must be a dict"),
    ],
)
def test_a_wrong_edit_is_refused_and_nothing_changes(edits, said):
    with explorer() as w:
        first = w.wait(30).values
        refused = w._apply({"edits": edits})
        assert "edits" in refused
        if isinstance(edits, dict):
            assert said in refused["edits"]
            assert said in (w.error or "")
        assert w.edits == {}
        assert np.array_equal(w.wait(30).values, first)


def test_images_have_no_columns():
    with jx.explore(lambda r: r.sum((1, 2)), np.ones((4, 4)), layout="HW", method="occlusion") as w:
        w.wait(30)
        assert w._editors["columns"] == []
        assert "needs a table" in w._apply({"edits": {"a": 1.0}})["edits"]


def frame():
    rng = np.random.default_rng(1)
    kinds = pd.Categorical(rng.choice(["red", "blue"], 40), categories=["blue", "red"])
    return pd.DataFrame({"size": rng.normal(size=40), "count": rng.integers(0, 9, 40), "kind": kinds})


def scored(rows):
    return rows["size"].to_numpy() + rows["count"].to_numpy() + 10 * (rows["kind"] == "red").to_numpy()


def test_columns_of_a_frame_keep_their_types():
    data = frame()
    seen = []

    def model(rows):
        seen.append(rows.dtypes.astype(str).to_dict())
        return scored(rows)

    with jx.explore(model, data, method="exact_shap", baseline=data.iloc[:1]) as w:
        w.wait(30)
        w.edits = {"kind": "red", "count": 4}
        answer = w.wait(30)
    assert answer.output == pytest.approx(data["size"][0] + 14)
    assert all(types == {"size": "float64", "count": "int64", "kind": "category"} for types in seen)


def test_an_unknown_category_is_refused():
    with jx.explore(scored, frame(), method="exact_shap") as w:
        assert "must be one of" in w._apply({"edits": {"kind": "green"}})["edits"]


def test_editors_show_how_columns_are_distributed_and_no_row():
    data = frame()
    with jx.explore(scored, data, method="exact_shap") as w:
        w.wait(30)
        size, count, kind = w._editors["columns"]
        json.dumps(w._editors, allow_nan=False)
    assert size["kind"] == "number"
    assert data["size"].min() <= size["low"] < size["high"] <= data["size"].max()
    assert not size["whole"]
    assert count["whole"]
    assert max(size["bars"]) == 100
    assert len(size["bars"]) == 24
    assert sorted(kind["choices"]) == ["blue", "red"]
    assert kind["value"] == data["kind"][0]


def test_one_row_takes_its_distribution_from_the_background():
    with explorer(TABLE[0], baseline=TABLE) as w:
        w.wait(30)
        assert TABLE[:, 1].min() <= w._editors["columns"][1]["low"] < 0


def test_there_is_nothing_to_edit_where_no_row_is_explained():
    with explorer(method="permutation_importance", labels=TABLE.sum(1)) as w:
        w.wait(30)
        assert w._editors["columns"] == []
        w.method = "exact_shap"
        w.wait(30)
        assert len(w._editors["columns"]) == 3


def test_the_output_before_the_edits_is_kept():
    with explorer() as w:
        w.wait(30)
        w.edits = {"c": 9}
        w.wait(30)
        assert w._editors["before"]["score"] == pytest.approx(linear(TABLE[0]))


@pytest.mark.parametrize("make", [lambda: TABLE, lambda: pd.DataFrame(TABLE, columns=["a", "b", "c"])])
def test_the_copied_code_gives_the_same_answer(make):
    x = make()
    with explorer(x) as w:
        w.wait(30)
        w.edits = {"a": 2.5, "c": -1.0}
        answer = w.wait(30)
        code = w._panel["code"]
    names = {"jx": jx, "model": linear, "x": x, "names": ["a", "b", "c"]}
    *before, last = code.splitlines()
    exec("\n".join(before), names)
    same = eval(last, names)
    assert np.array_equal(np.ravel(same.values), np.ravel(answer.values))


def test_groups_link_and_layout_are_part_of_the_copied_code():
    with explorer(groups=[["a", "b"]], segments=9) as w:
        w.wait(30)
        assert "groups=groups" in w._panel["code"]
        assert "segments=9" in w._panel["code"]


def test_what_only_one_row_has_is_not_offered():
    data = frame().assign(name=[f"person {i}" for i in range(40)])
    with jx.explore(scored, data, method="exact_shap") as w:
        w.wait(30)
        assert w._editors["columns"][3]["choices"] == ["person 0"]
        w.edits = {"name": "person 3"}  # from Python anything that occurs
        assert "person 3" not in str(w._editors)


def _days(n=300):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"warm": rng.normal(15, 8, n).round(1), "rain": rng.poisson(3, n), "wind": rng.normal(size=n)})
    return frame, 5 * frame["warm"] - 10 * frame["rain"]


@pytest.fixture(scope="module")
def days():
    """A frame, and a tree fitted to it."""
    frame, y = _days()
    return frame, DecisionTreeRegressor(max_depth=4, random_state=0).fit(frame, y)


def edited_answer(days, method, edits, **settings):
    """The answer of a linked Explorer after another one was edited."""
    frame, model = days
    with (
        jx.explore(model, frame, method="exact_shap") as bars,
        jx.explore(model, frame, method=method, **settings) as other,
    ):
        traitlets.link((bars, "edits"), (other, "edits"))
        before = other.wait(30)
        bars.edits = edits
        assert bars.wait(30).output == pytest.approx(model.predict(frame.iloc[[0]].assign(**edits))[0])
        return before, other.wait(30)


EDITS = {"warm": 25.5, "rain": 0}


def test_the_dot_on_a_curve_follows(days):
    frame, model = days
    _, after = edited_answer(days, "partial_dependence", EDITS, features=["warm", "rain"], kind="both")
    for i, name in enumerate(("warm", "rain")):
        assert after.here[i][0] == EDITS[name]
        row = frame.iloc[[0] * len(after.x[i])].assign(**EDITS | {name: after.x[i]})
        assert after.own[i] == pytest.approx(model.predict(row))


def test_the_way_through_a_tree_follows(days):
    frame, model = days
    _, after = edited_answer(days, "decision_tree", EDITS)
    wanted = model.decision_path(frame.iloc[[0]].assign(**EDITS)).indices
    assert list(after.path) == list(wanted)


def test_a_rule_and_its_coverage_follow(days):
    frame, model = days
    before, after = edited_answer(days, "anchors", {"warm": -2.0, "rain": 6}, threshold=60)
    row = frame.iloc[[0]].assign(warm=-2.0, rain=6)
    assert model.predict(frame.iloc[[0]]) > 60 > model.predict(row)
    assert "output ≥ 60" in str(before)
    assert "output < 60" in str(after)
    assert after.rules[0].coverage != before.rules[0].coverage


def test_the_ring_on_a_plane_follows(days):
    frame, model = days
    _, after = edited_answer(days, "decision_boundary", EDITS, features="warm, rain")
    assert after.here[:2] == pytest.approx((25.5, 0))
    assert after.here[2] == pytest.approx(model.predict(frame.iloc[[0]].assign(**EDITS))[0])
