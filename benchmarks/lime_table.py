"""LIME on a table against the original: CPU seconds for 5000 neighbours."""

from __future__ import annotations

import numpy as np
from lime.lime_tabular import LimeTabularExplainer
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from timing import interleave, ratio, row

import jupyter_explain as jx

NEIGHBOURS = 5000
# One call of a small model costs more than its predictions: "bare" is one call, we make six to stay interruptible.
SMALL, LARGE = "one call, small model", "≤ 1.2"


def main() -> None:
    """Print the table rows."""
    cancer = load_breast_cancer(return_X_y=True)
    larger = make_classification(4000, 20, n_informative=10, random_state=0)
    deep = GradientBoostingClassifier(n_estimators=500, max_depth=6, subsample=0.5, random_state=0)
    for name, model, (data, labels), target, bare in (
        ("boosting", GradientBoostingClassifier(random_state=0), cancer, "≤ 0.5", SMALL),
        ("forest", RandomForestClassifier(random_state=0), cancer, "≤ 0.7", SMALL),
        ("boosting, 500 trees (predictions dominate)", deep, larger, "≤ 1", LARGE),
    ):
        model.fit(data, labels)
        explainer = LimeTabularExplainer(data, random_state=0)
        steps = np.random.default_rng(0).normal(size=(NEIGHBOURS, data.shape[1]))
        many = data[0] + data.std(0) * steps
        calls = {
            "ours": lambda m=model, d=data: jx.explain(m, d[0], "lime", baseline=d, samples=NEIGHBOURS),
            "lime": lambda m=model, d=data, x=explainer: x.explain_instance(d[0], m.predict_proba, num_features=30),
            "bare predictions": lambda m=model, rows=many: m.predict_proba(rows),
        }
        times, spent = interleave(calls, 5, 0.3), calls["ours"]().evals
        for other, goal in (("lime", target), ("bare predictions", bare)):
            cpu, wall = ratio(times, "ours", other)
            row(f"lime, table, {NEIGHBOURS} samples, {name}", other, cpu, goal, f"wall {wall:.2f}, {spent} evaluations")


if __name__ == "__main__":
    main()
