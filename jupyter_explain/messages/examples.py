"""Counterfactuals as they travel: changed values as text, moves and distances as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Examples
from ..words.examples import cell, whose
from .pieces import pieces_layout, places

TYPES[Examples] = "examples"
TEXT = 40  # characters of a category that are sent


@drawn.register(Examples)
def _examples(e: Examples) -> tuple[dict[str, Any], list[Array]]:
    """Only columns that some example changes travel: `moved` (examples × these), `distances`, `outputs`."""
    where = np.flatnonzero(e.changed.any(0)) if len(e.rows) else np.empty(0, np.intp)
    order = where[np.argsort(-np.abs(e.moved[:, where]).max(0, initial=0), kind="stable")]
    layout = {
        "kind": "examples",
        "names": [e.names[i] for i in order],
        "original": [cell(e.original[i], TEXT) for i in order],
        "rows": [[cell(row[i], TEXT) for i in order] for row in e.rows],
        "decision": e.decision,
        "decisions": list(e.decisions),
        "goal": e.goal,
        "scale": e.scale,
        "same": len(e.names) - len(order),
        "tried": e.tried,
        "bound": e.bound,
        "own": float(e.output),
        "whose": whose(e),
        "blocked": list(e.blocked),
    }
    if e.pieces is not None:
        return _hidden(e, layout)
    found = {"moved": e.moved[:, order], "distances": e.distances, "outputs": e.outputs}
    return layout | {"arrays": list(found)}, [np.ascontiguousarray(a, "<f4") for a in found.values()]


def _hidden(e: Examples, layout: dict[str, Any]) -> tuple[dict[str, Any], list[Array]]:
    """Of texts, images and series: which players each example hides; the page makes what was shown instead itself."""
    if e.pieces is None:
        return layout, []
    about, arrays = pieces_layout(e.pieces)
    layout |= {"pieces": about, "hidden": [places(row) for row in e.changed], "names": [], "original": [], "rows": []}
    layout |= {"exact": e.error == 0, "least": e.least}
    found = {"moved": np.empty((len(e.rows), 0)), "distances": e.distances, "outputs": e.outputs} | arrays
    return layout | {"arrays": list(found)}, [np.ascontiguousarray(a, "<f4") for a in found.values()]
