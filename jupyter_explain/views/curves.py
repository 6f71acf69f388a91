"""Curves of single columns, side by side: average, band, single rows, and how many rows are where."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Curves
from ..words import shorten
from .canvas import WIDTH, draw, plain_axes, size
from .colors import ink
from .fonts import breadth, minus, write

ACROSS = 3
HIGH = 2.1  # inches of a row of panels
LINES = 200
CROWD, LETTERS = 6, 33  # categories below one panel that all have their names, which share so many letters
LINE, OWN = "#1f66d6", "#d9730d"


@size.register(Curves)
def _size(e: Curves) -> tuple[float, float]:
    return WIDTH, 1.35 * HIGH if e.verdict or e.method == "randomization" else HIGH * -(-len(e.names) // ACROSS)


@draw.register(Curves)
def _draw(e: Curves, ax: Any) -> None:
    ax.set_axis_off()
    across = min(ACROSS, len(e.names))
    down = -(-len(e.names) // across)
    low, high = _limits(e)
    for i in range(len(e.names)):
        row, col = divmod(i, across)
        box = (col / across + 0.055, 1 - (row + 0.76) / down, 1 / across - 0.075, 0.62 / down)
        panel = ax.inset_axes(box)
        plain_axes(panel)
        panel.set_ylim(low, high)
        _panel(e, i, panel)
        _numbers(panel, e, i, labels=col == 0)


def _limits(e: Curves) -> tuple[float, float]:
    """One scale for all panels, so that their sizes can be compared; single lines may be cut at the outer 1 %."""
    found = [b for band in e.band for b in (band.min(), band.max())] + [y for _, y in e.here or () if np.isfinite(y)]
    if e.lines is not None and e.kind != "average":
        ends = [0, 1] if e.verdict else [0.01, 0.99]
        found += [v for lines in e.lines for v in np.quantile(lines, ends)]
    if e.method == "randomization":
        found.append(0.0)
    if e.verdict and e.own is not None:
        found += [e.own[0].min(), e.own[0].max()]
    low, high = float(min(found)), float(max(found))
    air = 0.06 * (high - low) or 0.5
    return low - air, high + air


def _panel(e: Curves, i: int, ax: Any) -> None:
    paper, x = ink(ax), _places(e, i)
    numeric = e.x[i].dtype.kind == "f"
    if e.lines is not None and e.kind != "average":
        some = np.unique(np.linspace(0, len(e.lines[i]) - 1, LINES).round().astype(int))
        style: dict[str, Any] = {"color": paper.soft, "linewidth": 0.5, "alpha": max(0.08, min(0.5, 12 / len(some)))}
        ax.plot(x, e.lines[i][some].T, **style)
    if e.kind != "individual":
        ax.fill_between(x, *e.band[i], color=LINE, alpha=0.18, linewidth=0)
        ax.plot(x, e.y[i], color=LINE, linewidth=1.8, marker="" if numeric and len(x) > 1 else "o", markersize=4)
    if e.own is not None:
        ax.plot(x, e.own[i], color=OWN, linewidth=1.9 if e.verdict else 1.1)
    _extrapolation(e, i, ax, x)
    if e.along:
        ax.set_xlim(x[0], x[-1])
    else:
        _density(e, i, ax, x)
    if e.here is not None and np.isfinite(e.here[i][1]):
        at = x[list(e.x[i]).index(e.here[i][0])] if isinstance(e.here[i][0], str) and e.here[i][0] in e.x[i] else None
        at = e.here[i][0] if at is None and not isinstance(e.here[i][0], str) else at
        if at is not None:
            ax.plot([at], [e.here[i][1]], "o", color=OWN, markersize=5, markeredgecolor=paper.paper, zorder=5)
    if e.verdict:
        _key(e, ax)
        return
    if e.method == "randomization":
        write(ax, (1, 1), "of the sizes", xycoords="axes fraction", shift=(0, 4), color=OWN, ha="right", va="bottom")
    write(ax, (0, 1), shorten(e.names[i], 26), xycoords="axes fraction", shift=(0, 4), color=paper.text, va="bottom")


def _key(e: Curves, ax: Any) -> None:
    """Whose curve is which, in a line above; what runs along, below."""
    paper = ink(ax)
    named = [(f"order of {shorten(e.names[0], 30)}", OWN), ("random orders (95 %)", LINE), ("the reverse", paper.soft)]
    at = 0.0
    for text, color in named:
        write(ax, (0, 1), text, xycoords="axes fraction", shift=(at, 6), color=color, va="bottom")
        at += breadth([text], 9) + 16
    write(ax, (1, 0), e.along, xycoords="axes fraction", shift=(0, -18), color=paper.soft, ha="right", va="top")


def _places(e: Curves, i: int) -> Any:
    return e.x[i] if e.x[i].dtype.kind == "f" else np.arange(len(e.x[i]), dtype=float)


def _edges(x: Any) -> Any:
    """Where the neighbourhood of each point begins and ends."""
    if len(x) == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middles = (x[1:] + x[:-1]) / 2
    return np.concatenate([[x[0] - (middles[0] - x[0])], middles, [x[-1] + (x[-1] - middles[-1])]])


def _extrapolation(e: Curves, i: int, ax: Any, x: Any) -> None:
    """Points without any row near them are hatched."""
    edges = _edges(x)
    for k in np.flatnonzero(e.counts[i] == 0):
        look = {"facecolor": "none", "edgecolor": ink(ax).line, "hatch": "////", "linewidth": 0}
        ax.axvspan(edges[k], edges[k + 1], zorder=0, **look)


def _density(e: Curves, i: int, ax: Any, x: Any) -> None:
    """A strip below the curve: the more rows, the darker."""
    edges, low = _edges(x), ax.get_ylim()[0]
    high = low + 0.045 * np.ptp(ax.get_ylim())
    width = np.diff(edges)
    dense = e.counts[i] / width
    for k in range(len(x)):
        alpha = float(0.75 * dense[k] / dense.max()) if dense.max() else 0.0
        ax.fill_between(edges[k : k + 2], low, high, color=ink(ax).text, alpha=alpha, linewidth=0, zorder=3)
    ax.set_xlim(edges[0], edges[-1])


def _names(levels: NDArray[Any]) -> tuple[list[float], list[str]]:
    """Categories below their places: shortened, or of many only some."""
    step = 1 if len(levels) <= CROWD else math.ceil(len(levels) / 3)
    shown = levels[::step]
    return [float(k) for k in range(0, len(levels), step)], [shorten(t, LETTERS // len(shown) - 1) for t in shown]


def _numbers(ax: Any, e: Curves, i: int, labels: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    paper = ink(ax)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(True)
        ax.spines[side].set_color(paper.line)
    if e.x[i].dtype.kind == "f":
        low, high = ax.get_xlim()
        places = [t for t in MaxNLocator(4).tick_values(low, high) if low <= t <= high]
        texts = [minus(f"{t:g}") for t in places]
    else:
        places, texts = _names(e.x[i])
    for place, text in zip(places, texts, strict=True):
        style = {"xycoords": ax.get_xaxis_transform(), "ha": "center", "va": "top", "fontsize": 7.5}
        write(ax, (place, 0), text, shift=(0, -4), color=paper.soft, **style)
    low, high = ax.get_ylim()
    for place in [t for t in MaxNLocator(4).tick_values(low, high) if low <= t <= high]:
        ax.axhline(place, color=paper.line, linewidth=0.5, zorder=0)
        if labels:
            style = {"xycoords": ax.get_yaxis_transform(), "ha": "right", "va": "center", "fontsize": 7.5}
            write(ax, (0, place), minus(f"{place:g}"), shift=(-4, 0), color=paper.soft, **style)
