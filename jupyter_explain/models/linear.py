"""Linear models as coefficients, behind transforms that treat every column by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..rows import Rows
from .sklearn import accepted

Array = NDArray[np.float64]
FAMILIES = ("sklearn.linear_model", "sklearn.svm._classes")
BY_COLUMN = (
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "PowerTransformer",
    "QuantileTransformer",
    "SimpleImputer",
)


@dataclass(frozen=True)
class LinearModel:
    """Outputs (n, outputs) = encode(rows) @ slopes.T + intercepts, where column j of `encode` depends on column j only.

    Attributes:
        slopes: (outputs, features).
        intercepts: (outputs,).
        encode: rows -> (n, features) numbers.
    """

    slopes: Array
    intercepts: Array
    encode: Callable[[Rows], Array]


def is_linear(source: Any, unit: str, classes: bool) -> bool:
    """Whether an output in this unit is linear in the columns (told by type and attributes alone)."""
    steps, last = _steps(source)
    family = any(cls.__module__.startswith(FAMILIES) for cls in type(last).__mro__)
    plain = all(type(s).__name__ in BY_COLUMN or s in ("passthrough", None) for s in steps)
    return family and plain and hasattr(last, "coef_") and (unit == "margin" if classes else True)


def _steps(source: Any) -> tuple[list[Any], Any]:
    """Transforms and final estimator of a pipeline, or no transforms."""
    if any(cls.__name__ == "Pipeline" for cls in type(source).__mro__):
        return [step for _, step in source.steps[:-1]], source.steps[-1][1]
    return [], source


def read(source: Any) -> LinearModel:
    """Coefficients of a fitted linear model."""
    steps, last = _steps(source)
    slopes = np.atleast_2d(np.asarray(last.coef_, float))
    intercepts = np.broadcast_to(np.asarray(last.intercept_, float), (len(slopes),))
    accept = accepted(source)

    def encode(rows: Rows) -> Array:
        out = accept(rows)
        for step in steps:
            out = out if step in ("passthrough", None) else step.transform(out)
        out = np.asarray(out, float)
        if out.shape[1] != slopes.shape[1]:
            given = Phrase(f"{out.shape[1]} columns for {slopes.shape[1]} coefficients")
            raise refuse(type(source).__name__, "transforms must keep the columns as they are", given)
        return out

    return LinearModel(slopes, intercepts, encode)
