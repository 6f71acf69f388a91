"""Tree SHAP through Pipelines whose steps treat every column by itself: raw columns are the players."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from test_tree_shap import by_cover, shapley

import jupyter_explain as jx
from jupyter_explain.models import trees
from jupyter_explain.models.columnwise import fed


def frame(n=240):
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        {
            "age": rng.normal(40, 9, n),
            "town": rng.choice(["Bern", "Kyiv", "Lima"], n),
            "size": rng.choice(["S", "M", "L"], n),
            "income": rng.lognormal(size=n),
        }
    )
    target = rows.age / 9 + (rows.town == "Lima") * rows.income + (rows["size"] == "S") * (rows.town == "Kyiv")
    rows.loc[rng.random(n) < 0.1, "age"] = np.nan
    return rows, target.to_numpy()


def encoded():
    """Imputed and scaled, one-hot, ordinal, logarithm: columns made in another order than they came."""
    size = preprocessing.OrdinalEncoder(categories=[["S", "M", "L"]])
    number = make_pipeline(SimpleImputer(add_indicator=True), preprocessing.StandardScaler())
    parts = [
        ("town", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["town"]),
        ("income", preprocessing.FunctionTransformer(np.log1p), ["income"]),
        ("age", number, ["age"]),
        ("size", size, ["size"]),
    ]
    return ColumnTransformer(parts, sparse_threshold=1.0)


def model_of(kind):
    rows, y = frame()
    final = {
        "forest": lambda: ensemble.RandomForestRegressor(8, max_depth=5, random_state=0),
        "boosting": lambda: ensemble.GradientBoostingRegressor(n_estimators=15, random_state=0),
        "xgboost": lambda: pytest.importorskip("xgboost").XGBRegressor(n_estimators=15, max_depth=3, n_jobs=1),
        "lightgbm": lambda: pytest.importorskip("lightgbm").LGBMRegressor(n_estimators=15, n_jobs=1, verbose=-1),
    }[kind]()
    return make_pipeline(encoded(), final).fit(rows, y), rows


@pytest.mark.parametrize("kind", ["forest", "boosting", "xgboost", "lightgbm"])
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_interventional_values_of_raw_columns_are_those_of_enumeration(kind):
    model, rows = model_of(kind)
    background = rows.iloc[100:130]
    for r in (0, 7):
        e = jx.explain(model, rows.iloc[[r]], "tree_shap", baseline=background)
        want = jx.explain(model, rows.iloc[[r]], "exact_shap", baseline=background)
        assert e.values.shape == want.values.shape
        np.testing.assert_allclose(e.values, want.values, atol=2e-6 if kind == "xgboost" else 1e-10)
        assert e.base + e.values.sum() == pytest.approx(e.output, abs=1e-5)


def test_path_values_of_raw_columns_are_their_definition():
    model, rows = model_of("boosting")
    e = jx.explain(model, rows.iloc[[3]], "tree_shap")
    found = trees.read(model[-1]).single(0)
    codes = found.encode(model[0].transform(rows.iloc[[3]]).toarray())
    raw = np.array([1, 1, 1, 3, 0, 0, 2])
    assert fed(model).origin.tolist() == raw.tolist()
    np.testing.assert_allclose(np.ravel(e.values), shapley(by_cover(found, codes[0], raw), 4), atol=1e-10)


def test_columns_in_another_order_and_groups_of_raw_columns():
    model, rows = model_of("forest")
    background = rows.iloc[50:70]
    first = jx.explain(model, rows.iloc[[5]], "tree_shap", baseline=background)
    turned = jx.explain(model, rows.iloc[[5], ::-1], "tree_shap", baseline=background.iloc[:, ::-1])
    np.testing.assert_allclose(np.ravel(turned.values)[::-1], np.ravel(first.values), atol=1e-12)
    groups = [["age", "income"]]
    pair = jx.explain(model, rows.iloc[[5]], "tree_shap", baseline=background, groups=groups)
    want = jx.explain(model, rows.iloc[[5]], "exact_shap", baseline=background, groups=groups)
    np.testing.assert_allclose(pair.values, want.values, atol=1e-10)


def test_unseen_category_and_missing_column():
    model, rows = model_of("forest")
    row = rows.iloc[[0]].assign(town="Oslo")
    e = jx.explain(model, row, "tree_shap", baseline=rows.iloc[:20])
    want = jx.explain(model, row, "exact_shap", baseline=rows.iloc[:20])
    np.testing.assert_allclose(e.values, want.values, atol=1e-10)
    with pytest.raises(ValueError, match="town"):
        jx.explain(model, rows.drop(columns="town").iloc[[0]], "tree_shap")
    with pytest.raises(ValueError, match="town"):
        jx.explain(model, rows.rename(columns={"town": "city"}).iloc[[0]], "tree_shap")


@pytest.mark.parametrize("final", ["sklearn", "xgboost"])
def test_margin_of_a_classifier_in_a_pipeline(final):
    rows, y = frame()
    if final == "sklearn":
        last = ensemble.GradientBoostingClassifier(n_estimators=10, random_state=0)
    else:
        last = pytest.importorskip("xgboost").XGBClassifier(n_estimators=10, n_jobs=1)
    model = make_pipeline(encoded(), last).fit(rows, (y > np.median(y)).astype(int))
    options = {"baseline": rows.iloc[:30], "link": "margin", "target": 1}
    e = jx.explain(model, rows.iloc[[9]], "tree_shap", **options)
    want = jx.explain(model, rows.iloc[[9]], "exact_shap", **options)
    np.testing.assert_allclose(e.values, want.values, atol=2e-6)


STEPS = {
    "bins": (preprocessing.KBinsDiscretizer(3), 3),
    "splines": (preprocessing.SplineTransformer(3), 3),
    "selected": (SelectKBest(f_regression, k=2), 2),
    "union": (FeatureUnion([("a", preprocessing.MinMaxScaler()), ("b", "passthrough")]), 2),
}


@pytest.mark.parametrize("step", STEPS)
def test_steps_that_treat_every_column_by_itself(step):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(150, 4))
    tree = ensemble.RandomForestRegressor(4, max_depth=4, random_state=0)
    model = make_pipeline(STEPS[step][0], tree).fit(rows, rows[:, 0] + rows[:, 1] * rows[:, 2])
    e = jx.explain(model, rows[0], "tree_shap", baseline=rows[:25])
    want = jx.explain(model, rows[0], "exact_shap", baseline=rows[:25])
    np.testing.assert_allclose(e.values, want.values, atol=1e-10)


class Mine(preprocessing.StandardScaler):
    """A class of the user's own: nobody knows what it does."""


@pytest.mark.parametrize(
    "step", [PCA(2), preprocessing.Normalizer(), preprocessing.FunctionTransformer(lambda x: x), Mine()]
)
def test_steps_that_mix_columns_are_refused_with_the_way_out(step):
    rows = np.random.default_rng(0).normal(size=(60, 3))
    model = Pipeline([("step", step), ("trees", ensemble.RandomForestRegressor(3, random_state=0))]).fit(
        rows, rows[:, 0]
    )
    assert fed(model) is None
    with pytest.raises((TypeError, ValueError), match="permutation_shap"):
        jx.explain(model, rows[0], "tree_shap", baseline=rows[:10])
