"""Clouds in words: which columns matter most over the rows, and whether they push up or down."""

from __future__ import annotations

from ..explanation import Cloud
from .clear import CLEAR
from .lines import sentence, title
from .numbers import grouped, number, several
from .plain import _closing, summary
from .text import joined, padded, shorten, width

TOP = 12  # lines of the table
NAMED = 3


@sentence.register(Cloud)
def _sentence(e: Cloud) -> str:
    """The columns with the largest mean |value|, and over how many rows."""
    best = [int(j) for j in e.order[:NAMED] if e.means[j] > CLEAR * e.stderr[j]]
    rows = f"{several(len(e.rows), 'row')}" + ("" if len(e.rows) == e.total else f" of {grouped(e.total)}")
    if not best:
        return f"No column contributes clearly, over {rows}."
    words = joined([f"{shorten(e.names[j])} ({number(float(e.means[j]))})" for j in best])
    return f"Over {rows}, these change the output most, on average either way: {words}."


@summary.register(Cloud)
def _summary(e: Cloud) -> str:
    """Title, sentence, and a line per column: mean |value|, its error, the share of rows where it is positive."""
    order, positive = [int(j) for j in e.order[:TOP]], e.positive
    rows = [("", "mean |value|", "rows above 0")]
    rows += [(shorten(e.names[j]), said_size(e, j), f"{100 * positive[j]:.0f} %") for j in order]
    wide = [max(width(r[k]) for r in rows) for k in range(3)]
    lines = ["  " + "  ".join(padded(c, wide[k], k > 0) for k, c in enumerate(r)).rstrip() for r in rows]
    more = len(e.names) - len(order)
    lines += [f"  and {several(more, 'other')}"] if more else []
    return "\n".join([title(e), sentence(e), "", *lines, "", f"Rows explained by {e.of}.", *_closing(e)])


def said_size(e: Cloud, j: int) -> str:
    """Mean |value| of a column, with its standard error where it has one."""
    size = number(float(e.means[j]))
    return f"{size} ± {number(float(e.stderr[j]), 2)}" if e.stderr[j] > 0 else size
