"""Linear models as coefficients, behind steps that make each column of one raw column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..rows import Rows
from .columnwise import fed
from .logarithmic import is_logarithmic
from .one_tree import last

Array = NDArray[np.float64]
FAMILIES = ("sklearn.linear_model", "sklearn.svm._classes")


@dataclass(frozen=True)
class LinearModel:
    """Outputs (n, outputs) = encode(rows) @ slopes.T + intercepts.

    Attributes:
        slopes: (outputs, features).
        intercepts: (outputs,).
        encode: rows -> (n, features) numbers.
        origin: (features,) the column of the fitted input that each of them is made from.
    """

    slopes: Array
    intercepts: Array
    encode: Callable[[Rows], Array]
    origin: NDArray[np.intp]


def is_linear(source: Any, unit: str, classes: bool) -> bool:
    """Whether an output in this unit is linear in the columns (told by type and attributes alone)."""
    final = last(source)
    family = any(cls.__module__.startswith(FAMILIES) for cls in type(final).__mro__)
    sums = unit == "margin" or not (classes or is_logarithmic(final))
    return family and hasattr(final, "coef_") and sums and fed(source) is not None


def read(source: Any) -> LinearModel:
    """Coefficients of a fitted linear model."""
    found = fed(source)
    if found is None:
        rule = "every step before the coefficients must make each column of one raw column"
        raise refuse(type(source).__name__, rule, source)
    slopes = np.atleast_2d(np.asarray(found.last.coef_, float))
    intercepts = np.broadcast_to(np.asarray(found.last.intercept_, float), (len(slopes),))
    origin = np.arange(slopes.shape[1]) if found.origin is None else found.origin

    def encode(rows: Rows) -> Array:
        out = np.asarray(found.made(rows), float)
        if not out.shape[1] == slopes.shape[1] == len(origin):
            given = Phrase(f"{out.shape[1]} columns for {slopes.shape[1]} coefficients")
            raise refuse(type(source).__name__, "transforms must keep the columns as they are", given)
        return out

    return LinearModel(slopes, intercepts, encode, origin)
