"""The arrays read from each library's trees answer as the library does, on thresholds and with gaps too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble, tree
from sklearn.datasets import load_breast_cancer, load_wine

import jupyter_explain as jx
from jupyter_explain.models import trees, wrap

RNG = 7
X2, Y2 = load_breast_cancer(return_X_y=True)
X3, Y3 = load_wine(return_X_y=True)
X2 = X2[:, :12]
GAPS = np.where(np.random.default_rng(0).random(X2.shape) < 0.1, np.nan, X2)


def rows_for(found, X, gaps, n=200):
    """Random rows; in most of them some numbers lie on a threshold, or one rounding step beside it."""
    rng = np.random.default_rng(RNG)
    rows = rng.normal(X.mean(0), X.std(0), (n, X.shape[1]))
    split = np.flatnonzero((found.left >= 0) & np.isfinite(found.threshold) & (found.category < 0))
    for row in rows[n // 4 :]:
        for node in rng.choice(split, 5):
            t = found.threshold[node]
            single = np.float32(t)
            beside = [
                t,
                np.nextafter(t, np.inf),
                np.nextafter(t, -np.inf),
                float(np.nextafter(single, np.float32(1e30))),
            ]
            row[found.feature[node]] = rng.choice([*beside, float(single), t + 1e-9])
    if gaps:
        rows[rng.random(rows.shape) < 0.1] = np.nan
    return rows


def agree(model, want, X=X2, gaps=False, close=1e-12):
    found = trees.read(model)
    rows = rows_for(found, X, gaps)
    expected = np.asarray(want(rows), float).reshape(len(rows), -1)
    np.testing.assert_allclose(found.scores(found.encode(rows)), expected, rtol=close, atol=close)
    return found


@pytest.mark.parametrize("kind", ["DecisionTree", "ExtraTree"])
def test_single_trees(kind):
    model = getattr(tree, f"{kind}Classifier")(max_depth=6, random_state=0).fit(X3, Y3)
    assert agree(model, model.predict_proba, X3).unit == "probability"
    model = getattr(tree, f"{kind}Regressor")(random_state=0).fit(X2, Y2)
    assert agree(model, model.predict).unit == "output"


@pytest.mark.parametrize("kind", ["RandomForest", "ExtraTrees"])
def test_forests(kind):
    model = getattr(ensemble, f"{kind}Classifier")(12, random_state=0).fit(X3, Y3)
    agree(model, model.predict_proba, X3)
    two = np.column_stack([Y2, X2[:, 0]])
    model = getattr(ensemble, f"{kind}Regressor")(8, max_depth=5, random_state=0).fit(X2, two)
    agree(model, model.predict)


def test_forest_with_gaps_and_weights():
    model = ensemble.RandomForestClassifier(10, class_weight={0: 1, 1: 7}, random_state=0).fit(GAPS, Y2)
    agree(model, model.predict_proba, gaps=True)


@pytest.mark.parametrize("init", ["zero", None])
def test_gradient_boosting(init):
    model = ensemble.GradientBoostingClassifier(n_estimators=15, init=init, random_state=0).fit(X3, Y3)
    agree(model, model.decision_function, X3)
    model = ensemble.GradientBoostingRegressor(n_estimators=15, init=init, random_state=0).fit(X2, 10 + X2[:, 0])
    agree(model, model.predict)


def test_gradient_boosting_on_another_estimator_is_refused():
    model = ensemble.GradientBoostingRegressor(init=tree.DecisionTreeRegressor(max_depth=1), n_estimators=2).fit(X2, Y2)
    with pytest.raises(ValueError, match=r"initial estimator that is not a constant.*; got init=DecisionTreeRegressor"):
        trees.read(model)


def test_histogram_boosting():
    model = ensemble.HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(GAPS, Y2)
    agree(model, model.decision_function, gaps=True)
    model = ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(X3, Y3)
    agree(model, model.decision_function, X3, gaps=True)


def test_isolation_forest_path_lengths_give_its_score():
    model = ensemble.IsolationForest(n_estimators=20, max_samples=100, max_features=0.5, random_state=0).fit(X2)
    found = trees.read(model)
    rows = rows_for(found, X2, False)
    harmonic = 2 * (np.log(99) + np.euler_gamma) - 2 * 99 / 100
    score = -(2 ** (-found.scores(found.encode(rows))[:, 0] / harmonic))
    np.testing.assert_allclose(score, model.score_samples(rows), rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"booster": "dart", "rate_drop": 0.4}, {"num_parallel_tree": 3}])
def test_xgboost(options):
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=12, **options).fit(X3, Y3)
    agree(model, lambda r: model.predict(r, output_margin=True), X3, gaps=True, close=1e-5)
    model = xgboost.XGBRegressor(n_estimators=12, objective="count:poisson", **options).fit(X2, Y2)
    agree(model, lambda r: model.predict(r, output_margin=True), gaps=True, close=1e-5)


def test_xgboost_missing_number_and_early_stopping():
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=60, missing=-1, early_stopping_rounds=2, learning_rate=1.0)
    model.fit(np.where(np.isnan(GAPS), -1, GAPS)[::2], Y2[::2], eval_set=[(X2[1::2], Y2[1::2])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    found = trees.read(model)
    rows = np.where(np.isnan(GAPS), -1, GAPS)[:200]
    margin = model.predict(rows, output_margin=True)
    np.testing.assert_allclose(found.scores(found.encode(rows))[:, 0], margin, atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}])
def test_lightgbm(options):
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, **options).fit(X3, Y3)
    agree(model, lambda r: model.predict(r, raw_score=True), X3, gaps=True)
    for data in (X2, GAPS):
        model = lightgbm.LGBMRegressor(n_estimators=10, verbose=-1, **options).fit(data, Y2)
        agree(model, model.predict, gaps=True)


def test_lightgbm_zero_as_missing():
    lightgbm = pytest.importorskip("lightgbm")
    data = np.where(np.random.default_rng(1).random(X2.shape) < 0.3, 0.0, X2)
    model = lightgbm.LGBMRegressor(n_estimators=10, zero_as_missing=True, verbose=-1).fit(data, Y2)
    found = trees.read(model)
    np.testing.assert_allclose(found.scores(found.encode(data))[:, 0], model.predict(data), atol=1e-12)


def categories(n=400):
    """A frame with categories, numbers and gaps, and a target that depends on them."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "town": pd.Categorical(rng.choice(list("pqrs"), n)),
            "code": pd.Categorical(rng.choice([3, 7, 9, 11, 15], n)),
            "age": rng.normal(size=n),
        }
    )
    target = (frame["size"] > 0) * 1.0 + frame.town.isin(["q", "s"]) * 2 + frame.code.isin([7, 15]) + frame.age / 10
    frame.loc[rng.random(n) < 0.1, "town"] = None
    frame.loc[rng.random(n) < 0.1, "size"] = np.nan
    return frame, target.to_numpy()


