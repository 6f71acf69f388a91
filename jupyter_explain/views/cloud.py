"""A swarm of dots per column: one dot a row, placed by its attribution, coloured by the column's value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import column_of
from ..explanation import Cloud
from ..rows import take
from ..words import several, shorten
from ..words.cloud import said_size
from .canvas import WIDTH, draw, outline, plain_axes, size, ticks
from .colors import ink
from .fonts import breadth, minus, write

Array = NDArray[np.float64]
TOP = 15
ROW = 0.36  # inches
DOTS = 2000  # rows that are drawn
BINS = 120
HALF = 0.42  # of a row: how far dots are shifted


@size.register(Cloud)
def _size(e: Cloud) -> tuple[float, float]:
    return WIDTH, ROW * (min(TOP, len(e.names)) + 1) + 0.6


@draw.register(Cloud)
def _draw(e: Cloud, ax: Any) -> None:
    order, drawn = e.order[:TOP], slice(0, DOTS)
    values, data = e.values[drawn], take(e.data, drawn)
    plain_axes(ax)
    own = [] if e.here is None else [e.here[order]]
    ends = np.concatenate([values[:, order].ravel(), *own, [0.0]])
    air = 0.03 * float(np.ptp(ends)) or 0.5
    ax.set_xlim(float(ends.min()) - air, float(ends.max()) + air)
    ax.set_ylim(len(order) - 0.45, -1.4)
    ticks(ax, *ax.get_xlim())
    paper = ink(ax)
    ax.plot([0, 0], [-0.55, len(order) - 0.45], color=paper.text, linewidth=0.9, zorder=1)
    for row, j in enumerate(order):
        ranks = ranked(data, int(j), e.names[j])
        known = np.isfinite(ranks)
        y = row + swarm(values[:, j], ax.get_xlim())
        look: dict[str, Any] = {"s": 7, "linewidths": 0.2, "edgecolors": paper.soft, "zorder": 2, "rasterized": True}
        ax.scatter(values[~known, j], y[~known], color=paper.soft, **look)
        ax.scatter(values[known, j], y[known], c=ranks[known], cmap="viridis", vmin=0, vmax=1, **look)
        if e.here is not None:
            ring = {"marker": "D", "s": 30, "linewidths": 1.4, "edgecolors": paper.text, "zorder": 4}
            ax.scatter([e.here[j]], [row], color=paper.paper, **ring)
    _texts(e, order, ax)


def ranked(data: Any, j: int, name: str) -> Array:
    """Rank of each row's value, 0 to 1; NaN where it has none or the column holds categories."""
    col = column_of(data, j, name)
    if not col.numeric or not col.known.any():
        return np.full(len(col.known), np.nan)
    found = np.sort(col.numbers[col.known])
    both = [np.searchsorted(found, col.numbers, side) for side in ("left", "right")]  # type: ignore[call-overload]
    share = (both[0] + both[1]) / (2 * len(found))
    spread = np.ptp(share[col.known])
    share = (share - share[col.known].min()) / spread if spread else np.full_like(share, 0.5)
    return np.where(col.known, share, np.nan)


def swarm(values: Array, ends: tuple[float, float]) -> Array:
    """Shift of each dot from the middle of its row, so that dots near each other lie side by side."""
    low, high = ends
    at = np.clip((values - low) / (high - low) * BINS, 0, BINS - 1).astype(int)
    counts = np.bincount(at, minlength=BINS)
    place, seen = np.zeros(len(values)), np.zeros(BINS)
    for i in np.argsort(at, kind="stable"):
        k = seen[at[i]]
        place[i] = (k + 1) // 2 * (1 if k % 2 else -1)
        seen[at[i]] += 1
    step = min(0.09, 2 * HALF / max(int(counts.max()), 1))
    return place * step


def _texts(e: Cloud, order: Any, ax: Any) -> None:
    paper = ink(ax)
    said = [minus(said_size(e, int(j))) for j in order]
    right = breadth([*said, "mean |value|"], 8.5)
    where = {"va": "center", "ha": "right", "xycoords": ax.get_yaxis_transform(), "color": paper.text}
    for row, (j, text) in enumerate(zip(order, said, strict=True)):
        write(ax, (0, row), shorten(e.names[j]), shift=(-8, 0), **where)
        write(ax, (1, row), text, shift=(right + 12, 0), fontsize=8.5, **where)
    head = where | {"color": paper.soft, "fontsize": 8}
    write(ax, (1, -0.75), "mean |value|", shift=(right + 12, 0), **head)
    more = len(e.names) - len(order)
    words = "attribution" + (f" ({e.unit})" if e.unit != "output" else "") + ", one dot a row"
    words += f" ({DOTS} of {len(e.rows)} drawn)" if len(e.rows) > DOTS else ""
    words += "; diamond: the explained row" if e.here is not None else ""
    words += f"; {several(more, 'other column')} not shown" if more else ""
    write(ax, (0, 0), words, shift=(0, -18), xycoords="axes fraction", va="top", fontsize=8, color=paper.soft)
    _ramp(ax)


def _ramp(ax: Any) -> None:
    """The colours with their ends, above the first row."""
    across = ax.get_yaxis_transform()
    box, style = (0.0, 0.16, -0.9, -1.15), {"xycoords": across, "va": "center", "fontsize": 8, "color": ink(ax).soft}
    shades: dict[str, Any] = {"cmap": "viridis", "aspect": "auto", "clip_on": False, "transform": across}
    ax.imshow(np.linspace(0, 1, 256)[None], extent=box, **shades)
    outline(ax, box, across)
    write(ax, (0, -1.025), "lowest", shift=(-6, 0), ha="right", **style)
    write(ax, (0.16, -1.025), "highest value of the column (gray: a category, or none)", shift=(6, 0), **style)
