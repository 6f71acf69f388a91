"""Columns of a dataset that move together: how a value is shared among them is a choice of the method."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rows import Rows, is_frame, length, take

Array = NDArray[np.float64]
LIKE = 0.99  # correlation from which two columns are hardly told apart
LEAST = 20  # rows below which nothing is said
ROWS, COLUMNS = 200, 200  # that are looked at, at most


def twins_note(rows: Rows, names: tuple[str, ...]) -> str | None:
    """What to know about the two columns that are most alike, or None where no two are."""
    found = _numbers(rows)
    if found is None:
        return None
    which, centred, known = found
    pairs = _pairs(centred, known)
    if not pairs:
        return None
    (size, i, j), more = pairs[0], len(pairs) - 1
    also = "" if not more else f"; so do {more} more pairs" if more > 1 else "; so does 1 more pair"
    return (
        f"{names[which[i]]} and {names[which[j]]} move together (correlation {size:.3f}){also}. How a value is shared "
        "between them is a choice of the method; groups= makes them one."
    )


def _numbers(rows: Rows) -> tuple[list[int], Array, Array] | None:
    """Columns of numbers that are not constant: their places, the numbers of evenly chosen rows centred and scaled,
    and 1 where there is a number, 0 where none is known."""
    if isinstance(rows, (tuple, list)) or length(rows) < LEAST:
        return None
    some: Any = take(rows, slice(None, None, -(-length(rows) // ROWS)))
    if is_frame(some):
        places = [j for j, t in enumerate(some.dtypes) if getattr(t, "kind", "O") in "fiu"]
        numbers = some.iloc[:, places].to_numpy(dtype=float, na_value=np.nan)
    elif some.ndim == 2 and some.dtype.kind in "fiu":
        places, numbers = list(range(some.shape[1])), some.astype(float)
    else:
        return None
    known = np.isfinite(numbers)
    filled = np.where(known, numbers, 0.0)
    centred = np.where(known, numbers - filled.sum(0) / np.maximum(known.sum(0), 1), 0.0)
    centred /= np.maximum(np.abs(centred).max(0, initial=0.0), 1e-300)
    varied = np.flatnonzero(centred.any(0))[:COLUMNS]
    return [places[k] for k in varied], centred[:, varied], known[:, varied].astype(float)


def _pairs(centred: Array, known: Array) -> list[tuple[float, int, int]]:
    """Pairs of columns with a correlation of at least LIKE in size, over rows that have both; strongest first."""
    squares = (centred**2).T @ known
    like = centred.T @ centred / np.maximum(np.sqrt(squares * squares.T), 1e-300)
    i, j = np.nonzero(np.triu(np.abs(like) >= LIKE, 1))
    return sorted(((float(like[a, b]), int(a), int(b)) for a, b in zip(i, j, strict=True)), key=lambda p: -abs(p[0]))
