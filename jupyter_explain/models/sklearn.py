"""Estimators and Pipelines with scikit-learn's interface (XGBoost's and LightGBM's wrappers included)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..rows import Rows, is_frame
from . import Model
from .forests import quick
from .function import numbers

Predict = Callable[[Any], Any]


def model_of(estimator: Any, link: str) -> Model:
    """Wrap an estimator: `predict_proba` columns for classifiers, `predict` for the rest, the margin on request."""
    title = type(estimator).__name__
    ask, unit = _asked(estimator, link, title)
    ask = quick(estimator, ask)
    accept = accepted(estimator)

    def predict(rows: Rows) -> NDArray[np.float64]:
        out = numbers(ask(accept(rows)), rows, title)
        return _columns(out) if classes and unit == "margin" else out

    classes = _is_classifier(estimator) or hasattr(estimator, "predict_proba")
    names = tuple(str(c) for c in _classes(estimator)) if classes else ()
    columns = getattr(estimator, "feature_names_in_", None)
    known = tuple(map(str, columns)) if columns is not None else None
    return Model(title, predict, unit, names, classes, source=estimator, columns=known)


def _asked(estimator: Any, link: str, title: str) -> tuple[Predict, str]:
    """The estimator's method that gives the outputs, and their unit."""
    proba = getattr(estimator, "predict_proba", None)
    if link == "margin" or (proba is None and hasattr(estimator, "decision_function") and _is_classifier(estimator)):
        return _margin(estimator, title), "margin"
    if proba is None:
        if _is_classifier(estimator):
            raise refuse(title, "a classifier must have predict_proba or decision_function", Phrase("only predict"))
        if link != "identity":
            raise refuse(title, "link must be 'identity' for a model that predicts values", link)
        if hasattr(estimator, "decision_function"):  # outlier detectors: the score, not the verdict
            return estimator.decision_function, "output"
        return estimator.predict, "output"
    if link == "logit":
        return (lambda rows: _logit(np.asarray(proba(rows), float))), "logit"
    return proba, "probability"


def _margin(estimator: Any, title: str) -> Predict:
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function
    from .one_tree import last

    roots = {cls.__module__.partition(".")[0] for cls in type(last(estimator)).__mro__}
    if "xgboost" in roots:
        return lambda rows: estimator.predict(rows, output_margin=True)
    if "lightgbm" in roots:
        return lambda rows: estimator.predict(rows, raw_score=True)
    raise refuse(
        title,
        "has no margin (decision_function); link must be 'identity', 'probability' or 'logit'",
        "margin",
    )


def _is_classifier(estimator: Any) -> bool:
    return getattr(estimator, "_estimator_type", None) == "classifier" or hasattr(estimator, "classes_")


def _classes(estimator: Any) -> Any:
    """Names of the classes; a list of arrays (multi-output) has no single list of names."""
    classes = getattr(estimator, "classes_", ())
    return () if isinstance(classes, list) and classes and np.ndim(classes[0]) else classes


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return np.log(p) - np.log1p(-p)


def _columns(out: NDArray[np.float64]) -> NDArray[np.float64]:
    """A binary margin is one column; the other class has its negative."""
    return np.concatenate([-out, out], axis=1) if out.shape[1] == 1 else out


def accepted(estimator: Any) -> Callable[[Rows], Rows]:
    """Hand rows over in the form the estimator was fitted on, so that it neither warns nor re-orders silently."""
    names = getattr(estimator, "feature_names_in_", None)
    size = getattr(estimator, "n_features_in_", None)
    title = type(estimator).__name__
    if names is not None:
        return lambda rows: _named(rows, list(names), title)
    return lambda rows: _plain(rows, size, title)


def _named(rows: Rows, names: list[str], title: str) -> Rows:
    if not is_frame(rows):
        if np.ndim(rows) != 2 or rows.shape[1] != len(names):
            raise refuse(title, f"rows must have {len(names)} columns", rows)
        import pandas as pd

        return pd.DataFrame(rows, columns=names)
    have = list(rows.columns)
    if have == names:
        return rows
    missing = [n for n in names if n not in have]
    if missing:
        strange = [c for c in have if c not in names]
        given = Phrase(f"a frame without {listed(missing, 4)}" + (f" but with {listed(strange, 4)}" if strange else ""))
        raise refuse(title, "the frame must have the columns that the model was fitted on", given)
    return rows[names]


def _plain(rows: Rows, size: int | None, title: str) -> Rows:
    if is_frame(rows):
        numeric = all(getattr(t, "kind", "O") in "fiub" for t in rows.dtypes)
        rows = rows.to_numpy() if numeric and size == rows.shape[1] else rows
    if size is not None and np.ndim(rows) == 2 and rows.shape[1] != size:
        raise refuse(title, f"rows must have {size} columns", rows)
    return rows
