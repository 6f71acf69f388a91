"""Answers and inputs as the front end gets them: small JSON and binary copies, nothing that is not drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import messages  # noqa: F401  (registers the answer types)
from .drawn import TYPES, cut, drawn
from .explanation import Attribution, Explanation, Layout, flatten
from .inputs import Input
from .maskers.image import as_picture, limits
from .messages.local_fit import with_fit
from .messages.series import series
from .messages.steps import with_steps
from .question import Question
from .rows import length, text_of
from .tables.ranking import region_sums
from .words import shown as said

Array = NDArray[Any]
LONGEST = 200  # characters of a token that are sent
SIDE = 224  # pixels of the longer side that are sent; more is averaged
TYPES[Attribution] = "attribution"
COLORMAPS = ("PuOr_r", "RdBu_r", "cividis", "viridis", "gray")


def answer_message(
    e: Explanation, samples: int | None, partial: bool, running: bool
) -> tuple[dict[str, Any], list[Array]]:
    """An answer as (JSON-clean fields, arrays)."""
    layout, arrays = with_steps(e, *with_fit(e, *drawn(e)))
    return {
        "type": TYPES[type(e)],
        "method": e.method,
        "title": e.title,
        "target": e.target,
        "target_index": e.target_index if isinstance(e.target_index, int) else None,
        "baseline": e.baseline,
        "evals": e.evals,
        "samples": samples,
        "seconds": e.seconds,
        "eta": _eta(e, samples) if running else None,
        "seed": e.seed,
        "error": _number(e.error),
        "error_kind": e.error_kind,
        "gap": _number(getattr(e, "gap", None)),
        "base": _number(e.base) if isinstance(e, Attribution) else None,
        "output": _number(getattr(e, "output", None)),
        "final": e.final or not running,
        "partial": partial,
        "notes": list(e.notes),
        "unit": e.unit,
        "layout": layout,
    }, arrays


def _number(value: Any) -> float | None:
    """A JSON number; what is not finite becomes null."""
    return float(value) if value is not None and math.isfinite(value) else None


def _eta(e: Explanation, samples: int | None) -> float | None:
    """Seconds left, if every evaluation takes as long as those so far."""
    return e.seconds * (samples - e.evals) / e.evals if samples and e.evals else None


@drawn.register(Attribution)
def _attribution(e: Attribution) -> tuple[dict[str, Any], list[Array]]:
    if e.layout.kind == "series":
        return series(e)
    names = ("values", "stderr") if e.stderr is not None else ("values",)
    found = {"values": e.values, "stderr": e.stderr}
    if e.layout.kind == "image":
        heats = [heat(found[n], e.layout) for n in names]
        arrays = [shrunk(h) for h in heats]
        layout: dict[str, Any] = _picture_layout(heats[0], arrays[0])
    elif e.layout.kind == "text":
        arrays, layout = [flatten(found[n]) for n in names], text_layout(e.layout)
    else:
        arrays = [flatten(found[n]) for n in names]
        layout = {"kind": "table", "names": list(e.layout.names), "shown": shown_values(e.layout)}
    arrays = [np.ascontiguousarray(a, dtype="<f4") for a in arrays]
    return layout | {"arrays": list(names)}, arrays


def _picture_layout(full: Array, small: Array) -> dict[str, Any]:
    """Of a map as it is sent; sums over its ninths (and of sizes) are those of the whole one."""
    regions = {"regions": region_sums(full).tolist(), "sizes": region_sums(np.abs(full)).tolist()}
    height, width = small.shape
    return {"kind": "image", "height": height, "width": width, "step": _step(full)} | regions


def text_layout(layout: Layout) -> dict[str, Any]:
    """Tokens, and the white space before each."""
    names = [cut(n, LONGEST) for n in layout.names]
    pieces = [str(p) for p in np.ravel(np.asarray(layout.data, object))]
    gaps = ["\n" if "\n" in gap else " " * bool(gap) for gap in (p[: len(p) - len(p.lstrip())] for p in pieces)]
    return {"kind": "text", "names": names, "before": gaps}


def heat(values: Any, layout: Layout) -> Array:
    """Height × width: the sum over colour channels (for errors an upper bound: channels are seldom independent)."""
    a = np.asarray(values, float)
    while a.ndim > (3 if layout.channels is not None else 2) and len(a) == 1:
        a = a[0]
    if layout.channels is not None:
        a = a.sum(layout.channels)
    return np.atleast_2d(a)


def _step(a: Array, side: int = SIDE) -> int:
    """How many neighbours become one in each direction."""
    return math.ceil(max(a.shape[:2]) / side)


def shrunk(a: Array, side: int = SIDE) -> Array:
    """At most `side` on the longer side, by averaging blocks."""
    step = _step(a, side)
    if step == 1:
        return a
    height, width = (math.ceil(n / step) for n in a.shape[:2])
    edge = ((0, height * step - a.shape[0]), (0, width * step - a.shape[1]), *[(0, 0)] * (a.ndim - 2))
    full = np.pad(a, edge, mode="edge")
    return full.reshape(height, step, width, step, *a.shape[2:]).mean((1, 3))


def shown_values(layout: Layout) -> list[str]:
    """Every feature's value as text, short."""
    data = layout.data if isinstance(layout.data, tuple) else (layout.data,)
    cells = [c for a in data if a is not None for c in np.asarray(a, object).ravel()]
    return [shown(c) for c in cells]


def shown(value: Any) -> str:
    """A feature's value as text: a number as in all other words, long texts cut in the middle."""
    if isinstance(value, (float, np.floating)):
        return said(value).replace("-", "−")
    text = text_of(value)
    return text if len(text) <= 60 else f"{text[:40]}…{text[-18:]}"


def input_message(x: Input) -> dict[str, Any]:
    """The picture of what is explained."""
    if x.kind != "image":
        return {"kind": x.kind}
    return picture(as_picture(x), limits(x))


def reference_message(q: Question) -> dict[str, Any]:
    """The picture of what "absent" means, or its words; never rows of a table."""
    n = length(q.reference)
    if q.input.kind in ("text", "series") and n == 1:
        return {"kind": "text", "words": q.baseline.words}
    if q.input.kind == "table" or n != 1:
        return {"kind": "rows", "count": n, "words": q.baseline.words}
    absent = replace(q.input, rows=q.reference)
    return picture(as_picture(absent), limits(q.input)) | {"words": q.baseline.words}


def picture(a: Array, limits: tuple[float, float]) -> dict[str, Any]:
    """Height × width × (1 or 3) bytes."""
    low, high = limits
    small = shrunk(a[..., :3] if a.shape[-1] >= 3 else a[..., :1])
    scaled = np.clip((small - low) / (high - low if high > low else 1) * 255, 0, 255)
    pixels = np.ascontiguousarray(scaled.round().astype(np.uint8))
    height, width, channels = pixels.shape
    return {"kind": "image", "height": height, "width": width, "channels": channels, "pixels": pixels.tobytes()}


@lru_cache(maxsize=1)
def colormaps() -> dict[str, bytes]:
    """Matplotlib's colour tables as 256 × 3 bytes; the last colour is the positive end."""
    from matplotlib import colormaps as known

    # The outermost tenth of a diverging table is nearly black at both ends: strong values would look alike.
    cut = {name: 0.1 if name.endswith("_r") else 0.0 for name in COLORMAPS}
    places = {name: np.linspace(off, 1 - off, 256) for name, off in cut.items()}
    tables = {n: (known[n](at)[:, :3] * 255).round().astype(np.uint8) for n, at in places.items()}
    return {name.removesuffix("_r"): table.tobytes() for name, table in tables.items()}
