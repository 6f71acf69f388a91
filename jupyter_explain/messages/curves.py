"""Curves as they travel: one set of arrays per column."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Curves

LINES = 200  # individual lines that are sent
BYTES = 120_000  # of the individual lines together
TYPES[Curves] = "curves"


@drawn.register(Curves)
def _curves(e: Curves) -> tuple[dict[str, Any], list[Array]]:
    """Per column i: `x.i` (numbers only), `y.i`, `low.i`, `high.i`, `counts.i`, `own.i`, `lines.i`."""
    which = _some_lines(e)
    arrays: dict[str, Array] = {}
    for i in range(len(e.names)):
        arrays |= {f"{name}.{i}": a for name, a in _panel_arrays(e, i, which).items()}
    panels = [_panel(e, i) for i in range(len(e.names))]
    total = 0 if e.rows is None else len(e.rows)
    layout = {"kind": "curves", "panels": panels, "draw": e.kind, "axis": e.axis, "lines": len(which), "rows": total}
    layout["fidelity"] = e.fidelity
    layout |= {"along": e.along} if e.along else {}
    layout |= {"verdict": asdict(e.verdict)} if e.verdict else {}
    return layout | {"arrays": list(arrays)}, [np.ascontiguousarray(a, "<f4") for a in arrays.values()]


def _panel(e: Curves, i: int) -> dict[str, Any]:
    texts = None if e.x[i].dtype.kind == "f" else [str(v) for v in e.x[i]]
    return {"name": e.names[i], "texts": texts, "here": None if e.here is None else _point(*e.here[i])}


def _point(x: Any, y: float) -> dict[str, Any] | None:
    """The explained row in a panel; nothing where its value is missing."""
    if not np.isfinite(y) or (not isinstance(x, str) and not np.isfinite(x)):
        return None
    return {"x": x, "y": float(y)}


def _panel_arrays(e: Curves, i: int, which: Array) -> dict[str, Array]:
    found = {"y": e.y[i], "low": e.band[i][0], "high": e.band[i][1], "counts": e.counts[i]}
    if e.x[i].dtype.kind == "f":
        found["x"] = e.x[i]
    if e.own is not None:
        found["own"] = e.own[i]
    if e.lines is not None and len(which):
        found["lines"] = e.lines[i][which]
    return found


def _some_lines(e: Curves) -> Array:
    """Evenly spaced rows, as many as can be drawn and sent; the rows have no order that could repeat."""
    if e.lines is None or not len(e.lines) or e.kind == "average":
        return np.empty(0, np.intp)
    points = sum(len(y) for y in e.y)
    most = max(10, min(LINES, BYTES // (4 * points)))
    return np.unique(np.linspace(0, len(e.lines[0]) - 1, most).round().astype(np.intp))
