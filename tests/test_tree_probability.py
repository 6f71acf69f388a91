"""Tree SHAP on the probability of a boosted classifier: its definition, its axioms, and shap's own values."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import ensemble
from sklearn.datasets import load_breast_cancer, load_wine
from test_tree_shap import integers

import jupyter_explain as jx
from jupyter_explain.models import trees
from jupyter_explain.treeshap import attributions, curved
from jupyter_explain.treeshap.curved import few_weightings, logistic, slopes

X, Y = load_breast_cancer(return_X_y=True)
PLAYERS = np.arange(30) // 2


@pytest.fixture(scope="module")
def model():
    return ensemble.GradientBoostingClassifier(n_estimators=40, max_depth=4, random_state=0).fit(X, Y)


def by_hand(found, codes, players, background):
    """Against each background row, the values of the margin times (change of probability) / (change of margin)."""
    margin, total = found.scores(codes)[:, 0], 0.0
    for other in background:
        phi, base = attributions(found, codes, players, other[None], lambda: None)
        step = margin - base
        rise = logistic(margin) - logistic(np.array([base]))
        total = total + phi * (rise / np.where(step == 0, 1, step))[:, None]
    return total / len(background)


@pytest.mark.parametrize("players", [np.arange(30), PLAYERS], ids=["columns", "groups"])
@pytest.mark.parametrize("n", [1, 3, 200])
def test_values_are_their_definition(model, players, n):
    """One row, rows fewer than the weightings that stand for many, and many."""
    found = trees.read(model).single(0)
    codes, background = found.encode(X[:n]), found.encode(X[300:340])
    *_, got = curved(found, codes, players, background, lambda: None)
    np.testing.assert_allclose(got.values, by_hand(found, codes, players, background), atol=1e-10)
    assert got.base == pytest.approx(logistic(found.scores(background)[:, 0]).mean(), abs=1e-12)


@pytest.mark.parametrize("reach", [0.0, 1e-5, 3.0, 40.0, 300.0])
def test_few_weightings_stand_for_many_rows(reach):
    rng = np.random.default_rng(0)
    margins, others = rng.uniform(-reach, reach, 5000), rng.uniform(-reach, reach, 200)
    shares, weights = few_weightings(margins, others)
    assert len(weights) < 120
    np.testing.assert_allclose(shares @ weights, slopes(margins, others), atol=1e-10)


def test_margins_of_a_model_that_diverged():
    """Ten orders of magnitude apart, they would ask one polynomial for a degree that no memory holds."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(600, 5))
    labels = data[:, 0] * data[:, 1] + rng.normal(size=600) / 2 > 0
    wild = ensemble.GradientBoostingClassifier(learning_rate=5.0, random_state=0).fit(data, labels)
    assert np.ptp(wild.decision_function(data)) > 1e8
    many = jx.explain(wild, data, "tree_shap", baseline=data[:50], link="probability", target=1)
    np.testing.assert_allclose(many.gap, 0, atol=1e-11)
    for k in range(0, 600, 60):
        one = jx.explain(wild, data[k], "tree_shap", baseline=data[:50], link="probability", target=1)
        np.testing.assert_allclose(many.values[k], one.values, atol=1e-11)


def test_slopes_of_near_and_far_margins():
    at = np.array([-800.0, -30.0, -1.0, 0.0, 1.0, 30.0, 800.0])
    own = logistic(at) * (1 - logistic(at))
    np.testing.assert_allclose(np.diag(slopes(at, at)), own, atol=1e-15)
    np.testing.assert_allclose(np.diag(slopes(at, at + 1.001e-4)), own, atol=1e-4)
    assert slopes(at, at)[0, -1] == pytest.approx(1 / 1600)


def test_probability_of_either_class(model):
    one, other = (
        jx.explain(model, X[:5], "tree_shap", link="probability", target=k, baseline=X[50:90]) for k in (1, 0)
    )
    np.testing.assert_array_equal(one.values, -other.values)
    np.testing.assert_allclose(one.output, model.predict_proba(X[:5])[:, 1], atol=1e-12)
    np.testing.assert_allclose(one.base, model.predict_proba(X[50:90])[:, 1].mean(), atol=1e-12)
    np.testing.assert_allclose(other.base, 1 - one.base, atol=1e-12)
    np.testing.assert_allclose(other.values.sum(1) + other.base, other.output, atol=1e-12)
    assert one.unit == "probability"
    assert any("permutation_shap estimates the Shapley values of the probability" in n for n in one.notes)


