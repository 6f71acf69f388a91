"""Estimators and Pipelines with scikit-learn's interface (XGBoost's and LightGBM's wrappers included)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..rows import Rows, framed, is_frame
from . import Model
from .forests import quick
from .function import numbers
from .logarithmic import is_logarithmic

Predict = Callable[[Any], Any]


def model_of(estimator: Any, link: str) -> Model:
    """Wrap an estimator: `predict_proba` columns for classifiers, `predict` for the rest, the margin on request."""
    estimator = _best(estimator)
    title = type(estimator).__name__
    ask, unit = _asked(estimator, link, title)
    ask = quick(estimator, ask)
    accept = accepted(estimator)

    def predict(rows: Rows) -> NDArray[np.float64]:
        out = numbers(ask(accept(rows)), rows, title)
        return _columns(out) if classes and unit == "margin" else out

    several = _pairs(estimator) if unit == "margin" else ()
    several = several or _several(estimator)
    classes = (_is_classifier(estimator) or hasattr(estimator, "predict_proba")) and not several
    names = several or (tuple(str(c) for c in _classes(estimator)) if classes else ())
    columns = getattr(estimator, "feature_names_in_", None)
    known = tuple(map(str, columns)) if columns is not None else None
    return Model(title, predict, unit, names, classes, source=estimator, columns=known)


def _asked(estimator: Any, link: str, title: str) -> tuple[Predict, str]:
    """The estimator's method that gives the outputs, and their unit."""
    proba = getattr(estimator, "predict_proba", None)
    proba = _flat(proba) if proba is not None and _several(estimator) else proba
    if link == "margin" or (proba is None and hasattr(estimator, "decision_function") and _is_classifier(estimator)):
        if link in ("probability", "logit"):
            raise refuse(title, "has no probabilities (predict_proba); link must be 'identity' or 'margin'", link)
        return _margin(estimator, title), "margin"
    if proba is None:
        if _is_classifier(estimator):
            raise refuse(title, "a classifier must have predict_proba or decision_function", Phrase("only predict"))
        if any(cls.__name__ == "ClusterMixin" for cls in type(estimator).__mro__):
            way_out = "pass a function that scores rows, such as lambda rows: -model.transform(rows)"
            raise refuse(title, f"clusters have no scores; {way_out}", Phrase("a model that only numbers them"))
        if link != "identity":
            from .one_tree import last

            links = "'identity' or 'margin'" if is_logarithmic(last(estimator)) else "'identity'"
            raise refuse(title, f"link must be {links} for a model that predicts values", link)
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
    if is_logarithmic(last(estimator)):
        return lambda rows: np.log(estimator.predict(rows))
    others = "'identity', 'probability' or 'logit'" if hasattr(estimator, "predict_proba") else "'identity'"
    raise refuse(title, f"has no margin (decision_function); link must be {others}", "margin")


def _is_classifier(estimator: Any) -> bool:
    return getattr(estimator, "_estimator_type", None) == "classifier" or hasattr(estimator, "classes_")


def _classes(estimator: Any) -> Any:
    """Names of the classes; a list of arrays (multi-output) has no single list of names."""
    classes = getattr(estimator, "classes_", ())
    return () if isinstance(classes, list) and classes and np.ndim(classes[0]) else classes


def _best(estimator: Any) -> Any:
    """What a search over settings has chosen, which is what it predicts with."""
    search = any(cls.__name__ == "BaseSearchCV" for cls in type(estimator).__mro__)
    return getattr(estimator, "best_estimator_", estimator) if search else estimator


def _pairs(estimator: Any) -> tuple[str, ...]:
    """Names of the outputs of a machine that scores pairs of classes (`decision_function_shape="ovo"`)."""
    from .one_tree import last

    machine = last(estimator)
    names = [str(c) for c in getattr(machine, "classes_", ())]
    if getattr(machine, "decision_function_shape", "") != "ovo" or len(names) <= 2:
        return ()
    return tuple(f"{a} against {b}" for a, b in combinations(names, 2))


def _several(estimator: Any) -> tuple[str, ...]:
    """Names of the outputs of a classifier that decides several things at once; () for all others.

    Two classes are one output, the probability of the second; more are one output each.
    """
    from .one_tree import last

    own = last(estimator)
    classes = getattr(own, "classes_", ())
    multilabel = getattr(getattr(own, "_label_binarizer", None), "y_type_", "") == "multilabel-indicator"
    if multilabel or getattr(own, "multilabel_", False):
        return tuple(f"label {i}" for i in range(len(classes)))
    if not isinstance(classes, list) or not classes or not np.ndim(classes[0]):
        return ()
    return tuple(name for i, some in enumerate(classes) for name in _answers(i, list(some)))


def _answers(i: int, classes: list[Any]) -> list[str]:
    """Names of the outputs for one of several decisions."""
    if classes == [0, 1]:  # so are False and True
        return [f"label {i}"]
    return [f"label {i} is {c}" for c in (classes[1:] if len(classes) == 2 else classes)]


def _flat(ask: Predict) -> Predict:
    """Probabilities of several decisions side by side, where scikit-learn gives a list with one array for each."""

    def answer(rows: Any) -> Any:
        found = ask(rows)
        parts = [np.asarray(p) for p in found] if isinstance(found, list) else []
        return np.concatenate([p[:, 1:] if p.shape[1] == 2 else p for p in parts], axis=1) if parts else found

    return answer


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
        return lambda rows: _named(_single(rows, title), list(names), title)
    return lambda rows: _plain(_single(rows, title), size, title)


def _single(rows: Rows, title: str) -> Rows:
    if isinstance(rows, tuple):
        raise refuse(title, "x must be one row or table, not several inputs", Phrase(f"a tuple of {len(rows)} arrays"))
    return rows


def _named(rows: Rows, names: list[str], title: str) -> Rows:
    if not is_frame(rows):
        if np.ndim(rows) != 2 or rows.shape[1] != len(names):
            raise refuse(title, f"rows must have {len(names)} columns", rows)
        return framed(np.asarray(rows), names)
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
