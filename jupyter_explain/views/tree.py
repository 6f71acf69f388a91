"""A decision tree from left to right: questions, answers as thick as the share of rows, and the row's way in colour."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Tree
from ..tree_parts import below, shown
from ..words import grouped, number, shorten
from ..words.rules import share
from ..words.tree import question
from .canvas import WIDTH, draw, plain_axes, size
from .colors import ink
from .fonts import minus, write

MOST = 63  # nodes that are shown: a whole tree of depth 5
LEVELS = 6  # questions one after the other; longer ways go on in words
ROW = 0.3  # inches of a leaf
LEVEL = 1.4  # inches of a level, at least
LEAF = 1.0  # inches right of the last level, and of the fidelity's strip below
STRIP = 1.25
WAY = "#1f66d6"
Places = dict[int, tuple[float, float]]


def _places(e: Tree) -> Places:
    """(level, row) of every node that is drawn; a node stands in the middle of what is below it."""
    depth = e.depths
    kept = {n for n in shown(e, MOST) if depth[n] <= LEVELS}
    order, found, row = [0], {}, 0.0
    for node in _first_to_last(e, kept):
        if _ends(e, node, kept):
            found[node] = (float(depth[node]), row)
            row += 1
    for node in sorted(kept - set(found), key=lambda n: -depth[n]):
        sides = [found[int(e.yes[node])][1], found[int(e.no[node])][1]]
        found[node] = (float(depth[node]), sum(sides) / 2)
    return found if order else {}


def _ends(e: Tree, node: int, kept: set[int]) -> bool:
    return e.yes[node] < 0 or int(e.yes[node]) not in kept


def _first_to_last(e: Tree, kept: set[int]) -> list[int]:
    """The nodes that are drawn, each before what is below it, yes before no."""
    stack, found = [0], []
    while stack:
        node = stack.pop()
        found.append(node)
        if not _ends(e, node, kept):
            stack += [int(e.no[node]), int(e.yes[node])]
    return found


def _wide(e: Tree) -> float:
    return max(WIDTH, LEVEL * min(int(e.depths.max()), LEVELS) + LEAF + 0.3)


@size.register(Tree)
def _size(e: Tree) -> tuple[float, float]:
    rows = max(row for _, row in _places(e).values()) + 1
    strip = 0.0 if e.fidelity is None else STRIP
    return _wide(e), max(0.6, ROW * rows + 0.6) + strip


@draw.register(Tree)
def _draw(e: Tree, ax: Any) -> None:
    plain_axes(ax)
    wide, high = _size(e)
    if e.fidelity is not None:
        _fidelity(e, ax.inset_axes((0.06, 0.34 / high, 0.5, (STRIP - 0.55) / high)))
    canvas = ax.inset_axes(
        (0, STRIP / high if e.fidelity is not None else 0, 1, 1 - (e.fidelity is not None) * STRIP / high)
    )
    plain_axes(canvas)
    places = _places(e)
    levels, rows = (max(p[k] for p in places.values()) for k in (0, 1))
    step = (wide - 0.3 - LEAF) / max(levels, 1)  # inches of a level
    canvas.set_xlim(-0.02, (wide - 0.2) / step)
    canvas.set_ylim(rows + 0.7, -0.9)
    letters = int(step / 0.069)
    way = set(map(int, e.path))
    for node, place in places.items():
        ends = int(e.yes[node]) not in places
        if not ends:
            for child in (int(e.yes[node]), int(e.no[node])):
                _branch(canvas, e, place, places[child], child, way)
        _words(canvas, e, node, place, ends, way, letters)
    _caption(canvas, e, places)


def _branch(ax: Any, e: Tree, a: tuple[float, float], b: tuple[float, float], child: int, way: set[int]) -> None:
    """A curve as thick as the share of rows that go there; the way of the row in colour and on top."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    paper, on = ink(ax), child in way
    start = a[0] + 0.62
    middle = (start + b[0]) / 2
    curve = Path([(a[0], a[1]), (start, a[1]), (middle, a[1]), (middle, b[1]), (b[0], b[1])],
                 [Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])  # fmt: skip
    look = {"color": WAY if on else paper.line, "linewidth": 0.7 + 5 * float(e.cover[child]), "zorder": 2 if on else 1}
    ax.add_patch(PathPatch(curve, fill=False, capstyle="butt", **look))
    parent_yes = any(int(y) == child for y in e.yes)
    style = {"fontsize": 7, "color": WAY if on else paper.soft, "weight": "bold" if on else "normal"}
    side = "bottom" if parent_yes else "top"
    shift = (-4, 2 if parent_yes else -2)
    write(ax, b, "yes" if parent_yes else "no", shift=shift, ha="right", va=side, zorder=4, **style)


