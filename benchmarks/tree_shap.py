"""Tree SHAP against shap: CPU seconds for the same rows, trees already read and explainers already built."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import shap
import xgboost
from sklearn.ensemble import RandomForestRegressor
from timing import interleave, ratio, row

import jupyter_explain as jx
from jupyter_explain.models import trees

BACKGROUND = 100


def fitted() -> dict[str, tuple[Any, np.ndarray]]:
    """A booster of 500 trees of depth 6 and a forest of 100 trees of depth 8, on 30 columns."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(4000, 30)).astype(np.float32).astype(np.float64)
    noise = rng.normal(size=4000)
    target = data[:, 0] * data[:, 1] + np.sin(3 * data[:, 2]) + data[:, 3:8].sum(1) * 0.3 + noise
    booster = xgboost.XGBRegressor(n_estimators=500, max_depth=6, n_jobs=1).fit(data, target)
    forest = RandomForestRegressor(100, max_depth=8, random_state=0).fit(data, target)
    deep = RandomForestRegressor(20, random_state=0).fit(data[:1500], target[:1500])
    return {"500 trees, depth 6": (booster, data), "forest, depth 8": (forest, data), "forest, full": (deep, data)}


def first_call(name: str, model: Any, data: np.ndarray) -> None:
    """Seconds of the very first row, trees unread."""
    for settings, words in (({}, "path"), ({"baseline": data[:BACKGROUND]}, f"background {BACKGROUND}")):
        trees.forget(model)
        started = time.process_time()
        jx.explain(model, data[0], "tree_shap", **settings)
        row(f"tree_shap, {name}, {words}, first call (seconds)", "-", time.process_time() - started, "≤ 0.5")


def compare(name: str, model: Any, data: np.ndarray, n: int, background: int, target: str) -> None:
    """Rows of the table: for many rows with the set-up (reading the trees, tables) and without."""
    settings = {"baseline": data[:background]} if background else {}
    peer = shap.TreeExplainer(model, shap.maskers.Independent(data[:background], background) if background else None)
    part = min(n, 5 if background > BACKGROUND else 50)

    def kept() -> Any:
        return jx.explain(model, data[:n], "tree_shap", **settings)

    def anew() -> Any:
        trees.forget(model)
        return kept()

    def theirs() -> Any:
        return peer.shap_values(data[:part], check_additivity=False)

    worst = np.abs(kept().values[:part] - theirs()).max()
    calls = {"kept": kept, "shap": theirs, **({"with set-up": anew} if n > 1 else {})}
    times = interleave(calls, 3, 0.1 if n == 1 else 0.0)
    words = f"background {background}" if background else "path"
    for way in [c for c in calls if c != "shap"]:
        cpu, wall = (figure * part / n for figure in ratio(times, way, "shap"))
        row(f"tree_shap, {name}, {words}, {n} rows, {way}", "shap", cpu, target, f"wall {wall:.3f}, off {worst:.0e}")


# rows, background (0: path-dependent), target
CASES = ((1, 0, "≤ 1.2"), (1, 100, "-"), (1000, 0, "≤ 0.10 / 0.12"), (1000, 100, "≤ 0.15"), (1000, 1000, "≤ 0.03"))
DEEP = ((1, 0, "≤ 1.2"), (1, 100, "-"), (1000, 0, "≤ 0.12"), (1000, 100, "≤ 0.15"), (1000, 1000, "≤ 0.03"))


def flat(name: str, model: Any, most: int = 10**6) -> None:
    """CPU seconds per row of ever more rows against those of 1 000, tables kept; memory beyond that of the rows."""
    data = np.random.default_rng(1).normal(size=(most, 30)).astype(np.float32).astype(np.float64)
    jx.explain(model, data[:1000], "tree_shap")
    few = min(seconds(lambda: jx.explain(model, data[:1000], "tree_shap")) for _ in range(5)) / 1000
    n = 10_000
    while n <= most:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        each = seconds(lambda rows=data[:n]: jx.explain(model, rows, "tree_shap")) / n
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / data[:n].nbytes
        note = f"{each * 1e6:.0f} µs a row; peak memory grew by {more:.1f} × the rows"
        row(f"tree_shap, {name}, path, {n:,} rows, per row", "per row of 1,000", each / few, "flat", note)
        n *= 10


def seconds(call: Callable[[], Any]) -> float:
    """CPU seconds of a call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def thousands(count: int = 10_000) -> None:
    """Wall seconds of one row through a forest of so many trees: to the first answer, and to the exact one."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(600, 10))
    model = RandomForestRegressor(count, random_state=0, n_jobs=2).fit(data, data[:, 0] * data[:, 1] + data[:, 2])
    nodes = sum(tree.tree_.node_count for tree in model.estimators_)
    for settings, words in (({}, "path"), ({"baseline": data[:BACKGROUND]}, f"background {BACKGROUND}")):
        trees.forget(model)
        started, first = time.perf_counter(), 0.0
        for answer in jx.stream(model, data[0], "tree_shap", **settings):
            if not first:
                first = time.perf_counter() - started
                note = f"{nodes:,} nodes; {np.max(answer.stderr) / np.abs(answer.values).max():.1%} standard error"
                row(f"tree_shap, {count:,} trees, {words}, one row, first answer (seconds)", "-", first, "-", note)
        last = time.perf_counter() - started
        row(f"tree_shap, {count:,} trees, {words}, one row, exact (seconds)", "-", last, "-")


def probability() -> None:
    """Rows on the probability of a booster of two classes, everything kept, against shap on the probability."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(4000, 30)).astype(np.float32).astype(np.float64)
    labels = data[:, 0] * data[:, 1] + np.sin(3 * data[:, 2]) + data[:, 3:8].sum(1) * 0.3 > 0
    model = xgboost.XGBClassifier(n_estimators=200, max_depth=5, n_jobs=1).fit(data, labels)
    asked = {"baseline": data[:BACKGROUND], "link": "probability", "target": 1}
    peer = shap.TreeExplainer(
        model, asked["baseline"], model_output="probability", feature_perturbation="interventional"
    )
    for n in (1, 100, 1000):
        part = min(n, 50)
        calls = {
            "ours": lambda rows=data[:n]: jx.explain(model, rows, "tree_shap", **asked),
            "shap": lambda rows=data[:part]: peer.shap_values(rows, check_additivity=False),
        }
        worst = np.abs(calls["ours"]().values[:part] - calls["shap"]()).max()
        cpu, wall = (figure * part / n for figure in ratio(interleave(calls, 3, 0.1 if n == 1 else 0.0), *calls))
        words = f"200 trees, depth 5, probability, background {BACKGROUND}, {n} rows"
        row(f"tree_shap, {words}", "shap", cpu, "-", f"wall {wall:.3f}, off {worst:.0e}")


def main() -> None:
    """Print the table rows."""
    for name, (model, data) in fitted().items():
        first_call(name, model, data)
        for n, background, target in DEEP if name.endswith("full") else CASES:
            compare(name, model, data, n, background, target)
        if name.startswith("500 trees"):
            flat(name, model)
    probability()
    thousands()


if __name__ == "__main__":
    main()
