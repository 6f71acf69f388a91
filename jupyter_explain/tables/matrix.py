"""Matrices as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..explanation import Matrix
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Matrix)
def _matrix(e: Matrix) -> pd.DataFrame:
    """row, column, value and, where known, stderr, low, high, rows (of data), measure: one line per cell.

    `e.to_frame().pivot(index="row", columns="column", values="value")` is the matrix again.
    """
    i, j = np.indices(e.values.shape).reshape(2, -1)
    columns: dict[str, Any] = {"row": np.array(e.rows, object)[i], "column": np.array(e.columns, object)[j]}
    columns["value"] = e.values.ravel()
    for name, label in (("stderr", "stderr"), ("low", "low"), ("high", "high"), ("counts", "rows")):
        if getattr(e, name) is not None:
            columns[label] = getattr(e, name).ravel()
    if e.which is not None:
        columns["measure"] = np.array(e.measures, object)[e.which.ravel()]
    return _pandas().DataFrame(columns)
