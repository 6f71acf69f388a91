"""Where the values of columns are: small histograms, one per column, split by group."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Distributions
from ..words import number, shorten
from .canvas import WIDTH, draw, plain_axes, size
from .colors import ink
from .fonts import minus, write

ACROSS = 3
HIGH = 1.6  # inches of a row of panels
GROUPS = ("#7a5bd0", "#d9730d", "#0f8a8a", "#b0457b", "#5b7a1f", "#59636e")


@size.register(Distributions)
def _size(e: Distributions) -> tuple[float, float]:
    return WIDTH, HIGH * -(-len(e.names) // ACROSS) + 0.35


@draw.register(Distributions)
def _draw(e: Distributions, ax: Any) -> None:
    ax.set_axis_off()
    across, foot = min(ACROSS, len(e.names)), 0.35 / _size(e)[1]
    down = -(-len(e.names) // across)
    for i in range(len(e.names)):
        row, col = divmod(i, across)
        tall = (1 - foot) / down
        panel = ax.inset_axes((col / across + 0.015, 1 - (row + 0.8) * tall, 1 / across - 0.04, 0.58 * tall))
        plain_axes(panel)
        _panel(e, i, panel)
    _legend(e, ax)


def shares(e: Distributions, i: int) -> Any:
    """Heights (groups, k): counts by width, as shares of the highest bar; groups stand on each other."""
    counts = e.counts[i].astype(float)
    wide = np.diff(e.x[i]) if e.x[i].dtype.kind == "f" else np.ones(counts.shape[1])
    dense = counts / wide
    most = dense.sum(0).max(initial=0)
    return dense / most if most else dense


def _panel(e: Distributions, i: int, ax: Any) -> None:
    paper = ink(ax)
    name, missing = shorten(e.names[i], 24), int(e.missing[i].sum())
    gaps = f" · {100 * missing / e.sizes.sum():.0f} % missing" if missing else ""
    write(ax, (0, 1), name + gaps, xycoords="axes fraction", shift=(0, 4), color=paper.text, va="bottom", fontsize=8.5)
    numbers = e.x[i].dtype.kind == "f"
    left = e.x[i][:-1] if numbers else np.arange(len(e.x[i])) - 0.4
    wide = np.diff(e.x[i]) if numbers else np.full(len(left), 0.8)
    below = np.zeros(len(left))
    for k, heights in enumerate(shares(e, i)):
        color = GROUPS[k % len(GROUPS)] if len(e.groups) > 1 else "#1f66d6"
        ax.bar(left, heights, wide, bottom=below, align="edge", color=color, linewidth=0.3, edgecolor=paper.paper)
        below = below + heights
    _own(e, i, ax)
    ax.set_ylim(0, 1.08)
    ax.spines["bottom"].set_visible(True)
    ax.spines["bottom"].set_color(paper.line)
    for at, text, ha in _ticks(e, i, ax):
        style = {"xycoords": ax.get_xaxis_transform(), "ha": ha, "va": "top", "fontsize": 7}
        write(ax, (at, 0), text, shift=(0, -3), color=paper.soft, **style)


def _own(e: Distributions, i: int, ax: Any) -> None:
    """A line at the explained row's value."""
    if e.here is None:
        return
    value, share = e.here[i]
    texts = [str(v) for v in e.x[i]] if e.x[i].dtype.kind != "f" else []
    at = float(texts.index(value)) if value in texts else value if not isinstance(value, str) else np.nan
    if np.isfinite(at):
        ax.axvline(at, color=ink(ax).text, linewidth=1.6)
        words = f"{100 * share:.0f} %" if isinstance(value, str) else f"p{100 * share:.0f}"
        where = {"xycoords": ax.get_xaxis_transform(), "fontsize": 7, "color": ink(ax).text}
        write(ax, (at, 1), words, shift=(3, -1), va="top", **where)


def _ticks(e: Distributions, i: int, ax: Any) -> list[tuple[float, str, str]]:
    """(place, text, how it is aligned there): the ends stay inside their panel."""
    if e.x[i].dtype.kind == "f":
        first, last = (minus(number(float(e.x[i][k]))) for k in (0, -1))
        low, high = ax.get_xlim()
        return [(low, first, "left"), (high, last, "right")]
    if len(e.x[i]) > 6:
        return []
    return [(k, shorten(t, max(3, 26 // len(e.x[i]))), "center") for k, t in enumerate(e.x[i])]


def _legend(e: Distributions, ax: Any) -> None:
    paper = ink(ax)
    if len(e.groups) == 1:
        words = "bars: rows" + ("; line: the explained row with its percentile" if e.here is not None else "")
        write(ax, (0, 0), words, xycoords="axes fraction", shift=(0, 2), va="bottom", fontsize=8, color=paper.soft)
        return
    at = 0.0
    for k, (group, rows) in enumerate(zip(e.groups, e.sizes, strict=True)):
        text = f"{shorten(group, 24)} ({rows})"
        ax.plot([at + 0.008], [0.012], "s", color=GROUPS[k % len(GROUPS)], markersize=6, transform=ax.transAxes)
        write(
            ax, (at + 0.02, 0), text, xycoords="axes fraction", shift=(0, 2), va="bottom", fontsize=8, color=paper.soft
        )
        at += 0.045 + 0.0105 * len(text)
    if e.here is not None:
        write(
            ax,
            (at, 0),
            "line: the explained row",
            xycoords="axes fraction",
            shift=(0, 2),
            va="bottom",
            fontsize=8,
            color=paper.soft,
        )
