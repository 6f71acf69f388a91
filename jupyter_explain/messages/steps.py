"""The steps of an algorithm as they travel, beside the answer that they build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..drawn import Array
from ..explanation import Attribution, Explanation, OrderSteps, PathSteps
from ..explanation.pieces import ALL
from ..tables.cases import channels_first
from ..tables.ranking import eighths, stretch_names, stretch_sums

NUMBERS = 20_000  # of all steps of a text or table
SIDE = 64  # places of a picture's longer side
ROWS = 20  # features of a table: the largest; one more row has the sum of the others
CURVE = 129  # places of the curves
NAMED = ("all zeros", "the mean")  # baselines that are nobody's row
TOP = 127  # bytes are numbers from -TOP to TOP


def with_steps(e: Explanation, layout: dict[str, Any], arrays: list[Array]) -> tuple[dict[str, Any], list[Array]]:
    """The message of an answer, and a part "steps" or "orders" where it shows how it came about.

    `steps.t`, `steps.f`, `steps.sum` are the curves, `steps.ends` (steps + 1) the places between the steps, and
    `steps.shares` (steps, cells) what each collects: numbers, or for pictures bytes (128 is 0) of `unit` each.
    `orders.gains` (walks, features) and `orders.ranks` have the features with the largest means, and the others' sum.
    """
    steps = getattr(e, "steps", None)
    if steps is None or not isinstance(e, Attribution):
        return layout, arrays
    part = "orders" if isinstance(steps, OrderSteps) else "steps"
    facts, found = _orders(steps) if isinstance(steps, OrderSteps) else _path(e, steps)
    parts = layout.get("parts", {}) | {part: facts}
    names = [*layout["arrays"], *(f"{part}.{n}" for n in found)]
    return layout | {"parts": parts, "arrays": names}, [*arrays, *found.values()]


def _path(e: Attribution, steps: PathSteps) -> tuple[dict[str, Any], dict[str, Array]]:
    thin = np.unique(np.linspace(0, len(steps.places) - 1, CURVE).round().astype(int))
    curves = {"t": steps.places, "f": steps.outputs, "sum": steps.sums}
    found = {name: np.ascontiguousarray(a[thin], "<f4") for name, a in curves.items()}
    cells = {"image": _pictures, "text": _tokens, "series": _series}.get(e.layout.kind, _features)
    facts, more = cells(e, steps)
    return {"kind": "path", "at": steps.saturation} | facts, found | more


def _pictures(e: Attribution, steps: PathSteps) -> tuple[dict[str, Any], dict[str, Array]]:
    """Maps of the steps; where the picture is large, places a side are averaged."""
    from ..wire import heat, shrunk

    maps = np.stack([shrunk(heat(s, e.layout), SIDE) for s in steps.shares])
    unit = max(float(np.abs(maps).max()), 1e-30) / TOP
    small = {"ends": np.ascontiguousarray(steps.ends, "<f4"), "shares": _bytes(maps / unit)}
    return {"draw": "image", "height": maps.shape[1], "width": maps.shape[2], "unit": unit}, small


def _bytes(maps: Array) -> Array:
    """Whole numbers; what rounding takes from a step is given to the next, so that sums stay right to half a unit."""
    out, total, sent = np.empty(maps.shape, np.uint8), np.zeros(maps.shape[1:]), np.zeros(maps.shape[1:])
    for k, one in enumerate(maps):
        total += one
        whole = np.clip(np.round(total - sent), -TOP, TOP)
        sent += whole
        out[k] = whole + TOP + 1
    return out


def _tokens(e: Attribution, steps: PathSteps) -> tuple[dict[str, Any], dict[str, Array]]:
    shares = steps.shares.reshape(len(steps.shares), -1)
    ends, shares = _fewer(steps.ends, shares)
    return {"draw": "text"}, {"ends": ends, "shares": shares}


def _features(e: Attribution, steps: PathSteps) -> tuple[dict[str, Any], dict[str, Array]]:
    """The largest features, with where each comes from and goes to where these are numbers; and the others' sum."""
    order, facts, found = _largest(steps, steps.shares.reshape(len(steps.shares), -1), e.layout.names)
    return facts, found | {name: np.ascontiguousarray(a[order], "<f4") for name, a in _ends(e, steps).items()}


def _series(e: Attribution, steps: PathSteps) -> tuple[dict[str, Any], dict[str, Array]]:
    """Sums over stretches of each channel, as if they were the features of a table."""
    shares = channels_first(steps.shares, e.layout, len(steps.shares))
    _, channels, length = shares.shape
    order, facts, found = _largest(steps, stretch_sums(shares), stretch_names(e.layout.names, channels, length))
    of = range(channels) if channels > 1 else (ALL,)
    spans = [(c, int(r[0]), int(r[-1])) for c in of for r in eighths(length)]
    return facts | {"spans": [spans[i] for i in order], "channels": list(e.layout.names)}, found


def _largest(steps: PathSteps, shares: Array, names: Sequence[str]) -> tuple[Array, dict[str, Any], dict[str, Array]]:
    """(which, layout, arrays): the largest of some parts with `shares` (steps, parts), and the others' sum."""
    order = np.argsort(-np.abs(shares.sum(0)), kind="stable")[:ROWS]
    rest = shares.sum(1) - shares[:, order].sum(1)
    some = np.column_stack([shares[:, order], rest] if len(order) < shares.shape[1] else [shares[:, order]])
    found = {"ends": np.ascontiguousarray(steps.ends, "<f4"), "shares": np.ascontiguousarray(some, "<f4")}
    facts = {"draw": "table", "names": [names[i] for i in order], "others": shares.shape[1] - len(order)}
    return order, facts, found


def _ends(e: Attribution, steps: PathSteps) -> dict[str, Array]:
    """Where the features come from and go to. A row that the user gave stays in Python."""
    if steps.start is None or not (steps.ways > 1 or e.baseline.startswith(NAMED)):
        return {}
    data = e.layout.data if isinstance(e.layout.data, tuple) else (e.layout.data,)
    return {"start": np.ravel(steps.start), "end": np.concatenate([np.ravel(np.asarray(a, float)) for a in data])}


def _fewer(ends: Array, shares: Array) -> tuple[Array, Array]:
    """Neighbouring steps become one until there are few enough numbers."""
    while shares.size > NUMBERS and len(shares) > 1 and len(shares) % 2 == 0:
        ends, shares = ends[::2], shares[::2] + shares[1::2]
    return np.ascontiguousarray(ends, "<f4"), np.ascontiguousarray(shares, "<f4")


def _orders(steps: OrderSteps) -> tuple[dict[str, Any], dict[str, Array]]:
    """The features with the largest mean gains, and the sum of the others'."""
    order = steps.order[:ROWS]
    some = steps.gains[:, order]
    if len(order) < len(steps.names):
        some = np.column_stack([some, steps.gains.sum(1) - some.sum(1)])
    found = {
        "ranks": np.ascontiguousarray(steps.ranks[:, order], "<i4"),
        "gains": np.ascontiguousarray(some, "<f4"),
        "starts": np.ascontiguousarray(steps.starts, "<f4"),
    }
    names = [steps.names[i] for i in order]
    return {"names": names, "others": len(steps.names) - len(order), "output": steps.output}, found
