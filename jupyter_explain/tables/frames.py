"""Answers as pandas DataFrames."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, Explanation
from .cases import cases, count_of

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@singledispatch
def frame(e: Explanation) -> pd.DataFrame:
    """An answer as a pandas DataFrame; every answer type registers its own.

    Raises:
        ImportError: without pandas.
        TypeError: for an answer type without a table.
    """
    raise TypeError(f"to_frame: must be an answer with a table; got {type(e).__name__}")


@frame.register(Attribution)
def _attribution(e: Attribution) -> pd.DataFrame:
    """Tables: row (batches only), feature, value, attribution, stderr. Texts: token instead of feature and value.
    Images: y, x instead of feature, sums over the channels; their stderr is an upper bound (the channels' errors
    added, as if they always went together)."""
    pandas = _pandas()
    tables = [pandas.DataFrame(_columns(case)) for case in cases(e)]
    if count_of(e) is None:
        return tables[0]
    for i, table in enumerate(tables):
        table.insert(0, "row", i)
    return pandas.concat(tables, ignore_index=True)


def _columns(case: Attribution) -> dict[str, Any]:
    values, stderr, data = np.asarray(case.values, float), case.stderr, case.layout.data
    if case.layout.kind == "image":
        y, x = np.indices(values.shape[:2]).reshape(2, -1)
        columns: dict[str, Any] = {"y": y, "x": x, "attribution": values.sum(-1).ravel()}
        return columns if stderr is None else columns | {"stderr": np.asarray(stderr).sum(-1).ravel()}
    if case.layout.kind == "series":
        channel, step = np.indices(values.shape).reshape(2, -1)
        columns = {"channel": np.array(case.layout.names)[channel] if case.layout.names else channel, "step": step}
    else:
        columns = {"token" if case.layout.kind == "text" else "feature": list(case.layout.names)}
    if data is not None and case.layout.kind != "text":
        columns["value"] = _natural(np.asarray(data).ravel())
    columns["attribution"] = values.ravel()
    return columns if stderr is None else columns | {"stderr": np.asarray(stderr, float).ravel()}


def _natural(cells: Array) -> Any:
    """Numbers as numbers, although a mixed row comes as objects."""
    return _pandas().Series(list(cells)).infer_objects() if cells.dtype == object else cells


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError as error:
        error.add_note("to_frame needs pandas: pip install pandas")
        raise
    return pd
