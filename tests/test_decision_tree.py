"""The row's way equals what each library does; leaves add up to the model; what is sent, drawn and refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from zoo import labels, people, table

import jupyter_explain as jx
from jupyter_explain.messages.tree import MOST
from jupyter_explain.tree_parts import below, shown
from jupyter_explain.views import png
from jupyter_explain.wire import answer_message
from jupyter_explain.words.tree import cut_words, question, way

ROWS = table(300, 4, 40)


def gaps(rows=ROWS):
    """Rows with missing values in two columns."""
    out = rows.copy()
    out[::5, 0] = np.nan
    out[::7, 2] = np.nan
    return out


def shop(n=400, seed=0):
    """A frame whose categories matter, with missing numbers and categories."""
    rng = np.random.default_rng(seed)
    city = pd.Categorical(rng.choice(["Bari", "Oslo", "Rome", "Ulm", "Wien"], n))
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "city": city, "pay": rng.normal(size=n)})
    frame.loc[::9, "age"] = np.nan
    return frame


def bought(frame):
    return (frame.city.isin(["Rome", "Oslo"]).to_numpy() & (frame.pay > 0).to_numpy()).astype(int)


def explain(model, row, **options):
    return jx.explain(model, row, "decision_tree", **options)


def path_value(model, row, **options):
    e = explain(model, row, **options)
    return e.value[e.path[-1]]


# the row's way


def sklearn_trees():
    from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

    y, z = labels(ROWS), ROWS[:, 0] * ROWS[:, 1]
    yield DecisionTreeClassifier(random_state=0).fit(ROWS, y), lambda m: m
    yield DecisionTreeClassifier(random_state=0).fit(gaps(), y), lambda m: m
    yield DecisionTreeRegressor(max_leaf_nodes=20, random_state=0).fit(ROWS, z), lambda m: m
    yield ExtraTreeRegressor(random_state=0).fit(ROWS, z), lambda m: m
    yield RandomForestClassifier(5, random_state=0).fit(gaps(), y), lambda m: m.estimators_[3]
    yield ExtraTreesRegressor(5, random_state=0).fit(ROWS, z), lambda m: m.estimators_[3]
    yield GradientBoostingClassifier(n_estimators=5, random_state=0).fit(ROWS, y), lambda m: m.estimators_[3, 1]


@pytest.mark.parametrize(("model", "inner"), list(sklearn_trees()), ids=lambda v: type(v).__name__)
def test_the_way_is_that_of_decision_path(model, inner):
    rows = gaps() if _takes_gaps(model) else ROWS
    number = 0 if inner(model) is model else 3
    for row in rows[:25]:
        e = explain(model, row, tree=number, target=1 if hasattr(model, "classes_") else "predicted")
        assert set(e.path) == set(inner(model).decision_path(row[None].astype(np.float32)).indices)
        assert e.path[-1] == inner(model).apply(row[None].astype(np.float32))[0]
        assert e.error_kind == "exact"


def _takes_gaps(model):
    try:
        model.predict(gaps()[:1])
    except ValueError:
        return False
    return True


def test_class_shares_are_those_of_the_tree():
    from sklearn.tree import DecisionTreeClassifier

    model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(ROWS, labels(ROWS))
    e = explain(model, ROWS[3])
    assert e.values == pytest.approx(model.tree_.value[:, 0] / model.tree_.value[:, 0].sum(1, keepdims=True))
    assert e.values[e.path[-1]] == pytest.approx(model.predict_proba(ROWS[3:4])[0])
    assert e.cover == pytest.approx(model.tree_.n_node_samples / len(ROWS))
    assert e.impurity == pytest.approx(model.tree_.impurity)
    assert e.criterion == "gini"
    assert e.depths.max() == model.get_depth()


def boosted():
    """(model, rows, base on the margin) whose trees are added up."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
    from xgboost import XGBClassifier, XGBRegressor

    y, three, z, frame = (ROWS[:, 0] > 0).astype(int), labels(ROWS), ROWS[:, 0] * ROWS[:, 1], shop()
    quiet = {"n_jobs": 1, "random_state": 0}
    yield HistGradientBoostingClassifier(max_iter=6, random_state=0).fit(gaps(), y), gaps()
    yield HistGradientBoostingClassifier(max_iter=6, random_state=0).fit(gaps(), three), gaps()
    yield HistGradientBoostingClassifier(max_iter=6, categorical_features="from_dtype").fit(frame, bought(frame)), frame
    yield GradientBoostingRegressor(n_estimators=6, random_state=0).fit(ROWS, z), ROWS
    yield XGBClassifier(n_estimators=6, max_depth=3, **quiet).fit(gaps(), y), gaps()
    yield XGBClassifier(n_estimators=4, max_depth=3, num_parallel_tree=2, **quiet).fit(ROWS, three), ROWS
    yield XGBRegressor(n_estimators=6, booster="dart", rate_drop=0.5, **quiet).fit(ROWS, z), ROWS
    yield (
        XGBClassifier(n_estimators=6, enable_categorical=True, max_cat_to_onehot=1, **quiet).fit(frame, bought(frame)),
        frame,
    )
    yield LGBMClassifier(n_estimators=6, verbose=-1, **quiet).fit(gaps(), three), gaps()
    yield (
        LGBMClassifier(n_estimators=6, verbose=-1, min_data_per_group=5, cat_smooth=1, **quiet).fit(
            frame, bought(frame)
        ),
        frame,
    )
    yield (
        LGBMRegressor(n_estimators=6, zero_as_missing=True, verbose=-1, **quiet).fit(
            np.where(gaps() > 1, 0, gaps()), z
        ),
        ROWS,
    )


