"""Sampled Shapley values: error at equal model rows, and at equal time, against shap, captum and shapiq; time."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import shap
import torch
from captum.attr import KernelShap
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from timing import cpu_seconds, interleave, ratio, row

import jupyter_explain as jx

SEEDS = 5
Predict = Callable[[np.ndarray], np.ndarray]


def fitted() -> dict[str, Predict]:
    """Margin or probability of three models on breast cancer."""
    rows, labels = load_breast_cancer(return_X_y=True)
    rows, labels = rows[:400], labels[:400]
    boosting = GradientBoostingClassifier(n_estimators=80, random_state=3).fit(rows, labels)
    forest = RandomForestClassifier(60, max_depth=8, random_state=0).fit(rows, labels)
    mlp = make_pipeline(StandardScaler(), MLPClassifier((64, 64), max_iter=300, random_state=0)).fit(rows, labels)
    models: dict[str, Predict] = {"boosting": boosting.decision_function}
    models["forest"] = lambda z: forest.predict_proba(z)[:, 1]
    models["MLP"] = lambda z: mlp.predict_proba(z)[:, 1]
    return models


def ours(f: Predict, x: np.ndarray, background: np.ndarray, method: str, rows: int, seed: int) -> np.ndarray:
    """Our values with at most `rows` model rows."""
    return jx.explain(f, x, method, baseline=background, samples=rows, seed=seed).values


def shap_kernel(
    f: Predict, x: np.ndarray, background: np.ndarray, rows: int, seed: int, l1_reg: object = 0
) -> np.ndarray:
    """shap's Kernel SHAP with as many model rows."""
    np.random.seed(seed)  # noqa: NPY002  (the seed that shap takes)
    explainer = shap.KernelExplainer(f, background)
    return explainer.shap_values(x, nsamples=rows // len(background), l1_reg=l1_reg, silent=True)


def shap_permutation(f: Predict, x: np.ndarray, background: np.ndarray, rows: int, seed: int) -> np.ndarray:
    """shap's permutation explainer with as many model rows."""
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.PermutationExplainer(f, masker, seed=seed)
    return explainer(x[None], max_evals=max(2 * len(x) + 1, rows // len(background))).values[0]


def coalition_game(f: Predict, x: np.ndarray, background: np.ndarray) -> Predict:
    """Coalitions (n, columns) to mean outputs (n,) over the whole background, for those that only know such games."""

    def game(coalitions: np.ndarray) -> np.ndarray:
        present = np.atleast_2d(np.asarray(coalitions, bool))
        rows = np.where(present[:, None], x, background).reshape(-1, len(x))
        return f(rows).reshape(len(present), -1).mean(1)

    return game


def captum_kernel(f: Predict, x: np.ndarray, background: np.ndarray, rows: int, seed: int) -> np.ndarray:
    """captum's Kernel SHAP with as many model rows, 160 coalitions a call."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002  (captum draws the sizes with numpy)
    game = coalition_game(f, x, background)
    explainer = KernelShap(lambda z: torch.from_numpy(game(z.numpy())))
    here, away = torch.ones(1, len(x)), torch.zeros(1, len(x))
    return explainer.attribute(here, away, n_samples=rows // len(background), perturbations_per_eval=160)[0].numpy()


def shapiq_kernel(f: Predict, x: np.ndarray, background: np.ndarray, rows: int, seed: int) -> np.ndarray:
    """shapiq's Kernel SHAP as it comes, with as many model rows."""
    import shapiq

    explainer = shapiq.KernelSHAP(n=len(x), random_state=seed)
    found = explainer.approximate(rows // len(background), coalition_game(f, x, background))
    return np.array([found[(j,)] for j in range(len(x))])


Case = tuple[Predict, np.ndarray, np.ndarray]


def smaller() -> dict[str, Case]:
    """Three models on wine (13 columns) and on diabetes (10), with the row that is explained and 100 others."""
    cases: dict[str, Case] = {}
    rows, labels = load_wine(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(rows))
    rows, labels = rows[order], labels[order]
    for name, model in (
        ("boosting", GradientBoostingClassifier(n_estimators=80, random_state=3)),
        ("forest", RandomForestClassifier(60, max_depth=8, random_state=0)),
        ("MLP", make_pipeline(StandardScaler(), MLPClassifier((64, 64), max_iter=300, random_state=0))),
    ):
        model.fit(rows[:150], labels[:150])
        k = int(model.predict_proba(rows[160:161])[0].argmax())
        cases[f"wine, {name}"] = (lambda z, m=model, k=k: m.predict_proba(z)[:, k]), rows[160], rows[:100]
    rows, outcomes = load_diabetes(return_X_y=True)
    for name, regressor in (
        ("boosting", GradientBoostingRegressor(n_estimators=80, random_state=3)),
        ("forest", RandomForestRegressor(60, max_depth=8, random_state=0)),
        (
            "MLP",
            make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(64, 64), max_iter=300, random_state=0)),
        ),
    ):
        cases[f"diabetes, {name}"] = regressor.fit(rows[:400], outcomes[:400]).predict, rows[420], rows[:100]
    return cases


def errors(case: Case, rows: int) -> dict[str, float]:
    """Median relative errors of all at `rows` model rows."""
    f, x, background = case
    exact = truth(case)
    size = np.linalg.norm(exact)
    calls: dict[str, Callable[[int], np.ndarray]] = {
        "permutation_shap": lambda s: ours(f, x, background, "permutation_shap", rows, s),
        "kernel_shap": lambda s: ours(f, x, background, "kernel_shap", rows, s),
        "shap Kernel (l1_reg=0)": lambda s: shap_kernel(f, x, background, rows, s),
        "shap Kernel default": lambda s: shap_kernel(f, x, background, rows, s, "num_features(10)"),
        "shap Permutation": lambda s: shap_permutation(f, x, background, rows, s),
        "captum": lambda s: captum_kernel(f, x, background, rows, s),
    }
    if find_spec("shapiq"):
        calls["shapiq"] = lambda s: shapiq_kernel(f, x, background, rows, s)
    return {
        name: float(np.median([np.linalg.norm(call(s) - exact) / size for s in range(SEEDS)]))
        for name, call in calls.items()
    }


def truth(case: Case) -> np.ndarray:
    """The mean of two long runs, which end exactly where there are few columns."""
    key = id(case[0])
    if key not in _TRUTH:
        _TRUTH[key] = np.mean([ours(*case, "kernel_shap", 2_000_000, 100 + s) for s in range(2)], axis=0)
    return _TRUTH[key]


_TRUTH: dict[int, np.ndarray] = {}
TARGETS = {
    ("permutation_shap", "shap Kernel (l1_reg=0)"): "≤ 0.30",
    ("permutation_shap", "shap Permutation"): "≤ 0.30",
    ("kernel_shap", "shap Kernel (l1_reg=0)"): "≤ 0.95",
    ("kernel_shap", "shap Kernel default"): "≤ 0.17",
    ("permutation_shap", "captum"): "≤ 0.20",
    ("kernel_shap", "captum"): "≤ 0.20",
    ("permutation_shap", "shapiq"): "≤ 0.20",
    ("kernel_shap", "shapiq"): "≤ 0.20",
}
AMOUNTS = (20_000, 50_000, 100_000, 200_000)  # model rows tried for the error in a given time


def compare(name: str, case: Case, rows: int) -> None:
    """Print the errors' ratios."""
    found = errors(case, rows)
    for (method, peer), target in TARGETS.items():
        if peer not in found:
            continue
        aim = "≤ 0.30" if name.startswith(("wine", "diabetes")) else target
        note = f"{found[method]:.4f} / {found[peer]:.4f}"
        row(f"{method} error, {name}, {rows:,} rows", peer, found[method] / found[peer], aim, note)


def in_the_time(name: str, case: Case, rows: int) -> None:
    """Print errors at no more CPU time than shap's Kernel SHAP takes for `rows` model rows."""
    theirs, allowed = _error_and_time(lambda s: shap_kernel(*case, rows, s), truth(case))
    for method in ("permutation_shap", "kernel_shap"):
        for n in sorted(AMOUNTS, reverse=True):
            mine, spent = _error_and_time(lambda s: ours(*case, method, n, s), truth(case))  # noqa: B023
            if spent <= allowed:
                break
        note = f"{n:,} rows against {rows:,}; {spent / allowed:.2f} of the time"
        row(f"{method} error, {name}, equal time", "shap Kernel (l1_reg=0)", mine / theirs, "-", note)


def _error_and_time(call: Callable[[int], np.ndarray], exact: np.ndarray) -> tuple[float, float]:
    """Medians over seeds of the distance from the exact values, and of the CPU seconds."""
    found = []
    for seed in range(SEEDS):
        start = cpu_seconds()
        distance = np.linalg.norm(call(seed) - exact)
        found.append((distance, cpu_seconds() - start))
    error, seconds = np.median(found, axis=0)
    return float(error), float(seconds)


def main() -> None:
    """Print the table rows."""
    data = load_breast_cancer().data
    background, x = data[:100], data[450]
    for name, f in fitted().items():
        for rows in (20_000, 200_000):
            compare(name, (f, x, background), rows)
        in_the_time(name, (f, x, background), 200_000)
        mixed = np.random.default_rng(0).random((200_000, len(x))) < 0.5
        many = np.where(mixed, x, np.resize(background, mixed.shape))
        calls: dict[str, Callable[[], object]] = {}
        for size in (4096, 16384):
            chunks = [many[i : i + size] for i in range(0, len(many), size)]
            calls[f"bare {size}"] = lambda chunks=chunks: [f(c) for c in chunks]  # noqa: B023
        for method in ("permutation_shap", "kernel_shap"):
            calls[method] = lambda method=method: ours(f, x, background, method, 200_000, 0)  # noqa: B023
        calls["captum"] = lambda: captum_kernel(f, x, background, 200_000, 0)  # noqa: B023
        calls["shap Kernel"] = lambda: shap_kernel(f, x, background, 200_000, 0)  # noqa: B023
        times = interleave(calls, 5)
        best = min(("bare 4096", "bare 16384"), key=lambda n: float(np.median([t[1] for t in times[n]])))
        for method in ("permutation_shap", "kernel_shap"):
            cpu, wall = ratio(times, method, best)
            row(f"{method} time, {name}, 200,000 rows", "bare predictions", cpu, "≤ 1.3", f"wall {wall:.2f}")
            cpu, wall = ratio(times, method, "captum")
            row(f"{method} time, {name}, 200,000 rows", "captum", cpu, "-", f"wall {wall:.2f}")
            cpu, wall = ratio(times, method, "shap Kernel")
            row(f"{method} time, {name}, 200,000 rows", "shap Kernel (l1_reg=0)", cpu, "-", f"wall {wall:.2f}")
    for name, case in smaller().items():
        compare(name, case, 20_000)


if __name__ == "__main__":
    main()
