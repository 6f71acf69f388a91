"""Explanations of a dataset against scikit-learn's, at equal work, and against the bare predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from timing import interleave, ratio, row

import jupyter_explain as jx

ROUNDS = 3
REPEATS, POINTS = 5, 50
MANY, COLUMNS = 50_000, 6
TARGETS = {"forest": ("≤ 0.45", "≤ 0.30"), "HistGB": ("≤ 0.65", "≤ 0.60")}


def fitted() -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Two models of 20 columns, and 2 000 rows."""
    x, y = make_classification(2000, 20, n_informative=8, random_state=0)
    forest = RandomForestClassifier(100, max_depth=8, random_state=0).fit(x, y)
    return {"forest": forest, "HistGB": HistGradientBoostingClassifier(max_iter=100, random_state=0).fit(x, y)}, x, y


def bare(model: Any, x: np.ndarray, rows: int) -> Callable[[], object]:
    """As many predictions of shuffled rows, in batches of 16 384."""
    many = np.random.default_rng(0).permuted(np.resize(x, (16_384, x.shape[1])), axis=0)
    return lambda: [model.predict_proba(many[: min(16_384, rows - start)]) for start in range(0, rows, 16_384)]


def main() -> None:
    """Print the table rows."""
    models, x, y = fitted()
    for name, model in models.items():
        calls = {
            "ours": lambda m=model: jx.explain(
                m, x, "permutation_importance", labels=y, scorer="accuracy", repeats=REPEATS, seconds=600
            ),
            "scikit-learn": lambda m=model: permutation_importance(m, x, y, scoring="accuracy", n_repeats=REPEATS),
            "bare predictions": bare(model, x, len(x) * x.shape[1] * REPEATS),
        }
        report(f"Permutation importance, 2,000 × 20, {REPEATS} repeats, {name}", calls, TARGETS[name][0])
        grid = np.linspace(*np.quantile(x[:, 0], [0.05, 0.95]), POINTS)
        options = {"features": [0], "grid": grid, "kind": "both", "seconds": 600}
        peer = {"method": "brute", "kind": "both", "custom_values": {0: grid}}
        calls = {
            "ours": lambda m=model, o=options: jx.explain(m, x, "partial_dependence", **o),
            "scikit-learn": lambda m=model, o=peer: partial_dependence(m, x, [0], **o),
            "bare predictions": bare(model, x, len(x) * POINTS),
        }
        report(f"Partial dependence and ICE, 2,000 rows, {POINTS} points, {name}", calls, TARGETS[name][1])
    for name, model in models.items():
        tables(name, model)


def tables(name: str, model: Any) -> None:
    """Averages alone, which are read off the trees; HistGB's margins, since its probabilities are no sum of trees."""
    x = make_classification(MANY, 20, n_informative=8, random_state=0)[0]
    grids = {k: np.linspace(*np.quantile(x[:, k], [0.05, 0.95]), POINTS) for k in range(COLUMNS)}
    link = {} if name == "forest" else {"link": "margin"}
    options = {"features": list(grids), "grid": {f"x{k}": g for k, g in grids.items()}, "kind": "average", **link}
    answer = {"response_method": "predict_proba" if name == "forest" else "decision_function"}
    calls = {
        "ours": lambda: jx.explain(model, x, "partial_dependence", seconds=600, **options),
        "scikit-learn": lambda: [
            partial_dependence(model, x, [k], method="brute", custom_values={k: g}, **answer) for k, g in grids.items()
        ],
    }
    cpu, wall = ratio(interleave(calls, 1), "ours", "scikit-learn")
    case = f"Partial dependence by tables, {MANY:,} rows, {COLUMNS} columns × {POINTS} points, {name}"
    row(case, "scikit-learn", cpu, "≤ 0.01", f"wall {wall:.3f}; CPU {cpu:.4f}")


def report(case: str, calls: dict[str, Callable[[], object]], target: str) -> None:
    """Time the calls and print ours against the others."""
    times = interleave(calls, ROUNDS)
    for other, goal in (("scikit-learn", target), ("bare predictions", "≤ 1.2")):
        cpu, wall = ratio(times, "ours", other)
        row(case, other, cpu, goal, f"wall {wall:.2f}")


if __name__ == "__main__":
    main()
