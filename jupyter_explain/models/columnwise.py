"""Which raw column each column that a Pipeline hands to its last step is made from, where it is made from one alone.

Told by the classes of the fitted steps: scalers, imputers, encoders and selectors treat every column by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rows import Rows
from .one_tree import is_pipeline, last
from .sklearn import accepted

Ints = NDArray[np.intp]
# one column out for each column in
ONE = (
    *("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "QuantileTransformer", "PowerTransformer"),
    *("Binarizer", "OrdinalEncoder"),
)


class Mixed(Exception):  # noqa: N818  (not an error of the user's: a case that is not covered)
    """A step that makes a column of several, or that is not known."""


@dataclass(frozen=True)
class Fed:
    """The last step of a Pipeline (or a model alone), and what reaches it.

    Attributes:
        last: the model that predicts.
        origin: column of the fitted input that each of its columns is made from; None: there are no steps before it.
        made: rows as the last step gets them.
    """

    last: Any
    origin: Ints | None
    made: Callable[[Rows], Rows]


def fed(source: Any) -> Fed | None:
    """How a model's last step is fed, or None where a step before it mixes columns (or is not known)."""
    final = last(source)
    if final is source:
        return Fed(source, None, accepted(source) if hasattr(source, "n_features_in_") else lambda rows: rows)
    try:
        steps = _steps(source)
        origin = np.arange(source.n_features_in_)
        for step in steps:
            origin = origin[_origin(step, len(origin))]
    except (Mixed, AttributeError):  # an attribute that a fitted step has
        return None
    accept, hand = accepted(source), accepted(final) if hasattr(final, "n_features_in_") else lambda rows: rows
    gaps = any(c.__module__.partition(".")[0] == "xgboost" for c in type(final).__mro__)

    def made(rows: Rows) -> Rows:
        rows = accept(rows)
        for step in steps:
            rows = step.transform(rows)
        return hand(_dense(rows, gaps))

    return Fed(final, origin, made)


def _steps(source: Any) -> list[Any]:
    out: list[Any] = []
    while is_pipeline(source):
        out += [step for _, step in source.steps[:-1] if step is not None and not isinstance(step, str)]
        source = source.steps[-1][1]
    return out


def _dense(rows: Any, gaps: bool) -> Rows:
    """Sparse rows as an array; what is not stored is missing to XGBoost, and zero to all others."""
    if not hasattr(rows, "tocoo"):
        return rows
    if not gaps:
        return rows.toarray()
    stored = rows.tocoo()
    out = np.full(stored.shape, np.nan)
    out[stored.row, stored.col] = stored.data
    return out


def _origin(step: Any, n: int) -> Ints:
    """Column in of each column out, of a fitted step that is given n columns.

    Raises:
        Mixed: if a column out depends on several columns in, or that cannot be told.
    """
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return np.arange(n)
    names = {c.__name__ for c in type(step).__mro__ if c.__module__.startswith("sklearn")}
    if type(step).__name__ not in names:  # a class of the user's own may do anything
        raise Mixed
    known = next((f for name, f in _KNOWN.items() if name in names), None)
    if known is not None:
        return known(step, n)
    if names & set(ONE):
        return np.arange(n)
    if hasattr(step, "get_support"):
        return np.flatnonzero(step.get_support())
    raise Mixed


def _pipeline(step: Any, n: int) -> Ints:
    out = np.arange(n)
    for _, part in step.steps:
        out = out[_origin(part, len(out))]
    return out


def _transformer(step: Any, n: int) -> Ints:
    """A ColumnTransformer: each part's columns, where they are put."""
    out = np.full(max((part.stop for part in step.output_indices_.values()), default=0), -1, np.intp)
    for name, part, _ in step.transformers_:
        columns = np.asarray(step._transformer_to_input_indices[name], np.intp)
        if (isinstance(part, str) and part == "drop") or not len(columns):
            continue
        found = columns[_origin(part, len(columns))]
        where = step.output_indices_[name]
        if where.stop - where.start != len(found):
            raise Mixed
        out[where] = found
    if (out < 0).any():
        raise Mixed
    return out


def _union(step: Any, n: int) -> Ints:
    parts = [part for _, part in step.transformer_list if not (isinstance(part, str) and part == "drop")]
    return np.concatenate([_origin(part, n) for part in parts])


def _one_hot(step: Any, n: int) -> Ints:
    return np.repeat(np.arange(n), step._n_features_outs)


def _target(step: Any, n: int) -> Ints:
    return np.repeat(np.arange(n), len(step.classes_) if step.target_type_ == "multiclass" else 1)


def _imputer(step: Any, n: int) -> Ints:
    """Columns that were empty in training are dropped; marks of what was missing come last."""
    keep = np.ones(n, bool)
    if not step.keep_empty_features and step.strategy != "constant":
        keep = np.array([not _is_nan(s) for s in step.statistics_])
    marks = step.indicator_.features_ if step.add_indicator else np.empty(0, np.intp)
    return np.concatenate([np.flatnonzero(keep), marks]).astype(np.intp)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)


def _indicator(step: Any, n: int) -> Ints:
    return np.asarray(step.features_, np.intp)


def _bins(step: Any, n: int) -> Ints:
    return np.arange(n) if step.encode == "ordinal" else np.repeat(np.arange(n), step.n_bins_)


def _splines(step: Any, n: int) -> Ints:
    return np.repeat(np.arange(n), step.n_features_out_ // n)


def _function(step: Any, n: int) -> Ints:
    """No function at all, or one of NumPy's that treats every number by itself."""
    if step.func is None or (isinstance(step.func, np.ufunc) and step.func.nin == 1):
        return np.arange(n)
    raise Mixed


_KNOWN: dict[str, Callable[[Any, int], Ints]] = {
    "Pipeline": _pipeline,
    "ColumnTransformer": _transformer,
    "FeatureUnion": _union,
    "OneHotEncoder": _one_hot,
    "TargetEncoder": _target,
    "SimpleImputer": _imputer,
    "MissingIndicator": _indicator,
    "KBinsDiscretizer": _bins,
    "SplineTransformer": _splines,
    "FunctionTransformer": _function,
}