def _words(ax: Any, e: Tree, node: int, place: tuple[float, float], ends: bool, way: set[int], letters: int) -> None:
    paper, on = ink(ax), node in way
    weight = "bold" if on else "normal"
    box = {"facecolor": paper.paper, "edgecolor": WAY if on else "none", "linewidth": 1.2, "pad": 1.6}
    style = {"va": "center", "zorder": 5, "weight": weight, "bbox": box}
    if not ends:
        name, rule = question(e, node)
        own = e.own.get(int(e.feature[node]), "") if on else ""
        text = f"{shorten(name, max(8, letters - 2))}\n{shorten(minus(rule), letters)}"
        text += f"\nhere {shorten(minus(own), letters - 5)}" if own else ""
        write(ax, place, text, shift=(2, 0), fontsize=7.5, color=paper.text, linespacing=1.15, **style)
        return
    said = f"{minus(number(float(e.value[node])))}  "
    hidden = below(e, node)
    if hidden:
        on_way = [int(n) for n in e.path]
        more = len(on_way) - on_way.index(node) - 1 if on else 0
        said = f"… {more} more → {minus(number(float(e.value[on_way[-1]])))}" if more else f"… {hidden} nodes"
    write(ax, place, said, shift=(3, 0), fontsize=8.5, color=paper.soft if hidden and not on else paper.text, **style)
    after = 3 + 5.4 * len(said.strip()) + (8 if on else 4)
    write(ax, place, share(float(e.cover[node])), shift=(after, 0), va="center", fontsize=7, color=paper.soft)


def _caption(ax: Any, e: Tree, places: Places) -> None:
    weight = "rows" if e.fidelity is not None else "training weight"
    said = f"value, and share of the {weight} (thickness)"
    if len(e.path):
        said += " · way of the row: coloured, framed, with its own values"
    left = len(e.yes) - len(places)
    said += f"\n{grouped(left)} of {grouped(len(e.yes))} nodes not shown" if left else ""
    write(ax, (0, 0), said, xycoords="axes fraction", shift=(2, -2), va="top", fontsize=8, color=ink(ax).soft)


def _fidelity(e: Tree, ax: Any) -> None:
    """R² on other rows by depth, with its standard error; the depth that is shown is filled."""
    if e.fidelity is None:
        return
    paper, depths = ink(ax), np.arange(len(e.fidelity))
    plain_axes(ax)
    ax.errorbar(depths, e.fidelity, e.fidelity_stderr, color=WAY, linewidth=1.2, elinewidth=1, marker="o", markersize=4,
                markerfacecolor=paper.paper)  # fmt: skip
    now = min(int(e.depths.max()), len(depths) - 1)
    ax.plot([now], [e.fidelity[now]], "o", color=WAY, markersize=6, zorder=5)
    low = min(0.0, float(np.min(e.fidelity)))
    ax.set_ylim(low - 0.05, 1.08)
    for at in range(len(depths)):
        style = {"ha": "center", "va": "top", "fontsize": 7.5, "color": paper.soft}
        write(ax, (at, 0), str(at), xycoords=ax.get_xaxis_transform(), shift=(0, -3), **style)
    for value in (0, 0.5, 1):
        ax.axhline(value, color=paper.line, linewidth=0.6, zorder=0)
        write(ax, (0, value), f"{value:g}", xycoords=ax.get_yaxis_transform(), shift=(-4, 0), ha="right", va="center",
              fontsize=7.5, color=paper.soft)  # fmt: skip
    write(ax, (1, 0.5), "R² on other rows against depth\n(bars: one standard error)", xycoords="axes fraction",
          shift=(10, 0), va="center", fontsize=8, color=paper.soft)  # fmt: skip
