"""A number for each pair: coloured cells with the numbers in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Matrix
from ..explanation.matrix import strongest
from ..words import number, shorten
from .canvas import WIDTH, draw, outline, plain_axes, size
from .colors import diverging, ink
from .fonts import breadth, minus, write

MOST = 40  # rows and columns that are drawn
NUMBERS = 14  # columns up to which there is room for numbers
NAME = 22  # characters of a name
BAR = 0.95  # inches for the colour bar and its numbers


@size.register(Matrix)
def _size(e: Matrix) -> tuple[float, float]:
    rows, columns = strongest(e, MOST)
    left, above = _margins(e, rows, columns)
    cell = (WIDTH - left - BAR) / max(len(columns), 5)
    return WIDTH, above + max(1.0, min(cell, 0.5) * len(rows)) + 0.5


def _margins(e: Matrix, rows: Any, columns: Any) -> tuple[float, float]:
    """Inches left of and above the cells, for the names."""
    left = breadth([shorten(e.rows[i], NAME) for i in rows], 8) / 72 + 0.15
    above = 0.75 * breadth([shorten(e.columns[j], NAME) for j in columns], 8) / 72 + 0.25
    return left, above


@draw.register(Matrix)
def _draw(e: Matrix, ax: Any) -> None:
    plain_axes(ax)
    ax.set_axis_off()
    rows, columns = strongest(e, MOST)
    wide, high = _size(e)
    left, above = _margins(e, rows, columns)
    across = (wide - left - BAR) / wide * (1 if len(columns) >= 5 else len(columns) / 5)
    box = (left / wide, 0.5 / high, across, 1 - (above + 0.5) / high)
    panel = ax.inset_axes(box)
    plain_axes(panel)
    end = reach(e)
    cells = e.values[np.ix_(rows, columns)]
    look: dict[str, Any] = {"cmap": diverging() if e.signed else "cividis", "vmin": -end if e.signed else 0.0}
    panel.imshow(np.ma.masked_invalid(cells), vmax=end, aspect="auto", interpolation="nearest", **look)
    _grid(panel, cells)
    _names(e, rows, columns, panel)
    if len(columns) <= NUMBERS:
        _numbers(e, cells, panel, end)
    _bar(ax, (box[0] + box[2] + 0.15 / wide, box[1], 0.14 / wide, box[3]), e, end)
    more = max(len(e.rows) - len(rows), len(e.columns) - len(columns))
    words = e.measure + (
        f"; the {len(columns)} columns with the strongest pairs, {more} more not shown" if more else ""
    )
    words += f"; diagonal: {e.diagonal}" if e.diagonal else ""
    write(ax, (0, 0), words, xycoords="axes fraction", shift=(0, 2), va="bottom", fontsize=8, color=ink(ax).soft)


def reach(e: Matrix) -> float:
    """Where the colours end."""
    if e.top is not None:
        return e.top
    cells = np.abs(e.values[tuple(e.pairs.T)]) if e.square and not e.diagonal else np.abs(e.values.ravel())
    known = cells[np.isfinite(cells)]
    return float(known.max(initial=0)) or 1.0


def _grid(ax: Any, cells: Any) -> None:
    """Hairlines between cells; cells without a number are hatched."""
    down, across = cells.shape
    paper = ink(ax)
    if max(down, across) <= MOST // 2:
        for k in range(1, across):
            ax.axvline(k - 0.5, color=paper.paper, linewidth=0.8)
        for k in range(1, down):
            ax.axhline(k - 0.5, color=paper.paper, linewidth=0.8)
    for i, j in np.argwhere(~np.isfinite(cells)):
        outline(ax, (j - 0.5, j + 0.5, i + 0.5, i - 0.5), hatch="////")


def _names(e: Matrix, rows: Any, columns: Any, ax: Any) -> None:
    soft = ink(ax).text
    for place, i in enumerate(rows):
        write(
            ax, (-0.5, place), shorten(e.rows[i], NAME), shift=(-5, 0), ha="right", va="center", fontsize=8, color=soft
        )
    turn = {"ha": "left", "va": "bottom", "rotation": 45, "rotation_mode": "anchor", "fontsize": 8, "color": soft}
    for place, j in enumerate(columns):
        write(ax, (place, -0.5), shorten(e.columns[j], NAME), shift=(0, 4), **turn)


def _numbers(e: Matrix, cells: Any, ax: Any, end: float) -> None:
    points = 8 if cells.shape[1] <= 10 else 6.5
    for (i, j), value in np.ndenumerate(cells):
        if not np.isfinite(value):
            continue
        text = minus(f"{value:.2f}" if end <= 2 else number(float(value), 2))
        write(ax, (j, i), text, ha="center", va="center", fontsize=points, color=readable(value / end, e.signed))


def readable(share: float, signed: bool) -> str:
    """Black or white, whichever can be read on the colour of that share of the scale."""
    light = abs(share) < 0.62 if signed else share > 0.5
    return "#1f2328" if light else "#ffffff"


def _bar(ax: Any, box: tuple[float, float, float, float], e: Matrix, end: float) -> None:
    bar = ax.inset_axes(box)
    plain_axes(bar)
    low = -end if e.signed else 0.0
    look: dict[str, Any] = {"cmap": diverging() if e.signed else "cividis", "aspect": "auto", "origin": "lower"}
    bar.imshow(np.linspace(low, end, 257)[:, None], extent=(0, 1, low, end), vmin=low, vmax=end, **look)
    for value in (end, 0.0, low) if e.signed else (end, low):
        va = "top" if value == end else "bottom" if value == low else "center"
        words = minus(f"{'+' if e.signed and value > 0 else ''}{number(value)}")
        write(bar, (1, value), words, shift=(4, 0), va=va, fontsize=8, color=ink(ax).soft)