def test_one_column_that_matters_gets_the_whole_change(model):
    """With one player these are the Shapley values, whatever the curve."""
    e = jx.explain(model, X[0], "tree_shap", link="probability", baseline=X[40:90], groups=np.zeros(30, int))
    assert e.values.sum() == pytest.approx(e.output - e.base, abs=1e-12)
    bare = jx.explain(model, X[0], "tree_shap", link="probability", baseline=X[0])
    np.testing.assert_array_equal(bare.values, 0)


def test_without_a_baseline_one_is_chosen_and_the_cover_is_refused(model):
    e = jx.explain(model, X[0], "tree_shap", link="probability")
    assert e.baseline
    assert "cover" not in e.baseline
    with pytest.raises(
        ValueError, match=r"perturbation 'path' needs an output that is a sum over trees .*link='margin'"
    ):
        jx.explain(model, X[0], "tree_shap", link="probability", perturbation="path")


def test_many_classes_are_refused_with_the_way_out():
    data, labels = load_wine(return_X_y=True)
    model = ensemble.HistGradientBoostingClassifier(max_iter=5).fit(data, labels)
    with pytest.raises(ValueError, match=r"Tree SHAP: needs a tree ensemble .*with two classes"):
        jx.explain(model, data[0], "tree_shap", link="probability")
    xgboost = pytest.importorskip("xgboost")
    bare = xgboost.train({"objective": "multi:softprob", "num_class": 3}, xgboost.DMatrix(data, labels), 3)
    with pytest.raises(ValueError, match=r"no curve of a sum; use link='margin' or permutation_shap; got 3 classes"):
        jx.explain(bare, data[0], "tree_shap", link="probability")


def test_other_curves_are_refused_with_the_way_out():
    model = ensemble.GradientBoostingClassifier(loss="exponential", n_estimators=5).fit(X, Y)
    with pytest.raises(
        ValueError, match=r"must be the logistic function of the sum of its trees \(try link='margin'\)"
    ):
        jx.explain(model, X[0], "tree_shap", link="probability")


def test_nobody_gets_these_values_unasked(model):
    assert jx.explain(model, X[0], "tree_shap").unit == "margin"
    assert jx.explain(model, X[0], link="probability", samples=500).method != "tree_shap"


def test_the_live_choice_of_the_cover_is_shut(model):
    ex = jx.explore(model, X[:20], method="tree_shap", link="probability")
    try:
        assert ex.wait(30).unit == "probability"
        [control] = [c for c in ex._panel["settings"] if c["name"] == "perturbation"]
        assert "sum over trees" in str(control)
    finally:
        ex.close()


@pytest.mark.parametrize("library", ["sklearn", "xgboost", "lightgbm"])
def test_agrees_with_shap(library):
    shap = pytest.importorskip("shap")
    data = integers()
    labels = data[:, 0] + data[:, 1] * data[:, 2] / 40 > 35
    if library == "sklearn":
        model = ensemble.GradientBoostingClassifier(n_estimators=20, max_depth=4)
    else:
        name = {"xgboost": "XGBClassifier", "lightgbm": "LGBMClassifier"}[library]
        model = getattr(pytest.importorskip(library), name)(n_estimators=20, max_depth=4)
    model.fit(data, labels)
    peer = shap.TreeExplainer(model, data[200:300], model_output="probability", feature_perturbation="interventional")
    for n in (1, 150):
        got = jx.explain(model, data[:n], "tree_shap", baseline=data[200:300], link="probability", target=1)
        np.testing.assert_allclose(got.values, peer.shap_values(data[:n]), atol=1e-6)


def test_a_dataset_is_explained_so_only_when_asked(model):
    """With one baseline for all rows, and said; by itself the summary samples."""
    e = jx.explain(model, X[:40], "attribution_summary", of="tree_shap", link="probability", target=1, seed=3)
    rows = jx.explain(model, X[:40], "tree_shap", link="probability", target=1, baseline=X[:40])
    np.testing.assert_allclose(e.values, rows.values[e.rows], atol=1e-12)
    assert any("scaled to add up to the change of probability" in n for n in e.notes)
    assert jx.explain(model, X[:10], "attribution_summary", samples=2000, each=64).of == "permutation_shap"
