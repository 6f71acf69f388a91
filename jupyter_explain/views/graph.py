"""A model's graph: boxes from top to bottom, blocks around what is in them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..explanation import Graph
from ..words import several, shorten
from ..words.graph import shape_words
from ..words.numbers import grouped
from .canvas import WIDTH, draw, plain_axes, size
from .colors import ink
from .fonts import write
from .graph_plan import Plan, Planner, opened
from .layered_layout import Point, Size

MOST = 22  # boxes that are shown
PIXEL = 1 / 92  # inches of a unit of the plan, at most
HIGHEST = 11.0  # inches
LETTER = 6.1  # units of a letter


@size.register(Graph)
def _size(e: Graph) -> tuple[float, float]:
    plan = _plan(e)
    return WIDTH, max(0.8, plan.height * _zoom(plan)) + 0.3


def _plan(e: Graph) -> Plan:
    return Planner(e, opened(e, MOST), lambda i: box(e, i)).plan()


def _zoom(plan: Plan) -> float:
    """Inches of a unit."""
    return min(PIXEL, (WIDTH - 0.3) / max(plan.width, 1), HIGHEST / max(plan.height, 1))


def box(e: Graph, i: int) -> Size:
    """Units that a node's words take."""
    lines = words(e, i)
    return max(LETTER * max(map(len, lines)) + 18, 44.0), 15.0 * len(lines) + 7


def words(e: Graph, i: int) -> list[str]:
    """`3 · Conv2d` and `16 × 8 × 8 · 448 parameters`, operations and ends in one line; in a block without its name."""
    n = e.nodes[i]
    above = "" if n.parent is None else f"{e.nodes[n.parent].name}."
    again = f" ({n.call}/{n.calls})" if n.calls > 1 and n.call else f" (×{n.calls})" if n.calls > 1 else ""
    if n.kind in ("operation", "input", "output"):
        return [": ".join(filter(None, [n.name + again, "" if n.kind == "operation" else shape_words(n)]))]
    name = n.name.removeprefix(above)
    name = name if len(name) <= 26 else f"…{name[-25:]}"
    first = " · ".join(filter(None, [name, n.type])) + again
    second = [shape_words(n), several(n.total, "parameter") if n.total else "", shorten(n.detail, 40)]
    return [first, *filter(None, [" · ".join(s for s in second if s)])]


@draw.register(Graph)
def _draw(e: Graph, ax: Any) -> None:
    plain_axes(ax)
    plan = _plan(e)
    points = _zoom(plan) * 72  # points of a unit
    for i, (left, top, wide, high) in plan.boxes.items():
        _box(ax, e, i, (left, top, wide, high), _closed(e, plan, i), points)
    for line, said, back in plan.lines:
        _arrow(ax, line, said, back, points)
    room = (WIDTH - 0.3) / _zoom(plan)
    ax.set_xlim(plan.width / 2 - room / 2, plan.width / 2 + room / 2)
    ax.set_ylim(plan.height + 2, -2)
    ax.set_aspect("equal")
    _caption(e, plan, ax)


def _closed(e: Graph, plan: Plan, i: int) -> bool:
    """Whether nothing inside is shown."""
    return not any(e.nodes[k].parent == i for k in plan.boxes)


def _box(ax: Any, e: Graph, i: int, place: tuple[float, float, float, float], closed: bool, points: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    n, paper, (left, top, wide, high) = e.nodes[i], ink(ax), place
    block = n.kind == "block"
    round_ = high / 2 if n.kind != "layer" and not block else 4
    edge = paper.soft if n.kind == "layer" or (block and closed) else paper.line
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": edge, "linewidth": 0.9, "zorder": 2, "clip_on": False}
    look |= {"linestyle": (0, (4, 2))} if block else {}
    shape = FancyBboxPatch((left, top), wide, high, boxstyle=f"round,pad=0,rounding_size={round_}", **look)
    ax.add_patch(shape)
    lines = words(e, i)
    style = {"fontsize": min(8.0, 10.6 * points), "zorder": 4}
    if block and not closed:
        write(ax, (left + 8, top + 11), lines[0], ha="left", va="center", color=paper.soft, **style)
        return
    for k, text in enumerate(lines):
        y = top + high / 2 + (k - (len(lines) - 1) / 2) * 14
        color = paper.text if k == 0 and n.kind in ("layer", "block") else paper.soft
        write(ax, (left + wide / 2, y), text, ha="center", va="center", color=color, **style)


def _arrow(ax: Any, line: list[Point], said: str, back: bool, points: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    paper = ink(ax)
    codes, verts = [Path.MOVETO], [line[0]]
    for (x0, y0), (x1, y1) in pairwise(line):
        middle = (y0 + y1) / 2
        verts += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.CURVE4] * 3
    look: dict[str, Any] = {
        "color": paper.soft,
        "linewidth": 0.8,
        "zorder": 1,
        "clip_on": False,
        "mutation_scale": 9 * points,
    }
    look |= {"linestyle": ":"} if back else {}
    ax.add_patch(FancyArrowPatch(path=Path(np.array(verts), codes), arrowstyle="-|>", fill=True, **look))
    if said:
        x, y = line[-1]
        style = {"fontsize": min(7.0, 9 * points), "color": paper.soft, "ha": "left", "va": "bottom"}
        write(ax, (x + 4, y - 9), said, **style)


def _caption(e: Graph, plan: Plan, ax: Any) -> None:
    shut = sum(e.nodes[i].kind == "block" and _closed(e, plan, i) for i in plan.boxes)
    said = ["shapes without the rows"]
    said += [f"{several(shut, 'block')} closed (dashed)"] if shut else []
    said += [f"never used: {', '.join(n.name for n in e.idle[:4])}{' …' if len(e.idle) > 4 else ''}"] if e.idle else []
    if e.parameters is not None:
        said.append(f"{grouped(e.parameters)} parameters")
    style = {"va": "top", "fontsize": 8, "color": ink(ax).soft}
    write(ax, (0, 0), " · ".join(said), xycoords="axes fraction", shift=(0, -4), **style)
