"""Time series: each channel's trace on a ribbon coloured by its contributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..words import Signed, grouped, number, several, shorten, wrapped
from .canvas import WIDTH, outline, plain_axes, scale, ticks
from .colors import beyond, diverging, ink, limit
from .fonts import minus, write

Array = NDArray[Any]
BANDS = 9
BINS = 1200  # columns of a ribbon; a screen has no more
STEP = 1.32  # from one ribbon to the next, in heights of a ribbon


def size_one(case: Attribution) -> tuple[float, float]:
    """Inches."""
    return _size(min(len(case.values), BANDS))


def size_many(found: list[Attribution]) -> tuple[float, float]:
    """Inches."""
    return _size(len(found))


def _size(bands: int) -> tuple[float, float]:
    return WIDTH, max(bands * (1.6 if bands == 1 else 0.85 if bands < 5 else 0.62), 1.3) + 0.75


def one(case: Attribution, ax: Any) -> None:
    """Draw one case, a band per channel."""
    heats = np.asarray(case.values, float)
    traces = [None] * len(heats) if case.layout.data is None else np.asarray(case.layout.data, float)
    names = [f"channel {i}" for i in range(len(heats))] if len(heats) > 1 else [""]
    names = [shorten(name) for name in case.layout.names] or names
    if case.complete and len(heats) > 1:
        totals = np.nansum(heats, axis=1).tolist()
        spell = Signed(totals)
        names = [f"{name}, sum {minus(spell(total))}" for name, total in zip(names, totals, strict=True)]
    more = f"first {BANDS} of {several(len(heats), 'channel')}" if len(heats) > BANDS else ""
    _draw(ax, [*zip(names, traces, heats, strict=True)][:BANDS], more)


def many(found: list[Attribution], count: int, ax: Any) -> None:
    """Draw a batch, a band per input: mean of the channels on the sum of their contributions."""
    bands = []
    for i, case in enumerate(found):
        trace = None if case.layout.data is None else np.asarray(case.layout.data, float).mean(0)
        name = f"row {i}: {case.unit} {minus(number(float(case.output)))}"
        bands.append((name, trace, np.asarray(case.values, float).sum(0)))
    said = [f"first {len(found)} of {several(count, 'row')}"] if count > len(found) else []
    channels = len(found[0].values)
    said += [f"mean of {channels} channels on the sum of their attributions"] if channels > 1 else []
    _draw(ax, bands, " · ".join(said))


def _draw(ax: Any, bands: list[tuple[str, Array | None, Array]], said: str) -> None:
    heats = np.array([h for _, _, h in bands])
    end, length = (limit(heats) if np.any(heats) else None), heats.shape[1]
    plain_axes(ax)
    for i, (name, trace, heat) in enumerate(bands):
        _band(ax, i * STEP, name, trace, heat, end)
    high = (len(bands) - 1) * STEP + 1
    ax.set_xlim(-0.5, length - 0.5)
    ax.set_ylim(high, 0)
    ax.set_aspect("auto")
    ticks(ax, 0, length - 1)
    scale(ax, (1.02, 1.04, max(1 - 2 / len(bands), 0), 1), end, ax.transAxes)
    _caption(ax, end, heats, said)


def _band(ax: Any, top: float, name: str, trace: Array | None, heat: Array, end: float | None) -> None:
    paper, reach = ink(ax), end or 1.0
    box = (-0.5, len(heat) - 0.5, top + 1, top)
    ribbon = np.ma.masked_invalid(_binned(heat)[None])
    ax.imshow(
        ribbon,
        cmap=diverging(),
        vmin=-reach,
        vmax=reach,
        extent=box,
        aspect="auto",
        interpolation="nearest",
        origin="upper",
        clip_on=False,
    )
    outline(ax, box)
    write(ax, (-0.5, top), name, shift=(0, 2), va="bottom", fontsize=8, color=paper.soft)
    if trace is None:
        return
    low, high = float(np.nanmin(trace)), float(np.nanmax(trace))
    y = top + 0.9 - 0.8 * (trace - low) / (high - low or 1.0)
    ax.plot(y, color="white", linewidth=3.2, alpha=0.85, zorder=4)
    ax.plot(y, color="#1f2328", linewidth=1.1, zorder=5)
    for value, at in ((high, 0.1), (low, 0.9))[: 2 if high > low else 1]:
        style = {"ha": "right", "va": "center", "fontsize": 8, "color": paper.soft}
        write(ax, (-0.5, top + at), minus(number(value)), shift=(-5, 0), **style)


def _binned(heat: Array) -> Array:
    """At most BINS columns: of more steps the strongest of each bin, so that no peak is lost."""
    if len(heat) <= BINS:
        return heat
    edges = np.linspace(0, len(heat), BINS + 1).astype(int)
    return np.array([part[np.argmax(np.abs(part))] for part in np.split(heat, edges[1:-1])])


def _caption(ax: Any, end: float | None, heats: Array, said: str) -> None:
    words = ["step; each trace from its lowest to its highest value", said]
    if end is None:
        words.append("all attributions are zero")
    else:
        more, total, strongest, _ = beyond(end, heats)
        words.append(f"colours end at ±{number(end)}")
        words += [f"{grouped(more)} of {grouped(total)} beyond, up to {number(strongest)}"] if more else []
    if heats.shape[1] > BINS:
        words.append("colours: the strongest of neighbouring steps")
    text = "\n".join(wrapped(" · ".join(w for w in words if w), 112))
    write(ax, (0, 0), text, xycoords="axes fraction", shift=(0, -19), va="top", fontsize=8, color=ink(ax).soft)
