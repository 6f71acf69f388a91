"""Scores of columns: bars with intervals, most important first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Scores
from ..words import Signed, several, shorten
from .canvas import WIDTH, draw, plain_axes, size, ticks
from .colors import ink, sign_color
from .fonts import breadth, minus, write

TOP = 15
ROW = 0.255  # inches


def _order(e: Scores) -> Any:
    return np.argsort(-e.values, kind="stable")[:TOP]


@size.register(Scores)
def _size(e: Scores) -> tuple[float, float]:
    return WIDTH, ROW * (len(_order(e)) + 1) + 0.6


@draw.register(Scores)
def _draw(e: Scores, ax: Any) -> None:
    order = _order(e)
    plain_axes(ax)
    low, high = _limits(e, order)
    ax.set_xlim(low, high)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ticks(ax, low, high)
    paper = ink(ax)
    for row, i in enumerate(order):
        ax.barh(row, e.values[i], height=0.62, color=sign_color(e.values[i]), linewidth=0, zorder=2)
        if e.low is not None and e.high is not None:
            look = {"color": paper.text, "linewidth": 0.9, "zorder": 3, "marker": "|", "markersize": 5}
            ax.plot([e.low[i], e.high[i]], [row, row], **look)
    ax.plot([0, 0], [-0.6, len(order) - 0.4], color=paper.text, linewidth=0.9, zorder=4)
    _texts(e, order, ax)


def _limits(e: Scores, order: Any) -> tuple[float, float]:
    ends = [e.values] + [a for a in (e.low, e.high) if a is not None]
    low = min(0.0, *(float(a[order].min()) for a in ends))
    high = max(0.0, *(float(a[order].max()) for a in ends))
    air = 0.03 * (high - low) or 0.5
    return low - air * (low < 0), high + air


def _texts(e: Scores, order: Any, ax: Any) -> None:
    paper = ink(ax)
    errors = [None if e.stderr is None else float(e.stderr[i]) for i in order]
    spell = Signed(e.values[order], errors)
    said = [minus(spell(float(e.values[i]), s)) for i, s in zip(order, errors, strict=True)]
    right = breadth(said, 9) + 10
    where = {"va": "center", "ha": "right", "xycoords": ax.get_yaxis_transform(), "color": paper.text}
    for row, (i, text) in enumerate(zip(order, said, strict=True)):
        write(ax, (0, row), shorten(e.names[i]), shift=(-8, 0), **where)
        write(ax, (1, row), text, shift=(right, 0), **where)
    more = len(e.values) - len(order)
    words = e.measure + (f"; {several(more, 'other')} not shown" if more else "")
    write(ax, (0, 0), words, xycoords="axes fraction", shift=(0, -18), va="top", fontsize=8, color=paper.soft)
