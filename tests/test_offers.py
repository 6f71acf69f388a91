"""What the controls of a method offer is not refused; what does not apply is shown, with the reason, and is refused."""

from __future__ import annotations

import numpy as np
import pytest
from checks import WITH_DATA, Case
from zoo import ZOO

import jupyter_explain as jx
from jupyter_explain.inquiry import Ask, begin
from jupyter_explain.method import METHODS
from jupyter_explain.offered import offered
from jupyter_explain.offers import players

ANIMALS = ("forest", "function", "logistic", "pipeline", "torch_cnn", "torch_vit", "torch_sequence", "text_transformer")
CASES = [Case(m, ZOO[a](), f"{m}-{a}") for a in ANIMALS for m in METHODS if METHODS[m].settings]


def controls(case: Case) -> list[dict]:
    inquiry = case.open()
    return offered(inquiry.method, inquiry.question.model, inquiry.question.input, inquiry.question)


def choices(control: dict) -> list:
    return control["choices"] if control["kind"] == "choice" else [True, False] if control["kind"] == "bool" else []


def ask(case: Case, name: str, value: object) -> None:
    asked = Ask(baseline=case.animal.baseline, data=case.data)
    settings = {**case.animal.options, name: value}
    assert begin(case.animal.model, case.animal.x, case.method, asked, settings).step() is not None


@pytest.mark.parametrize("case", [c for c in CASES if c.applies()], ids=lambda c: c.name)
def test_what_is_offered_is_not_refused(case):
    for control in controls(case):
        for value in choices(control):
            if value not in control["shut"]:
                ask(case, control["name"], value)
                continue
            with pytest.raises(ValueError, match=rf"{control['name']} '{value}' needs .*; got "):
                ask(case, control["name"], value)


def test_some_choices_are_shut():
    """So that the test above says something about them."""
    found = {
        (c.method, control["name"], choice)
        for c in CASES
        if c.applies() and c.name.partition("-")[2] in (*WITH_DATA, "text_transformer")
        for control in controls(c)
        for choice in control["shut"]
    }
    assert {
        ("lime", "distance", "cosine"),
        ("infidelity", "perturbation", "noise"),
        ("feature_distributions", "by", "labels"),
        ("attribution_summary", "of", "linear_shap"),
    } <= found


def panel_of(model, x, method, **options):
    with jx.explore(model, x, method=method, samples=64, **options) as ex:
        ex.wait(60)
        return ex._panel


def shut_of(found, name):
    return next(s["shut"] for s in found["settings"] if s["name"] == name)


ROWS = np.random.default_rng(0).normal(size=(30, 4))
GROUPS = [["x0", "x1"], ["x2"], ["x3"]]


def linear(rows):
    return rows @ np.array([1.0, 2.0, 0.0, -1.0])


def test_groups_turn_what_lime_offers_around():
    plain, joined = (panel_of(linear, ROWS, "lime", groups=g) for g in (None, GROUPS))
    assert (list(shut_of(plain, "distance")), list(shut_of(plain, "neighbourhood"))) == (["cosine"], [])
    assert (list(shut_of(joined, "distance")), list(shut_of(joined, "neighbourhood"))) == ([], ["training"])


def test_training_rows_are_needed_and_suffice():
    assert list(shut_of(panel_of(linear, ROWS[0], "lime"), "neighbourhood")) == ["training"]
    assert shut_of(panel_of(linear, ROWS[0], "lime", baseline=ROWS), "neighbourhood") == {}


def test_labels_open_what_needs_them():
    assert list(shut_of(panel_of(linear, ROWS, "feature_distributions"), "by")) == ["labels"]
    assert shut_of(panel_of(linear, ROWS, "feature_distributions", labels=linear(ROWS)), "by") == {}


@pytest.mark.parametrize(("columns", "offered"), [(14, True), (15, False)])
def test_exact_shap_is_offered_for_as_many_players_as_it_takes(columns, offered):
    rows = np.random.default_rng(0).normal(size=(20, columns))
    found = panel_of(lambda r: r.sum(1), rows, "deletion")
    (reason,) = [m["reason"] for m in found["methods"] if m["name"] == "exact_shap"]
    assert reason == (None if offered else "Exact SHAP takes at most 14 players, and here are 15")
    (of,) = [s for s in found["settings"] if s["name"] == "of"]
    assert ("exact_shap" in of["choices"]) == offered


def test_players_that_change_nothing_are_not_counted():
    picture = np.zeros((1, 1, 8, 8))
    picture[..., 2:5, 2:5] = 1.0
    q = begin(lambda r: r.sum((1, 2, 3)), picture, "occlusion", Ask(baseline="black"), {}).question
    assert players(q) == 9
    large = np.random.default_rng(0).random((1, 3, 80, 80))
    assert players(begin(lambda r: r.sum((1, 2, 3)), large, "occlusion", Ask(), {}).question) == 64


def test_numbers_of_trees_end_at_the_last():
    forest = ZOO["forest"]().model
    (tree,) = panel_of(forest, ROWS[:, : forest.n_features_in_], "decision_tree")["settings"]
    assert tree["high"] == len(forest.estimators_) - 1


def test_one_tree_needs_no_number():
    from sklearn.tree import DecisionTreeRegressor

    alone = DecisionTreeRegressor(max_depth=2).fit(ROWS, linear(ROWS))
    assert panel_of(alone, ROWS, "decision_tree")["settings"] == []


def test_windows_are_not_for_tables():
    names = {s["name"] for s in panel_of(linear, ROWS, "occlusion")["settings"]}
    assert names == set()


def test_what_is_about_pairs_is_not_offered_for_one_column():
    found = panel_of(lambda r: r[:, 0], ROWS[:, :1], "partial_dependence")["methods"]
    reasons = {m["name"]: m["reason"] for m in found}
    assert reasons["h_statistic"] == "H-statistic needs two columns or more"
    assert reasons["decision_boundary"] == "Decision boundary needs two columns or more"


@pytest.mark.parametrize(
    ("name", "title", "most"), [("shap_interactions", "SHAP interactions", 200), ("kernel_shap", "Kernel SHAP", 1000)]
)
def test_what_takes_too_many_columns_is_not_offered(name, title, most):
    rows = np.random.default_rng(0).normal(size=(20, most + 1))
    found = panel_of(lambda r: r.sum(1), rows, "occlusion")["methods"]
    (reason,) = [m["reason"] for m in found if m["name"] == name]
    assert reason == f"{title} takes at most {most} players, and here are {most + 1}"
