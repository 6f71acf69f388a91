"""Distributions and cohorts as they travel: counts, means and errors; never a row."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Cohorts, Distributions

TYPES[Distributions] = "distributions"
TYPES[Cohorts] = "cohorts"
MOST = 60  # columns that are sent


@drawn.register(Distributions)
def _distributions(e: Distributions) -> tuple[dict[str, Any], list[Array]]:
    """Per column i: `x.i` (borders, numbers only), `counts.i` (groups, k); and `missing` (columns, groups)."""
    arrays: dict[str, Array] = {"missing": e.missing[:MOST]}
    panels = []
    for i, name in enumerate(e.names[:MOST]):
        numbers = e.x[i].dtype.kind == "f"
        if numbers:
            arrays[f"x.{i}"] = e.x[i]
        arrays[f"counts.{i}"] = e.counts[i]
        panels.append({"name": name, "texts": None if numbers else [str(v) for v in e.x[i]], "here": _here(e, i)})
    sizes = [int(n) for n in e.sizes]
    layout = {"kind": "distributions", "panels": panels, "groups": list(e.groups), "sizes": sizes, "by": e.by}
    return layout | {"arrays": list(arrays)}, [np.ascontiguousarray(a, "<f4") for a in arrays.values()]


def _here(e: Distributions, i: int) -> dict[str, Any] | None:
    if e.here is None:
        return None
    value, share = e.here[i]
    known = math.isfinite(share) and (isinstance(value, str) or math.isfinite(value))
    return {"x": value, "share": share} if known else None


@drawn.register(Cohorts)
def _cohorts(e: Cohorts) -> tuple[dict[str, Any], list[Array]]:
    """`values` and `stderr`, both (2, columns), A before B; facts about both groups in the layout."""
    ends = {"outputs": e.outputs, "output_stderr": e.output_stderr, "scores": e.scores, "score_stderr": e.score_stderr}
    layout: dict[str, Any] = {
        "kind": "cohorts",
        "names": list(e.names),
        "groups": list(e.groups),
        "sizes": [int(n) for n in e.sizes],
        "small": [g in e.small for g in e.groups],
        "measure": e.measure,
        "score": e.score,
        "arrays": ["values", "stderr"],
    }
    layout |= {k: None if v is None else [float(n) for n in v] for k, v in ends.items()}
    return layout, [np.ascontiguousarray(a, "<f4") for a in (e.values, e.stderr)]
