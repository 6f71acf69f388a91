"""LIME on a table against the original: CPU seconds for 5000 neighbours."""

from __future__ import annotations

import numpy as np
from lime.lime_tabular import LimeTabularExplainer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from timing import interleave, ratio, row

import jupyter_explain as jx

NEIGHBOURS = 5000


def main() -> None:
    """Print the table rows."""
    data, labels = load_breast_cancer(return_X_y=True)
    explainer = LimeTabularExplainer(data, random_state=0)
    many = data[np.arange(NEIGHBOURS) % len(data)]
    for model, target in (
        (GradientBoostingClassifier(random_state=0), "≤ 0.5"),
        (RandomForestClassifier(random_state=0), "≤ 0.7"),
    ):
        model.fit(data, labels)
        calls = {
            "ours": lambda: jx.explain(model, data[0], "lime", baseline=data, samples=NEIGHBOURS),  # noqa: B023
            "lime": lambda: explainer.explain_instance(data[0], model.predict_proba, num_features=30),  # noqa: B023
            "bare": lambda: model.predict_proba(many),  # noqa: B023
        }
        times = interleave(calls, 5, 0.3)
        spent = calls["ours"]().evals
        for other, goal in (("lime", target), ("bare", "≤ 1.2")):
            cpu, wall = ratio(times, "ours", other)
            name = type(model).__name__
            row(f"lime, table, {NEIGHBOURS} samples, {name}", other, cpu, goal, f"wall {wall:.2f}, {spent} evaluations")


if __name__ == "__main__":
    main()
