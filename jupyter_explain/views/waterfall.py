"""One row of a table from base to output: each bar begins where the one before ends, the largest first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import refuse
from ..explanation import Attribution
from ..tables import Ranking, cases, count_of, ranking
from ..words import CLEAR, Signed, number, others, shorten, shown
from .attribution_bars import ROW, TOP
from .canvas import WIDTH, plain_axes, ticks
from .colors import ink, sign_color
from .fonts import breadth, minus, write


def check(e: Attribution) -> None:
    """A waterfall needs one row of a table, and values that promise to add up.

    Raises:
        ValueError: where there is none.
    """
    if e.layout.kind != "table" or count_of(e) is not None:
        raise refuse("plot", "kind='waterfall' needs one row of a table", e.layout.kind)
    if e.gap is None:
        raise refuse("plot", "kind='waterfall' needs values that add up to output - base", e.method)


def room(e: Attribution) -> tuple[float, float]:
    """Inches."""
    return WIDTH, ROW * (len(ranking(cases(e)[0], TOP).shown) + 2.4) + 0.5


def waterfall(e: Attribution, ax: Any) -> None:
    """Draw into axes whose numbers are outputs of the model."""
    case = cases(e)[0]
    r, base, output = ranking(case, TOP), float(case.base), float(case.output)  # type: ignore[arg-type]
    steps = [v if math.isfinite(v) else 0.0 for v in r.shown]
    tips = base + np.cumsum(steps)
    starts = tips - steps
    errors = [CLEAR * (i.stderr or 0.0) for i in r.top] + [0.0] * (len(steps) - len(r.top))
    plain_axes(ax)
    ends = [base, output, *(tips - errors), *(tips + errors)]
    air = 0.04 * (max(ends) - min(ends)) or 1.0
    ax.set_xlim(min(ends) - air, max(ends) + air)
    ax.set_ylim(len(steps) + 1.5, -0.6)
    ticks(ax, *ax.get_xlim())
    paper = ink(ax)
    for y, (start, step, tip, error) in enumerate(zip(starts, steps, tips, errors, strict=True), 1):
        faint = 0.5 if y > len(r.top) else 1.0
        ax.barh(y, step, left=start, height=0.62, color=sign_color(step), alpha=faint, linewidth=0, zorder=2)
        ax.plot([tip, tip], [y - 0.31, y + 1.31], color=paper.soft, linewidth=0.8, zorder=3)
        if error:
            look = {"color": paper.text, "linewidth": 0.9, "zorder": 4}
            ax.plot([tip - error, tip + error], [y, y], solid_capstyle="butt", **look)
            ax.plot([tip - error, tip + error], [y, y], linestyle="none", marker="|", markersize=5, **look)
    ax.plot([base, base], [-0.31, 1.31], color=paper.soft, linewidth=0.8, zorder=3)
    ax.plot([base, output], [0, len(steps) + 1], linestyle="none", marker="D", markersize=5, color=paper.text, zorder=4)
    _texts(ax, r, base, output)


def _texts(ax: Any, r: Ranking, base: float, output: float) -> None:
    paper, spell = ink(ax), Signed([*r.shown, r.total], [i.stderr for i in r.top])
    own = [minus(shown(i.data)) if not isinstance(i.data, str) else shown(i.data) for i in r.top]
    said = [minus(spell(i.value, i.stderr)) for i in r.top]
    names = [shorten(i.name) for i in r.top]
    if r.rest is not None:
        names, own, said = [*names, others(r)], [*own, ""], [*said, minus(spell(r.rest))]
    names, own = ["base", *names, "output"], ["", *own, ""]
    said = [minus(number(base)), *said, minus(number(output))]
    wide, right = breadth(own, 9), breadth(said, 9) + 10
    where = {"xycoords": ax.get_yaxis_transform(), "va": "center", "ha": "right"}
    for y, (name, value, text) in enumerate(zip(names, own, said, strict=True)):
        weight = "bold" if y in (0, len(names) - 1) else "normal"
        style = where | {"color": paper.soft if len(r.top) < y < len(names) - 1 else paper.text, "weight": weight}
        write(ax, (0, y), name, shift=(-14 - wide if wide else -8, 0), **style)
        write(ax, (0, y), value, shift=(-8, 0), **where | {"color": paper.soft})
        write(ax, (1, y), text, shift=(right, 0), **where | {"color": paper.text, "weight": weight})
