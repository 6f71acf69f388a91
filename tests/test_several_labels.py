"""Classifiers that decide several things at once, score pairs of classes, or were chosen by a search."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import jupyter_explain as jx
from jupyter_explain.models import wrap

ROWS = np.random.default_rng(0).normal(size=(90, 3))
LABELS = np.c_[ROWS[:, 0] > 0, ROWS[:, 1] > 0].astype(int)
SORTS = np.digitize(ROWS[:, 2], [-0.5, 0.5])

FOREST = RandomForestClassifier(5, random_state=0)
LISTS = {
    "forest": FOREST,
    "neighbours": KNeighborsClassifier(),
    "one each": MultiOutputClassifier(LogisticRegression()),
    "pipeline": make_pipeline(StandardScaler(), FOREST),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_probabilities_is_one_output_per_label(name):
    model = LISTS[name].fit(ROWS, LABELS)
    wrapped = wrap(model)
    assert (wrapped.outputs, wrapped.classes) == (("label 0", "label 1"), False)
    p = np.stack([q[:, 1] for q in model.predict_proba(ROWS)], axis=1)
    np.testing.assert_allclose(wrapped.predict(ROWS), p)
    e = jx.explain(model, ROWS[3], "exact_shap", baseline=ROWS[:20], target="label 1")
    assert (e.output, e.base) == (pytest.approx(p[3, 1]), pytest.approx(p[:20, 1].mean()))
    logit = wrap(
        make_pipeline(StandardScaler(), MultiOutputClassifier(LogisticRegression())).fit(ROWS, LABELS), link="logit"
    )
    assert np.ptp(logit.predict(ROWS)) > 1


@pytest.mark.parametrize(
    "model",
    [
        ClassifierChain(LogisticRegression()),
        OneVsRestClassifier(LogisticRegression()),
        MLPClassifier((4,), max_iter=20),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_labels_beside_each_other_are_no_classes(model):
    wrapped = wrap(model.fit(ROWS, LABELS))
    assert (wrapped.outputs, wrapped.classes) == (("label 0", "label 1"), False)
    e = jx.explain(model, ROWS[3], "counterfactual", baseline=ROWS, target=0, samples=400)
    assert "label 0" in e.goal


def test_several_answers_with_more_than_two_classes():
    model = DecisionTreeClassifier(max_depth=3).fit(ROWS, np.c_[SORTS, LABELS[:, 0]])
    wrapped = wrap(model)
    assert wrapped.outputs == ("label 0 is 0", "label 0 is 1", "label 0 is 2", "label 1")
    np.testing.assert_allclose(wrapped.predict(ROWS)[:, :3], model.predict_proba(ROWS)[0])


def test_scores_of_pairs_of_classes_are_named_after_pairs():
    sorts = np.array(["x", "y", "z"])[SORTS]
    model = make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo")).fit(ROWS, sorts)
    wrapped = wrap(model)
    assert wrapped.outputs == ("x against y", "x against z", "y against z")
    assert not wrapped.classes
    scores = wrapped.predict(ROWS)
    sure = (scores[:, :2] > 0).all(1)  # x wins both of its duels
    assert sure.any()
    assert set(model.predict(ROWS)[sure]) == {"x"}
    assert wrap(SVC().fit(ROWS, sorts)).outputs == ("x", "y", "z")


def test_what_a_search_has_chosen_is_explained():
    search = GridSearchCV(RandomForestClassifier(5, random_state=0), {"max_depth": [2, 3]}, cv=2).fit(
        ROWS, LABELS[:, 0]
    )
    e = jx.explain(search, ROWS[3], "tree_shap", baseline=ROWS[:10])
    exact = jx.explain(search, ROWS[3], "exact_shap", baseline=ROWS[:10])
    np.testing.assert_allclose(e.values, exact.values, atol=1e-12)
    jx.explain(search, ROWS[3], "decision_tree")


def test_a_tuple_of_numbers_is_a_row():
    model = Ridge().fit(ROWS, ROWS[:, 0])
    e = jx.explain(model, tuple(ROWS[3].tolist()), "exact_shap", baseline=ROWS)
    np.testing.assert_allclose(e.values, jx.explain(model, ROWS[3], "exact_shap", baseline=ROWS).values)
    with pytest.raises(ValueError, match="Ridge: x must be one row or table, not several inputs; got a tuple of 2"):
        jx.explain(model, (ROWS[3], ROWS[4]), "exact_shap")


def test_no_margin_says_which_links_there_are():
    with pytest.raises(ValueError, match=r"Ridge: has no margin .* must be 'identity'; got 'margin'"):
        wrap(Ridge().fit(ROWS, ROWS[:, 0]), link="margin")