@pytest.mark.parametrize(("model", "rows"), list(boosted()), ids=lambda v: type(v).__name__)
def test_what_the_trees_add_makes_the_margin(model, rows):
    """The sum over all trees, less the model's margin, is the same constant for every row."""
    classes = hasattr(model, "classes_")
    some = [rows.iloc[[i]] if hasattr(rows, "iloc") else rows[i : i + 1] for i in range(12)]
    options = {"target": 1, "link": "margin"} if classes else {}
    first = explain(model, some[0], **options)
    assert first.unit == ("margin" if classes else "output")
    constants = []
    for row in some:
        total = sum(path_value(model, row, tree=t, **options) for t in range(first.count))
        found = np.ravel(_margin(model, row, classes))
        constants.append(float(found[0] - total))
    assert np.ptp(constants) < 1e-5


def _margin(model, row, classes):
    """The margin of class 1, or the output."""
    kind = type(model).__module__.split(".")[0]
    if kind == "xgboost":
        out = model.predict(row, output_margin=True)
    elif kind == "lightgbm":
        out = model.predict(row, raw_score=True)
    else:
        out = model.decision_function(row) if classes else model.predict(row)
    out = np.asarray(out, float).reshape(1, -1)
    return out[:, 1] if out.shape[1] > 1 else out[:, 0]


def test_the_first_of_two_classes_has_the_opposite_sign():
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=3).fit(ROWS, ROWS[:, 0] > 0)
    one, other = (explain(model, ROWS[0], target=k) for k in (0, 1))
    assert (one.value == -other.value).all()


def test_questions_about_categories_name_them():
    from sklearn.ensemble import HistGradientBoostingClassifier

    frame = shop()
    model = HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype").fit(frame, bought(frame))
    e = explain(model, frame.iloc[[1]])
    node, asked = next(iter(e.categories.items()))
    assert set(asked.names) in ({"Oslo", "Rome"}, {"Bari", "Ulm", "Wien"})
    name, words = question(e, node)
    assert name == "city"
    assert " | " in words
    assert question(e, node, yes=False)[1] != words
    assert e.own[1] == frame.city.iloc[1]


def test_columns_in_another_order_and_names_of_a_frame():
    from sklearn.tree import DecisionTreeRegressor

    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    model = DecisionTreeRegressor(max_depth=3, random_state=0).fit(frame, frame.a)
    one, other = explain(model, frame.iloc[[0]]), explain(model, frame[["c", "a", "d", "b"]].iloc[[0]])
    assert (one.path == other.path).all()
    assert one.names == other.names == ("a", "b", "c", "d")
    assert one.own == other.own == {0: f"{frame.a[0]:.4g}"}


def test_behind_a_pipeline_questions_are_about_made_columns():
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = people()
    made = ColumnTransformer([("n", StandardScaler(), ["age"]), ("c", OneHotEncoder(), ["city"])])
    model = make_pipeline(made, RandomForestClassifier(3, random_state=0)).fit(frame.drop(columns="y"), frame.y)
    e = explain(model, frame.drop(columns="y").iloc[[4]], tree=2)
    inner, codes = model[-1].estimators_[2], model[:-1].transform(frame.drop(columns="y").iloc[[4]])
    assert e.names == ("n__age", "c__city_Oslo", "c__city_Rome", "c__city_Ulm")
    assert set(e.path) == set(inner.decision_path(np.asarray(codes, np.float32)).indices)
    assert any("Pipeline makes" in n for n in e.notes)


def test_an_isolation_tree_gives_path_lengths():
    from sklearn.ensemble import IsolationForest

    e = explain(IsolationForest(n_estimators=4, random_state=0).fit(ROWS), ROWS[0], tree=1)
    assert e.unit == "path length"
    assert e.value[e.path[-1]] >= len(e.path) - 1


# words, pictures, what travels


@pytest.fixture(scope="module")
def large():
    from sklearn.tree import DecisionTreeRegressor

    rows = np.random.default_rng(0).normal(size=(8000, 6))
    noise = np.random.default_rng(1).normal(size=8000)
    return explain(DecisionTreeRegressor(random_state=0).fit(rows, rows[:, 0] + noise), rows[7])


