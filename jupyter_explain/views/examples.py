"""Counterfactuals: one table, the row beside what it would have to be; changed values are coloured, bold and marked."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Examples
from ..words import number, sentence, shorten
from ..words.examples import cell, hidden_words, outcome, whose
from .canvas import WIDTH, draw, size
from .colors import AGAINST, FOR, ink
from .fonts import minus, write
from .page import body, picture, rendered, text
from .pieces import draw_pieces, size_pieces

LINE = 0.24  # inches
MOST = 14  # columns that are drawn
SHOWN = 4  # examples side by side


def _columns(e: Examples) -> list[int]:
    """The columns that change, the largest move first."""
    if not e.rows:
        return []
    where = np.flatnonzero(e.changed.any(0))
    return [int(i) for i in where[np.argsort(-np.abs(e.moved[:, where]).max(0), kind="stable")][:MOST]]


def mark(moved: float, value: Any) -> str:
    """An arrow that says the direction without colour; categories have none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return ("▲ " if moved > 0 else "▼ ") if number else "≠ "


@size.register(Examples)
def _size(e: Examples) -> tuple[float, float]:
    if e.pieces is not None:
        return size_pieces(e.pieces, list(e.changed[:SHOWN]))
    return WIDTH, LINE * (len(_columns(e)) + 4.5)


@draw.register(Examples)
def _draw(e: Examples, ax: Any) -> None:
    ax.set_axis_off()
    if e.pieces is not None:
        heads = [f"{d} ({minus(outcome(e, k))})" for k, d in enumerate(e.decisions[:SHOWN])]
        draw_pieces(ax, e.pieces, [~h for h in e.changed[:SHOWN]], heads)
        return
    paper, columns = ink(ax), _columns(e)
    many = min(SHOWN, len(e.rows))
    ax.set(xlim=(0, 1), ylim=(len(columns) + 4.0, -0.2))
    right = [0.44, *(0.44 + 0.56 * (k + 1) / max(1, many) for k in range(many))]
    look = {"ha": "right", "va": "center", "fontsize": 8.5}
    heads = ["this row", *(f"example {k + 1}" for k in range(many))]
    decided = [e.decision, *e.decisions[:many]]
    outputs = [e.output, *map(float, e.outputs[:many])]
    for x, head, decision, output in zip(right, heads, decided, outputs, strict=True):
        write(ax, (x, 0), head, color=paper.soft, **look)
        write(ax, (x, 1), shorten(decision, 22), color=paper.text, weight="bold", **look)
        write(ax, (x, 2), minus(number(output, 3)), color=paper.soft, **look)
    ax.plot([0, 1], [2.6, 2.6], color=paper.line, linewidth=0.8)
    for place, i in enumerate(columns):
        y = place + 3.2
        write(ax, (0, y), shorten(e.names[i], 34), va="center", fontsize=8.5, color=paper.text)
        write(ax, (right[0], y), minus(cell(e.original[i])), color=paper.text, **look)
        for k in range(many):
            _cell(ax, e, k, i, (right[k + 1], y), look)
    if whose(e):
        write(ax, (0, 2), f"output of {shorten(whose(e), 22)}", va="center", fontsize=8.5, color=paper.soft)
    if not e.rows:
        write(ax, (0, 3.4), "none found", va="center", fontsize=9, color=paper.soft)


def _cell(ax: Any, e: Examples, k: int, i: int, xy: tuple[float, float], look: dict[str, Any]) -> None:
    if not e.changed[k, i]:
        write(ax, xy, "same", color=ink(ax).soft, **look)
        return
    color = FOR if e.moved[k, i] > 0 else AGAINST
    said = f"{mark(e.moved[k, i], e.rows[k][i])}{minus(cell(e.rows[k][i]))}"
    write(ax, xy, said, color=color, weight="bold", **look)


@body.register(Examples)
def _body(e: Examples) -> str:
    head = ["column", "this row", *(f"example {k + 1}" for k in range(len(e.rows)))]
    rows = [["decision", e.decision, *e.decisions], ["distance", "0", *(number(d) for d in e.distances)]]
    for i in [] if e.pieces is not None else _columns(e):
        cells = [cell(r[i]) if e.changed[k, i] else "same" for k, r in enumerate(e.rows)]
        rows.append([e.names[i], cell(e.original[i]), *cells])
    if e.pieces is not None:
        rows.append(["hidden", "", *(hidden_words(e, k, 12) for k in range(len(e.rows)))])
    return f"<p>{text(sentence(e))}</p>\n{picture(e, sentence(e))}\n{rendered(head, rows, [], '')}"
