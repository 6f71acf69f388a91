"""Sampled Shapley values: error at equal model rows against shap and captum, and time against bare predictions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shap
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from timing import interleave, ratio, row

import jupyter_explain as jx

SEEDS = 3
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


def main() -> None:
    """Print the table rows."""
    data = load_breast_cancer().data
    background, x = data[:100], data[450]
    for name, f in fitted().items():
        long = [ours(f, x, background, "permutation_shap", 2_000_000, 100 + s) for s in range(2)]
        exact = np.mean(long, axis=0)
        size = np.linalg.norm(exact)
        print(f"<!-- {name}: two long runs differ by {np.linalg.norm(long[0] - long[1]) / size:.4f} -->", flush=True)
        error = lambda call: float(np.median([np.linalg.norm(call(s) - exact) / size for s in range(SEEDS)]))  # noqa: B023, E731
        for rows in (20_000, 200_000):
            permutation = error(lambda s: ours(f, x, background, "permutation_shap", rows, s))  # noqa: B023
            kernel = error(lambda s: ours(f, x, background, "kernel_shap", rows, s))  # noqa: B023
            peer = error(lambda s: shap_kernel(f, x, background, rows, s))  # noqa: B023
            default = error(lambda s: shap_kernel(f, x, background, rows, s, "num_features(10)"))  # noqa: B023
            other = error(lambda s: shap_permutation(f, x, background, rows, s))  # noqa: B023
            case = f"{name}, {rows:,} rows"
            row(
                f"permutation_shap error, {case}",
                "shap Kernel (l1_reg=0)",
                permutation / peer,
                "≤ 0.30",
                f"{permutation:.4f}",
            )
            row(f"permutation_shap error, {case}", "shap Permutation", permutation / other, "≤ 0.30", f"{other:.4f}")
            row(f"kernel_shap error, {case}", "shap Kernel (l1_reg=0)", kernel / peer, "≤ 0.95", f"{kernel:.4f}")
            row(f"kernel_shap error, {case}", "shap Kernel default", kernel / default, "≤ 0.17", f"{default:.4f}")
        mixed = np.random.default_rng(0).random((200_000, len(x))) < 0.5
        many = np.where(mixed, x, np.resize(background, mixed.shape))
        chunks = [many[i : i + 16384] for i in range(0, len(many), 16384)]
        calls = {"bare": lambda: [f(c) for c in chunks]}  # noqa: B023
        for method in ("permutation_shap", "kernel_shap"):
            calls[method] = lambda method=method: ours(f, x, background, method, 200_000, 0)  # noqa: B023
        times = interleave(calls, 3)
        for method in ("permutation_shap", "kernel_shap"):
            cpu, wall = ratio(times, method, "bare")
            row(f"{method} time, {name}, 200,000 rows", "bare predictions", cpu, "≤ 1.3", f"wall {wall:.2f}")


if __name__ == "__main__":
    main()