def test_a_tree_of_ten_thousand_nodes_is_sent_in_part(large):
    assert len(large.yes) > 10_000
    message, arrays = answer_message(large, None, False, False)
    layout = message["layout"]
    sent = len(json.dumps(message, allow_nan=False)) + sum(a.nbytes for a in arrays)
    assert sent < 200_000
    found = dict(zip(layout["arrays"], arrays, strict=True))
    assert len(layout["asks"]) <= MOST
    assert found["way"].sum() == len(large.path)
    assert found["hidden"].sum() + len(layout["asks"]) == layout["nodes"] == len(large.yes)
    assert all(found["up"][1:] < np.arange(1, len(found["up"])))
    assert len(png(large)) < 400_000
    assert f"{len(large.path) - 1} questions" in str(large)


def test_what_is_shown_is_the_way_and_the_largest(large):
    kept = shown(large, 101)
    assert set(large.path) <= set(kept)
    left = [n for n in kept if large.yes[n] >= 0 and int(large.yes[n]) not in kept]
    opened = [n for n in kept if large.yes[n] >= 0 and int(large.yes[n]) in kept and n not in large.path]
    assert max(large.cover[left]) <= min(large.cover[opened]) + 1e-12
    assert below(large, 0) == len(large.yes) - 1


def test_text_says_every_step_and_the_frame_has_every_node():
    from sklearn.tree import DecisionTreeClassifier

    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(frame, labels(ROWS))
    e = explain(model, frame.iloc[[2]])
    for name, holds, own in way(e):
        assert f"{name} {holds} ({own})" in str(e)
        sign, cut = holds.split()
        assert (float(own) <= float(cut)) == (sign == "≤")
    found = e.to_frame()
    assert found.node[found.path].tolist() == sorted(e.path)
    assert len(found) == model.tree_.node_count
    assert "<h1>Decision tree" in e.to_html()


def test_a_cut_has_the_digits_that_the_row_needs():
    assert cut_words(16.795000076) == "16.8"
    assert cut_words(16.795000076, "16.797", False) == "16.795"
    assert cut_words(1e-35) == "0"


# what is refused


def test_refusals_say_what_is_there():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeRegressor

    forest = RandomForestClassifier(3, random_state=0).fit(ROWS, labels(ROWS))
    with pytest.raises(ValueError, match="tree must be a number from 0 to 2; got 3"):
        explain(forest, ROWS[0], tree=3)
    with pytest.raises(ValueError, match="the model has one tree"):
        explain(DecisionTreeRegressor().fit(ROWS, ROWS[:, 0]), ROWS[0], tree=1)
    with pytest.raises(ValueError, match="needs a decision tree, or an ensemble of trees"):
        explain(LogisticRegression().fit(ROWS, labels(ROWS)), ROWS[0])
    with pytest.raises(ValueError, match="not a function of the outputs"):
        explain(forest, ROWS[0], target=lambda out: out[:, 0])
    with pytest.raises(Exception, match="not fitted"):
        explain(DecisionTreeRegressor(), ROWS[0])


def test_a_tree_of_one_leaf_and_several_outputs():
    from sklearn.tree import DecisionTreeRegressor

    alone = explain(DecisionTreeRegressor().fit(ROWS, np.ones(len(ROWS))), ROWS[0])
    assert alone.path.tolist() == [0]
    assert "single leaf" in str(alone)
    assert png(alone).startswith(b"\x89PNG")
    both = DecisionTreeRegressor(max_depth=3).fit(ROWS, ROWS[:, :2])
    for k in (0, 1):
        e = explain(both, ROWS[0], target=k)
        assert e.value[e.path[-1]] == pytest.approx(both.predict(ROWS[:1])[0, k])


def test_of_ten_thousand_trees_one_is_read(monkeypatch):
    from sklearn.ensemble import RandomForestRegressor

    from jupyter_explain.models.readers import sklearn as reader

    forest = RandomForestRegressor(40, random_state=0).fit(ROWS, ROWS[:, 0])
    forest.estimators_ = forest.estimators_ * 250
    whole, read = reader.tree_of, []
    monkeypatch.setattr(reader, "tree_of", lambda *facts: read.append(1) or whole(*facts))
    found = reader.one(forest, 0, 9_999)
    assert found.count == 10_000
    assert read == [1]


def test_a_booster_without_trees_is_named():
    xgboost = pytest.importorskip("xgboost")
    rows = np.random.default_rng(0).normal(size=(40, 3))
    model = xgboost.XGBRegressor(booster="gblinear", n_estimators=3).fit(rows, rows[:, 0])
    with pytest.raises(ValueError, match="XGBoost: the booster must be made of trees.*got 'gblinear'") as caught:
        jx.explain(model, rows[0], "decision_tree")
    assert type(caught.value) is ValueError
