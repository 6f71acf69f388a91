"""Surfaces as they travel: the grid, and counts of rows in squares; never a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Surface
from ..explanation.surface import numeric

TYPES[Surface] = "surface"
MOST = 120  # grid points a side that are sent


@drawn.register(Surface)
def _surface(e: Surface) -> tuple[dict[str, Any], list[Array]]:
    """`x`, `y` (numbers only), `z`, `counts` and, where there are any, `stderr`, `dots` (m, 4), `border` (m, 4)."""
    x, y = _thinned(e.x), _thinned(e.y)
    cells = np.ix_(y, x)
    found: dict[str, Array] = {"z": e.z[cells], "counts": e.counts[cells]}
    found |= {n: a[k] for n, a, k in (("x", e.x, x), ("y", e.y, y)) if numeric(a)}
    if e.stderr is not None:
        found["stderr"] = e.stderr[cells]
    found |= {n: a for n, a in (("dots", e.dots), ("border", e.border)) if a is not None}
    layout = {
        "kind": "surface",
        "names": list(e.names),
        "shape": [len(y), len(x)],
        "texts": [None if numeric(a) else [str(v) for v in a[k]] for a, k in ((e.x, x), (e.y, y))],
        "classes": list(e.classes),
        "here": _here(e),
        "centre": e.centre,
        "decides": e.border is not None,
        "axis": e.axis,
    }
    return layout | {"arrays": list(found)}, [np.ascontiguousarray(a, "<f4") for a in found.values()]


def _thinned(x: Array) -> Array:
    if len(x) <= MOST:
        return np.arange(len(x))
    return np.unique(np.linspace(0, len(x) - 1, MOST).round().astype(np.intp))


def _here(e: Surface) -> list[Any] | None:
    """The explained row's place in numbers; nothing where it lies on no axis."""
    if e.here is None:
        return None
    spots = [_spot(v, axis) for v, axis in zip(e.here[:2], (e.x, e.y), strict=True)]
    return None if None in spots or not np.isfinite(e.here[2]) else [*spots, float(e.here[2])]


def _spot(value: Any, axis: Array) -> float | None:
    if numeric(axis):
        return float(value) if np.isfinite(value) else None
    places = [str(v) for v in axis]
    return float(places.index(str(value))) if str(value) in places else None
