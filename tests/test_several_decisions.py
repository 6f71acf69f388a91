"""Classifiers that decide several things at once, and what a grid search found."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import jupyter_explain as jx
from jupyter_explain.models import wrap

X = np.random.default_rng(3).normal(size=(160, 4))
BOTH = np.stack([X[:, 0] > 0, X[:, 1] * X[:, 2] > 0], axis=1).astype(int)
WORDS = np.stack(
    [np.where(X[:, 0] > 0, "up", "down"), np.array(["a", "b", "c"])[np.digitize(X[:, 1], [-1, 1])]], axis=1
)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(5, random_state=0),
        MultiOutputClassifier(LogisticRegression()),
        ClassifierChain(LogisticRegression()),
        MLPClassifier((4,), max_iter=5, random_state=0),
        make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3, random_state=0)),
    ],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.filterwarnings("ignore")
def test_each_yes_or_no_is_one_output(model):
    model.fit(X, BOTH)
    found = model.predict_proba(X)
    yes = np.stack([p[:, 1] for p in found], axis=1) if isinstance(found, list) else found
    assert np.allclose(wrap(model).predict(X), yes)
    e = jx.explain(model, X[0], "exact_shap", baseline=X[:20], target=1)
    assert e.output == pytest.approx(yes[0, 1])
    assert e.base == pytest.approx(yes[:20, 1].mean())
    other = jx.explain(model, X[0], "counterfactual", baseline=X, target=1, samples=3000)
    assert other.rows is not None
    assert "0.5" in str(other)


def test_names_of_several_decisions():
    model = wrap(ExtraTreesClassifier(3, random_state=0).fit(X, WORDS))
    assert model.outputs == ("label 0 is up", "label 1 is a", "label 1 is b", "label 1 is c")
    assert not model.classes
    assert model.predict(X).shape == (160, 4)


@pytest.mark.parametrize("labels", [BOTH, WORDS], ids=["flags", "words"])
def test_trees_of_several_decisions(labels):
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, labels)
    for k in range(wrap(model).predict(X[:1]).shape[1]):
        e = jx.explain(model, X[3], "tree_shap", baseline=X[:20], target=k)
        exact = jx.explain(model, X[3], "exact_shap", baseline=X[:20], target=k)
        assert np.allclose(e.values, exact.values, atol=1e-12)
    assert jx.explain(model, X[3], "decision_tree").values.shape[1] == wrap(model).predict(X[:1]).shape[1]


def test_a_grid_search_is_its_best_estimator():
    search = GridSearchCV(RandomForestClassifier(5, random_state=0), {"max_depth": [2, 4]}, cv=2).fit(X, BOTH[:, 1])
    mine = jx.explain(search, X[3], "tree_shap", baseline=X[:20])
    best = jx.explain(search.best_estimator_, X[3], "tree_shap", baseline=X[:20])
    assert np.array_equal(mine.values, best.values)
    assert mine.output == pytest.approx(search.predict_proba(X[3:4]).max())
    jx.explain(search, X[3], "decision_tree")
    ridge = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [1.0]}, cv=2).fit(X, X[:, 0])
    assert jx.explain(ridge, X[3], "linear_shap", baseline=X).gap == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="fitted"):
        jx.explain(GridSearchCV(Ridge(), {"alpha": [1.0]}), X[3], "exact_shap", baseline=X)


def test_clusters_are_told_the_way_out():
    model = KMeans(3, n_init=1, random_state=0).fit(X)
    with pytest.raises(ValueError, match="KMeans: clusters have no scores; pass a function.*transform"):
        jx.explain(model, X[0], "exact_shap", baseline=X[:20])
    e = jx.explain(lambda rows: -model.transform(rows), X[0], "exact_shap", baseline=X[:20])
    assert e.target == str(model.predict(X[:1])[0])
