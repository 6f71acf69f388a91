"""Answers about a dataset as pandas DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..explanation import Curves, Scores
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Scores)
def _scores(e: Scores) -> pd.DataFrame:
    """feature, importance and, where known, stderr, low, high; in the order of the table."""
    pandas = _pandas()
    columns: dict[str, Any] = {"feature": list(e.names), "score": e.values}
    for name in ("stderr", "low", "high"):
        if getattr(e, name) is not None:
            columns[name] = getattr(e, name)
    return pandas.DataFrame(columns)


@frame.register(Curves)
def _curves(e: Curves) -> pd.DataFrame:
    """feature, x, y, low, high, rows (near the point); with one line per row also every line, as row and y.

    Of curves that judge an explanation: the share, and the output in its order, in the reverse and in random ones.
    """
    pandas = _pandas()
    if e.verdict is not None and e.own is not None and e.lines is not None:
        low, high = e.band[0]
        orders = {"explained": e.own[0], "reverse": e.lines[0][0], "random": e.y[0], "low": low, "high": high}
        return pandas.DataFrame({e.along: e.x[0]} | orders)
    tables = []
    for i, name in enumerate(e.names):
        x = list(e.x[i])
        common = {"feature": name, "x": x, "rows": e.counts[i]}
        tables.append(pandas.DataFrame(common | {"y": e.y[i], "low": e.band[i][0], "high": e.band[i][1]}))
        if e.lines is not None and e.rows is not None:
            n = len(e.rows)
            lines = {"feature": name, "row": np.repeat(e.rows, len(x)), "x": x * n, "y": e.lines[i].ravel()}
            tables.append(pandas.DataFrame(lines))
    found = pandas.concat(tables, ignore_index=True)
    if "row" not in found:
        return found[["feature", "x", "y", "low", "high", "rows"]]
    found["row"] = found["row"].astype("Int64")
    return found[["feature", "row", "x", "y", "low", "high", "rows"]]
