"""Few rows go straight to a forest's trees: to the bit what the forest answers, where it is scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import ensemble

from jupyter_explain.models import wrap
from jupyter_explain.models.forests import FEW, quick

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
Y = X[:, 0] * X[:, 1] + (X[:, 2] > 0)
KINDS = [
    ensemble.RandomForestRegressor(15, random_state=0).fit(X, Y),
    ensemble.ExtraTreesRegressor(15, max_depth=4, random_state=0).fit(X, Y),
    ensemble.RandomForestClassifier(15, random_state=0, class_weight="balanced").fit(X, Y > 0.5),
    ensemble.ExtraTreesClassifier(15, random_state=0).fit(X, np.digitize(Y, [0, 1])),
]


@pytest.mark.parametrize("model", KINDS, ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("n", [1, FEW, FEW + 1])
def test_the_same_to_the_bit(model, n):
    own = model.predict_proba(X[:n]) if hasattr(model, "classes_") else model.predict(X[:n])[:, None]
    np.testing.assert_array_equal(wrap(model).predict(X[:n]), own)


def test_missing_values_go_where_the_forest_sends_them():
    gaps = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
    model = ensemble.RandomForestRegressor(15, random_state=0).fit(gaps, Y)
    np.testing.assert_array_equal(wrap(model).predict(gaps[:3])[:, 0], model.predict(gaps[:3]))


class Clipped(ensemble.RandomForestRegressor):
    """A user's own predict."""

    def predict(self, rows):
        """Never more than 0."""
        return np.minimum(super().predict(rows), 0)


def test_what_is_not_scikit_learns_own_is_asked_itself():
    own = Clipped(5, random_state=0).fit(X, Y)
    assert wrap(own).predict(X[:5]).max() <= 0
    two = ensemble.RandomForestRegressor(5, random_state=0).fit(X, np.stack([Y, -Y], axis=1))
    boosted = ensemble.GradientBoostingRegressor(n_estimators=3).fit(X, Y)
    for model in (own, two, boosted):
        assert quick(model, model.predict) == model.predict
