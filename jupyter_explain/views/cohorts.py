"""Two groups side by side: two bars per column with their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Cohorts
from ..words import number, shorten
from ..words.distributions import clearly, group
from .canvas import WIDTH, draw, plain_axes, size, ticks
from .colors import AGAINST, FOR, ink
from .fonts import breadth, minus, write

TOP = 12
ROW = 0.36  # inches
Z95 = 1.96
COLORS = (AGAINST, FOR)


def _order(e: Cohorts) -> Any:
    return np.argsort(-e.values.max(0), kind="stable")[:TOP]


@size.register(Cohorts)
def _size(e: Cohorts) -> tuple[float, float]:
    return WIDTH, ROW * len(_order(e)) + 1.15


@draw.register(Cohorts)
def _draw(e: Cohorts, ax: Any) -> None:
    order = _order(e)
    plain_axes(ax)
    ends = [e.values + s * Z95 * e.stderr for s in (-1, 1)]
    low = min(0.0, float(ends[0][:, order].min(initial=0)))
    high = max(0.0, float(ends[1][:, order].max(initial=0))) or 1.0
    ax.set_xlim(low - 0.02 * (high - low) * (low < 0), high + 0.03 * (high - low))
    ax.set_ylim(len(order) - 0.3, -1.9)
    ticks(ax, *ax.get_xlim())
    paper = ink(ax)
    for row, i in enumerate(order):
        for k in (0, 1):
            at = row + (k - 0.5) * 0.36
            ax.barh(at, e.values[k, i], height=0.33, color=COLORS[k], linewidth=0, zorder=2)
            reach = Z95 * e.stderr[k, i]
            span = [e.values[k, i] - reach, e.values[k, i] + reach]
            ax.plot(span, [at, at], color=paper.text, linewidth=0.9, marker="|", markersize=4, zorder=3)
    ax.plot([0, 0], [-0.5, len(order) - 0.4], color=paper.text, linewidth=0.9, zorder=4)
    _texts(e, order, ax)


def _texts(e: Cohorts, order: Any, ax: Any) -> None:
    paper = ink(ax)
    (difference, stderr), sure = e.difference, clearly(e)
    said = [minus(_gap(float(difference[i]), float(stderr[i]))) for i in order]
    right = breadth(said, 8.5) + 12
    where = {"va": "center", "ha": "right", "xycoords": ax.get_yaxis_transform()}
    for row, (i, text) in enumerate(zip(order, said, strict=True)):
        write(ax, (0, row), shorten(e.names[i]), shift=(-8, 0), color=paper.text, **where)
        look = {
            "color": paper.text if sure[i] else paper.soft,
            "weight": "bold" if sure[i] else "normal",
            "fontsize": 8.5,
        }
        write(ax, (1, row), text, shift=(right, 0), **look, **where)
    write(ax, (1, -0.9), "A − B", shift=(right, 0), color=paper.soft, fontsize=8, **where)
    left = breadth([shorten(e.names[i]) for i in order], 9) + 8
    for k in (0, 1):
        head = {"xycoords": "axes fraction", "va": "top", "fontsize": 8.5, "color": COLORS[k], "weight": "bold"}
        write(ax, (0, 1), "AB"[k], shift=(-left, -13 * k), **head)
        style = {"xycoords": "axes fraction", "va": "top", "fontsize": 8.5, "color": paper.text}
        write(ax, (0, 1), minus(_fitting(e, k)), shift=(14 - left, -13 * k), **style)
    more = len(e.names) - len(order)
    words = e.measure + (f"; {more} other columns not shown" if more else "")
    write(ax, (0, 0), words, xycoords="axes fraction", shift=(0, -18), va="top", fontsize=8, color=paper.soft)


def _fitting(e: Cohorts, k: int) -> str:
    """A group with its numbers in one line; its name gives way, never a number."""
    room = (WIDTH - 0.3) * 72 - 14
    said = [group(e, k, most) for most in (40, 32, 24, 16, 10)]
    return next((text for text in said if breadth([text], 8.5) <= room), said[-1])


def _gap(value: float, stderr: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value)} ± {number(stderr, 2)}"
