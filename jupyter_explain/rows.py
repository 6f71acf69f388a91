"""Rows of any kind: arrays, data frames, lists of texts, and tuples of them (several inputs)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = Any


def is_frame(rows: Any) -> bool:
    """Whether `rows` is a data frame (told by what it offers, so pandas is not imported)."""
    return hasattr(rows, "iloc") and hasattr(rows, "columns")


def length(rows: Rows) -> int:
    """Number of rows."""
    return length(rows[0]) if isinstance(rows, tuple) else len(rows)


def take(rows: Rows, which: slice | NDArray[np.intp] | Sequence[int]) -> Rows:
    """The chosen rows, in the same kind of container."""
    if isinstance(rows, tuple):
        return tuple(take(r, which) for r in rows)
    if is_frame(rows):
        return rows.iloc[which]
    if isinstance(rows, list):
        return rows[which] if isinstance(which, slice) else [rows[i] for i in which]
    return rows[which]


def copied(rows: Rows) -> Rows:
    """A copy that a model may write into without harm."""
    if isinstance(rows, tuple):
        return tuple(copied(r) for r in rows)
    return list(rows) if isinstance(rows, list) else rows.copy()


def framed(array: NDArray[Any], columns: Any) -> Any:
    """An array (n, columns) as a frame. One of several kinds has forgotten which: columns of numbers or booleans alone
    become such, all others stay objects (pandas would make texts of them, and NaN of None).
    """
    import pandas as pd

    if array.dtype != object:
        return pd.DataFrame(array, columns=columns)
    frame = pd.DataFrame(array, columns=columns, dtype=object)
    found = frame.infer_objects()
    for i, kind in enumerate(found.dtypes):
        if getattr(kind, "kind", "O") not in "fiub":
            found.isetitem(i, frame.iloc[:, i])
    return found


def row_like(series: Any, like: Any) -> Any:
    """A row that is a Series as a one-row frame, each column of the type it has in `like` where that changes no value.

    A Series has one type for all that is in it; which of its texts were categories, only other rows can tell.
    """
    row = series.to_frame().T.infer_objects()
    for column in row.columns if is_frame(like) and like.columns.is_unique and row.columns.is_unique else ():
        if column in like.columns:
            row[column] = _of_type(row[column], like[column].dtype)
    return row


def _of_type(value: Any, kind: Any) -> Any:
    """A column of one value with this type, or as it is where it would not be the same value any more."""
    missing = bool(value.isna().iloc[0])
    if not missing and value.iloc[0] not in getattr(kind, "categories", value.array):
        return value
    try:
        cast = value.astype(kind)
    except (TypeError, ValueError):
        return value
    fits = getattr(kind, "kind", "O") == "f" or missing or bool(cast.iloc[0] == value.iloc[0])
    return cast if fits and bool(cast.isna().iloc[0]) == missing else value


def frame_of(columns: Mapping[Any, Any], copy: bool = True) -> Any:
    """A data frame of arrays by name, each column of its array's type."""
    import pandas as pd

    return pd.DataFrame({name: kept(values) for name, values in columns.items()}, copy=copy)


def kept(values: Any) -> Any:
    """A column's values such that a frame takes them as they are: of objects pandas makes texts, and NaN of None."""
    if str(values.dtype) != "object":
        return values
    import pandas as pd

    return pd.Series(values, dtype=object)


def text_of(value: Any) -> str:
    """A category as text; of a date at midnight only the day."""
    text = str(value)
    return text.removesuffix(" 00:00:00") if hasattr(value, "isoformat") else text


def each(fn: Callable[..., Any], *rows: Rows) -> Rows:
    """Apply `fn` to one array, or to each array of a tuple of inputs."""
    if isinstance(rows[0], tuple):
        return tuple(fn(*parts) for parts in zip(*rows, strict=True))
    return fn(*rows)


def same(one: Rows, other: Rows) -> bool:
    """Whether two inputs are equal (missing equals missing)."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if is_frame(one):
        return bool(one.equals(other))
    if one.shape != other.shape:
        return False
    equal = np.asarray(one == other)
    if equal.all():
        return True
    first = np.unravel_index(int(equal.argmin()), equal.shape)  # told by one number, mostly
    gaps = one.dtype.kind == other.dtype.kind == "f" and bool(np.isnan(one[first]) and np.isnan(other[first]))
    return gaps and np.array_equal(one, other, equal_nan=True)


def any_change(gradient: Rows) -> bool:
    """Whether any number of a gradient is not exactly zero."""
    return any(bool(np.any(g)) for g in (gradient if isinstance(gradient, tuple) else (gradient,)))


def concat(many: Sequence[Rows]) -> Rows:
    """Stack rows of the same kind."""
    first = many[0]
    if isinstance(first, tuple):
        return tuple(concat([m[i] for m in many]) for i in range(len(first)))
    if is_frame(first):
        import pandas as pd

        return pd.concat(many, ignore_index=True)
    return [r for m in many for r in m] if isinstance(first, list) else np.concatenate(many)


def row_bytes(rows: Rows) -> int:
    """Bytes of one row (a text counts as 1 kB)."""
    if isinstance(rows, tuple):
        return sum(row_bytes(r) for r in rows)
    if is_frame(rows):
        return 16 * rows.shape[1]
    return 1024 if isinstance(rows, list) else max(1, rows[:1].nbytes)


def along(weights: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """`weights` (n,) shaped so that it multiplies the rows of an array (n, …), in that array's precision."""
    return weights.reshape(-1, *[1] * (rows.ndim - 1)).astype(rows.dtype, copy=False)


def between(start: Rows, end: Rows, alphas: NDArray[np.float64]) -> Rows:
    """Points on the straight line from `start` (one row) to `end` (one row)."""

    def points(b: NDArray[Any], x: NDArray[Any]) -> NDArray[Any]:
        out = along(alphas, x) * (x - b)
        out += b
        return out

    return each(points, each(_floating, start), each(_floating, end))


def weighted_sum(weights: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
    """Sum of weights (n,) times rows (n, …).

    Not by BLAS, whose waiting threads would take the processor from the network's.
    """
    return np.einsum("i,i...->...", weights, rows)


def _floating(a: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as floats: places between them are not whole."""
    return a if a.dtype.kind == "f" else a.astype(np.float64)