def by_category(kind):
    if kind == "histogram":
        return ensemble.HistGradientBoostingRegressor(max_iter=15, categorical_features="from_dtype", random_state=0)
    if kind == "lightgbm":
        return pytest.importorskip("lightgbm").LGBMRegressor(n_estimators=15, min_data_per_group=5, verbose=-1)
    xgboost = pytest.importorskip("xgboost")
    return xgboost.XGBRegressor(n_estimators=15, max_depth=3, enable_categorical=True, max_cat_to_onehot=2)


@pytest.mark.parametrize("kind", ["histogram", "lightgbm", "xgboost"])
def test_categories_of_frames(kind):
    frame, target = categories()
    model = by_category(kind).fit(frame, target)
    found = trees.read(model)
    assert (found.category >= 0).any()
    other = frame.copy()
    other["town"] = other["town"].cat.reorder_categories(list("srqp"))
    for rows in (frame, other):
        np.testing.assert_allclose(found.scores(found.encode(rows))[:, 0], model.predict(rows), atol=1e-5)


def test_categories_as_numbers_with_unseen_ones():
    rng = np.random.default_rng(4)
    rows = np.column_stack([rng.integers(0, 12, 400), rng.normal(size=400), rng.integers(0, 5, 400)]).astype(float)
    target = np.isin(rows[:, 0], [1, 5, 7]) + rows[:, 1] + np.isin(rows[:, 2], [0, 3])
    model = ensemble.HistGradientBoostingRegressor(max_iter=15, categorical_features=[0, 2]).fit(rows, target)
    rows[::3, 0], rows[1::5, 2] = 14, np.nan
    found = trees.read(model)
    np.testing.assert_allclose(found.scores(found.encode(rows))[:, 0], model.predict(rows), atol=1e-12)


def test_bare_boosters_answer_like_their_wrappers():
    xgboost, lightgbm = pytest.importorskip("xgboost"), pytest.importorskip("lightgbm")
    for wrapped, bare in (
        (a := xgboost.XGBClassifier(n_estimators=4).fit(X2, Y2), a.get_booster()),
        (b := lightgbm.LGBMClassifier(n_estimators=4, verbose=-1).fit(X2, Y2), b.booster_),
    ):
        for link in ("identity", "margin"):
            one, other = wrap(wrapped, link=link), wrap(bare, link=link)
            np.testing.assert_allclose(one.predict(X2[:9]), other.predict(X2[:9]), rtol=1e-6)
            assert ("trees" in other.can) == (link == "margin")


def test_read_once_until_fitted_again():
    model = ensemble.RandomForestRegressor(3, random_state=0).fit(X2, Y2)
    first = trees.read(model)
    assert trees.read(model) is first
    model.fit(X2, 1 - Y2)
    second = trees.read(model)
    assert second is not first
    np.testing.assert_allclose(second.scores(second.encode(X2[:5]))[:, 0], model.predict(X2[:5]))


def test_unfitted_and_unreadable_are_refused():
    with pytest.raises((ValueError, TypeError)):
        jx.explain(ensemble.RandomForestRegressor(), X2[0], "tree_shap")
    with pytest.raises(ValueError, match=r"must be fitted; got a model that is not"):
        trees.read(tree.DecisionTreeRegressor())
    with pytest.raises(TypeError, match=r"tree ensemble that can be read; got AdaBoostRegressor"):
        trees.read(ensemble.AdaBoostRegressor())
