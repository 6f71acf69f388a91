"""One input of a table or text: signed bars, strongest first, a rest row, and the sum they add up to."""

from __future__ import annotations

import math
from typing import Any

from ..explanation import Attribution
from ..tables import Ranking, ranking
from ..words import CLEAR, Signed, ends, others, shorten, shown, target
from .canvas import WIDTH, plain_axes, ticks
from .colors import ink, sign_color
from .fonts import breadth, minus, write

TOP = 12
ROW = 0.265  # inches
INCH = 72  # points


def size_one(case: Attribution) -> tuple[float, float]:
    """Inches."""
    return WIDTH, ROW * (len(ranking(case, TOP).shown) + 1.2) + 0.6


def one(case: Attribution, ax: Any) -> None:
    """Draw one case."""
    r = ranking(case, TOP)
    plain_axes(ax)
    low, high = _limits(r)
    ax.set_xlim(low, high)
    ax.set_ylim(len(r.shown) + 0.7, -0.6)
    if any(r.shown):
        ticks(ax, low, high)
    _bars(ax, r)
    _ends(ax, case, WIDTH * INCH - _texts(ax, case, r))


def _limits(r: Ranking) -> tuple[float, float]:
    """Zero, every bar and every whisker, with a little air; any range will do where all is zero."""
    found = [v for v in r.shown if math.isfinite(v)]
    for item in r.top:
        if item.stderr is not None and math.isfinite(item.value):
            found += [item.value - CLEAR * item.stderr, item.value + CLEAR * item.stderr]
    low, high = min([0.0, *found]), max([0.0, *found])
    if low == high:
        return -1.0, 1.0
    air = 0.03 * (high - low)
    return low - air * (low < 0), high + air * (high > 0)


def _bars(ax: Any, r: Ranking) -> None:
    """Bars are linear in the value: zero has length zero."""
    paper = ink(ax)
    values = [v if math.isfinite(v) else 0.0 for v in r.shown]
    faint = [0.5 if r.rest is not None and i == len(r.top) else 1.0 for i in range(len(values))]
    for i, value in enumerate(values):
        ax.barh(i, value, height=0.62, color=sign_color(value), alpha=faint[i], linewidth=0, zorder=2)
    for i, item in enumerate(r.top):
        if item.stderr and math.isfinite(item.value):
            half = CLEAR * item.stderr
            look = {"color": paper.text, "linewidth": 0.9, "zorder": 3}
            ax.plot([item.value - half, item.value + half], [i, i], solid_capstyle="butt", **look)
            ax.plot([item.value - half, item.value + half], [i, i], linestyle="none", marker="|", markersize=5, **look)
    ax.plot([0, 0], [-0.6, len(values) - 0.4], color=paper.text, linewidth=0.9, zorder=4)


def _texts(ax: Any, case: Attribution, r: Ranking) -> float:
    """Names and own values at the left, contributions at the right, the sum below a hairline; their width in points."""
    paper, spell = ink(ax), Signed([*r.shown, r.total], [i.stderr for i in r.top])
    own = [minus(shown(i.data)) if not isinstance(i.data, str) else shown(i.data) for i in r.top]
    said = [minus(spell(i.value, i.stderr)) for i in r.top]
    names = [shorten(i.name) for i in r.top]
    if r.rest is not None:
        names, own, said = [*names, others(r)], [*own, ""], [*said, minus(spell(r.rest))]
    wide = breadth(own, 9)
    right = breadth([*said, minus(spell(r.total))], 9) + 10
    where = {"xycoords": ax.get_yaxis_transform(), "va": "center", "ha": "right"}
    name_at = -14 - wide if wide else -8
    for y, (name, value, text) in enumerate(zip(names, own, said, strict=True)):
        rest = y >= len(r.top)
        write(ax, (0, y), name, shift=(name_at, 0), color=paper.soft if rest else paper.text, **where)
        write(ax, (0, y), value, shift=(-8, 0), color=paper.soft, **where)
        write(ax, (1, y), text, shift=(right, 0), color=paper.text, **where)
    y = len(r.shown)
    ax.axhline(y - 0.4, color=paper.line, linewidth=0.8, clip_on=False)
    write(ax, (0, y + 0.15), "sum", shift=(name_at, 0), weight="bold", color=paper.text, **where)
    write(ax, (1, y + 0.15), minus(spell(r.total)), shift=(right, 0), weight="bold", color=paper.text, **where)
    if ends(case):
        text = minus(ends(case)).replace(", output", "  →  output")
        style = where | {"ha": "left"}
        write(ax, (0, y + 0.15), text, shift=(6, 0), color=paper.soft, bbox=_patch(paper.paper), **style)
    return breadth(names, 9) - name_at + right


def _patch(color: str) -> dict[str, Any]:
    return {"facecolor": color, "edgecolor": "none", "pad": 1.5}


def _ends(ax: Any, case: Attribution, room: float) -> None:
    """What left and right mean, in words; `room` is the width between the texts in points."""
    whom = target(case)
    low, high = ("lowers it", "raises it") if whom == "the output" else (f"against {whom}", f"for {whom}")
    if breadth([f"← {low}   {high} →"], 8) > room:  # the title says what "it" is
        low, high = "against it", "for it"
    style = {"xycoords": "axes fraction", "va": "top", "fontsize": 8, "color": ink(ax).soft}
    write(ax, (0, 0), f"← {low}", shift=(0, -18), ha="left", **style)
    write(ax, (1, 0), f"{high} →", shift=(0, -18), ha="right", **style)
