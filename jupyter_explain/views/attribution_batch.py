"""Several rows of a table: small bars of the same features on one scale, so that rows can be compared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..explanation import Attribution
from ..words import Signed, number, several, shorten
from .canvas import WIDTH, plain_axes
from .colors import ink, sign_color
from .fonts import minus, write

TOP = 8
ROW = 0.2  # inches


def size_many(found: list[Attribution]) -> tuple[float, float]:
    """Inches."""
    lines = _lines(found)
    return WIDTH, -(-len(found) // _columns(found)) * (ROW * (lines + 1.1) + 0.3) + 0.35


def many(found: list[Attribution], count: int, ax: Any) -> None:
    """Draw a batch."""
    order = _order(found)
    names = [shorten(found[0].layout.names[k], 24) for k in order]
    rests = len(found[0].layout.names) - len(order)
    names += [several(rests, "other")] if rests else []
    table = np.array([_values(case, order) for case in found])
    columns = _columns(found)
    rows = -(-len(found) // columns)
    ax.set_axis_off()
    for i, case in enumerate(found):
        across, down = i % columns, i // columns
        panel = ax.inset_axes([across / columns, 1 - (down + 0.93) / rows, 0.95 / columns, 0.82 / rows])
        _panel(panel, table[i], table, bool(rests))
        paper = ink(ax)
        head = f"row {i}: {case.unit} {minus(number(float(case.output)))}"
        write(panel, (0, 1), head, xycoords="axes fraction", shift=(0, 3), va="bottom", fontsize=8, color=paper.soft)
        if not across:
            for y, name in enumerate(names):
                where = {"xycoords": panel.get_yaxis_transform(), "va": "center", "ha": "right", "fontsize": 8}
                write(panel, (0, y), name, shift=(-6, 0), color=paper.text, **where)
    first = f"first {len(found)} of {several(count, 'row')} · " if count > len(found) else ""
    text = f"{first}one scale for all · features sorted by mean |attribution|"
    write(ax, (0, 0), text, xycoords="axes fraction", shift=(0, -4), va="top", fontsize=8, color=ink(ax).soft)


def _columns(found: list[Attribution]) -> int:
    return min(len(found), 3) if len(found) != 4 else 2


def _lines(found: list[Attribution]) -> int:
    order, width = _order(found), len(found[0].layout.names)
    return len(order) + (width > len(order))


def _order(found: list[Attribution]) -> list[int]:
    """The strongest features on average; never a rest of one."""
    sizes = np.abs(np.nan_to_num([np.asarray(c.values, float) for c in found])).mean(0)
    keep = len(sizes) if len(sizes) <= TOP + 1 else TOP
    return [int(k) for k in np.argsort(-sizes, kind="stable")[:keep]]


def _values(case: Attribution, order: list[int]) -> list[float]:
    values = np.asarray(case.values, float)
    rest = np.delete(values, order)
    return [*values[order], *([rest.sum()] if rest.size else [])]


def _panel(panel: Any, values: Any, table: Any, rest: bool) -> None:
    """Bars at the left, numbers at the right edge."""
    plain_axes(panel)
    spell = Signed(table.ravel())
    known = table[np.isfinite(table)]
    low, high = min(0.0, known.min(initial=0)), max(0.0, known.max(initial=0))
    span = (high - low) or 1.0
    panel.set_xlim(low - 0.02 * span, high + 0.02 * span + 0.42 * span)
    panel.set_ylim(len(values) - 0.4, -0.6)
    for i, value in enumerate(values):
        long = value if math.isfinite(value) else 0.0
        faint = 0.5 if rest and i == len(values) - 1 else 1.0
        panel.barh(i, long, height=0.66, color=sign_color(long), alpha=faint, linewidth=0, zorder=2)
        style = {"xycoords": panel.get_yaxis_transform(), "va": "center", "ha": "right", "fontsize": 7}
        write(panel, (1, i), minus(spell(value)), color=ink(panel).soft, **style)
    panel.axvline(0, color=ink(panel).text, linewidth=0.8, zorder=3)
