"""What is missing, or was never seen, in an input, a batch, a dataset or a baseline: taken where the model takes it,
else named."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from zoo import table

import jupyter_explain as jx

ROWS = pd.DataFrame(table(40, 3, 1), columns=list("abc"))
GAPS = ROWS.copy()
GAPS.iloc[[5, 9], 1] = np.nan
Y = ROWS.a + ROWS.b
LINEAR, BOOSTED, TAKES = (
    m().fit(ROWS, Y) for m in (LinearRegression, GradientBoostingRegressor, HistGradientBoostingRegressor)
)
GLOBAL = [m.name for m in jx.methods() if m.over_data and "predict" in m.needs]


def kinds(rows):
    return {"frame": rows, "array": rows.to_numpy()}


@pytest.mark.parametrize("kind", ["frame", "array"])
@pytest.mark.parametrize(
    ("model", "method"), [(LINEAR, "linear_shap"), (LINEAR, "permutation_shap"), (BOOSTED, "tree_shap")]
)
def test_gaps_in_the_baseline_are_named(kind, model, method):
    """Also where a method reads coefficients or trees, which would give some number."""
    x, rows = kinds(ROWS)[kind][:1], kinds(GAPS)[kind]
    said = (
        rf"baseline must have no missing values for {type(model).__name__}; got 2 NaN or infinite in 2 of 40 rows \(b\)"
    )
    with pytest.raises(ValueError, match=said):
        jx.explain(model, x, method, baseline=rows)


@pytest.mark.parametrize("method", ["linear_shap", "permutation_shap"])
def test_gaps_in_a_batch_are_named(method):
    with pytest.raises(ValueError, match=r"x must have no missing values for LinearRegression; got .* \(b\)"):
        jx.explain(LINEAR, GAPS[:8], method, baseline=ROWS)


@pytest.mark.parametrize("method", GLOBAL)
def test_gaps_in_a_dataset_are_named(method):
    with pytest.raises(ValueError, match=r"must have no missing values for LinearRegression; got .* \(b\)"):
        jx.explain(LINEAR, GAPS, method, samples=500)


def test_who_does_not_ask_the_model_takes_gaps():
    assert jx.explain(LINEAR, GAPS, "feature_correlations").values.shape == (3, 3)


@pytest.mark.parametrize("kind", ["frame", "array"])
@pytest.mark.parametrize("method", ["permutation_shap", "exact_shap", "tree_shap", "lime"])
def test_gaps_in_the_baseline_of_a_model_that_takes_them(kind, method):
    x, rows = kinds(ROWS)[kind][:1], kinds(GAPS)[kind]
    assert np.isfinite(jx.explain(TAKES, x, method, baseline=rows, samples=500).values).all()


@pytest.mark.parametrize("method", GLOBAL)
def test_gaps_in_a_dataset_of_a_model_that_takes_them(method):
    assert jx.explain(TAKES, GAPS, method, samples=500).title


def test_another_error_of_the_model_is_its_own():
    def model(rows):
        if np.isnan(rows).any():
            raise KeyError("not here")
        return rows.sum(1)

    with pytest.raises(KeyError, match="not here") as caught:
        jx.explain(model, ROWS.to_numpy()[0], "exact_shap", baseline=GAPS.to_numpy())
    assert any("rows with missing values" in note for note in caught.value.__notes__)


@pytest.mark.parametrize("method", GLOBAL)
def test_a_category_that_was_never_seen_is_named(method):
    frame = ROWS.assign(city=["Oslo", "Rome"] * 20)
    steps = ColumnTransformer([("city", OneHotEncoder(), ["city"])], remainder="passthrough")
    model = make_pipeline(steps, GradientBoostingRegressor(n_estimators=3)).fit(frame, Y)
    strange = frame.copy()
    strange.loc[strange.index % 2 == 1, "city"] = "Ulm"
    with pytest.raises(ValueError, match="rows must have categories that Pipeline knows; got .*'Ulm'"):
        jx.explain(model, strange, method, samples=500)


def test_a_missing_column_is_not_taken_for_a_missing_value():
    rows = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [0.0, 1.0, 0.0, 1.0], "c": [1.0, 1.0, 2.0, 2.0]})
    model = LinearRegression().fit(rows, rows["a"])
    rows.loc[0, "a"] = np.nan
    with pytest.raises(ValueError, match="columns that the model was fitted on; got a frame without b"):
        jx.explain(model, rows.iloc[[0]].drop(columns="b"), "kernel_shap", baseline=rows.drop(columns="b"))
