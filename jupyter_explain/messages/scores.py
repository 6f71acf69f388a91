"""Scores as they travel."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Scores

TYPES[Scores] = "scores"


@drawn.register(Scores)
def _scores(e: Scores) -> tuple[dict[str, Any], list[Array]]:
    """`values`, and `stderr` where it is known."""
    found = {"values": e.values} | ({} if e.stderr is None else {"stderr": e.stderr})
    layout = {"kind": "scores", "names": list(e.names), "measure": e.measure, "score": e.base, "draws": e.draws}
    return layout | {"arrays": list(found)}, [np.ascontiguousarray(a, "<f4") for a in found.values()]
