"""Pictures with names as long as real ones: every text is inside the picture, and none lies on another."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import jupyter_explain as jx

AGE, INCOME = "Age of the applicant at time of application (years)", "Yearly household income before tax, €"
CLASSES = np.array(["will repay the loan in full", "will default within a year"])
PICTURES = {
    "bars": ("permutation_shap", {}),
    "lime": ("lime", {}),
    "cohorts": ("cohorts", {"by": "city"}),
    "cohorts of a long name": ("cohorts", {"by": AGE}),
    "distributions": ("feature_distributions", {}),
    "summary": ("attribution_summary", {}),
    "slice": ("decision_boundary", {"features": [AGE, "city"]}),
    "projection": ("decision_boundary", {"plane": "projection"}),
    "surface": ("partial_dependence", {"features": [(AGE, INCOME)], "grid": 5}),
}


@pytest.fixture(scope="module")
def loans():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({AGE: rng.integers(18, 80, 120), INCOME: rng.lognormal(10, 0.5, 120)})
    rows["city"] = rng.choice(["Rome (Lazio, Italy), metropolitan area", "Oslo"], 120)
    rows["tiny"], rows["huge"] = rng.normal(size=120) * 1e-6, rng.normal(size=120) * 1e9
    labels = CLASSES[((rows[AGE] > 45) ^ (rows["city"] == "Oslo")).to_numpy(int)]
    steps = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    return make_pipeline(steps, RandomForestClassifier(10, max_depth=4, random_state=0)).fit(rows, labels), rows, labels


@pytest.mark.parametrize("name", PICTURES)
def test_long_names_stay_inside_and_cover_nothing(loans, name):
    model, rows, labels = loans
    method, settings = PICTURES[name]
    one = method in ("permutation_shap", "lime")
    options = {"baseline": rows} if one else {"labels": labels}
    answer = jx.explain(model, rows.iloc[[0]] if one else rows, method, samples=1500, **options, **settings)
    figure = answer.plot()
    figure.draw_without_rendering()
    texts = [(t.get_text(), t.get_window_extent()) for t in figure.findobj(lambda a: hasattr(a, "get_text"))]
    texts = [(words, box) for words, box in texts if words.strip()]
    paper = figure.bbox
    for words, box in texts:
        inside = box.x0 > paper.x0 - 1 and box.x1 < paper.x1 + 1 and box.y0 > paper.y0 - 1
        assert inside, words
    for (one, a), (other, b) in combinations(texts, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide < 2 or high < 3, (one, other)
