"""Few rows through a scikit-learn forest, without the start-up of a parallel job for every tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 16  # rows for which starting the jobs takes longer than the trees


def quick(estimator: Any, ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`ask`, which is the forest's own predict or predict_proba; few rows go straight to its trees, in its order.

    Whatever is not exactly scikit-learn's (a subclass with another predict, several outputs) is only asked itself.
    """
    if not _plain(estimator, getattr(ask, "__name__", "")):
        return ask

    def answer(rows: Any) -> Any:
        return ask(rows) if len(rows) > FEW else _mean(estimator, rows)

    return answer


def _plain(estimator: Any, name: str) -> bool:
    own, trees = getattr(type(estimator), name, None), getattr(estimator, "estimators_", None)
    if getattr(own, "__module__", "") != "sklearn.ensemble._forest" or not isinstance(trees, list):
        return False
    checked = hasattr(estimator, "_validate_X_predict") and getattr(estimator, "n_outputs_", 0) == 1
    classes = getattr(estimator, "n_classes_", 1)
    right = name == ("predict_proba" if hasattr(estimator, "classes_") else "predict") and np.ndim(classes) == 0
    return checked and right and all(type(t).__module__ == "sklearn.tree._classes" for t in trees)


def _mean(estimator: Any, rows: Any) -> NDArray[np.float64]:
    checked = estimator._validate_X_predict(rows)
    total = np.zeros((len(rows), getattr(estimator, "n_classes_", 1)))
    for tree in estimator.estimators_:
        total += tree.tree_.predict(checked)
    total /= len(estimator.estimators_)
    return total if hasattr(estimator, "classes_") else total[:, 0]
