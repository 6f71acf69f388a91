"""Matrices in words: the strongest pairs."""

from __future__ import annotations

import numpy as np

from ..explanation import Matrix
from ..explanation.matrix import ends
from .clear import CLEAR, clear_of
from .lines import sentence, title
from .numbers import Signed, number, several
from .plain import _closing, aligned, summary
from .text import joined, shorten

TOP = 12  # lines of the table
NAMED = 3  # pairs in the sentence


@sentence.register(Matrix)
def _sentence(e: Matrix) -> str:
    """The strongest pairs; those whose interval holds zero are not named."""
    if not len(e.pairs):
        return "There is no pair of columns."
    known = [(i, j) for i, j in e.pairs if np.isfinite(e.values[i, j])]
    if not known:
        return "There is nothing to measure in any pair."
    clear = [(i, j) for i, j in known if e.values[i, j] and _clear(e, i, j)]
    if not clear:
        return (
            "No pair differs clearly from zero." if any(e.values[i, j] for i, j in known) else "Every number is zero."
        )
    words = joined([f"{pair(e, i, j)} ({_own(e, i, j)})" for i, j in clear[:NAMED]])
    less = len(known) - len(clear)
    rest = f"; {less} of {several(len(known), 'pair')} {'does' if less == 1 else 'do'} not differ clearly from zero"
    return f"Strongest: {words}{rest if less else ''}."


def pair(e: Matrix, i: int, j: int) -> str:
    """`bmi × s5`."""
    return f"{shorten(e.rows[i], 28)} × {shorten(e.columns[j], 28)}"


def _own(e: Matrix, i: int, j: int) -> str:
    value = float(e.values[i, j])
    return f"{'+' if e.signed and value > 0 else ''}{number(value)}"


def _clear(e: Matrix, i: int, j: int) -> bool:
    """Whether the interval, widened for so many pairs, leaves zero out (sizes from zero up: whether it lies above)."""
    found = ends(e)
    if found is None:
        return True
    value, wider = e.values[i, j], clear_of(len(e.pairs)) / CLEAR
    low, high = (value + wider * (end[i, j] - value) for end in found)
    return bool(low > 0 or high < 0)


@summary.register(Matrix)
def _summary(e: Matrix) -> str:
    """Title, sentence, and the strongest pairs with what was measured."""
    some = e.pairs[:TOP]
    known = [(i, j) for i, j in some if np.isfinite(e.values[i, j])]
    write = Signed([float(e.values[i, j]) for i, j in known], [_stderr(e, i, j) for i, j in known])
    rows = [(pair(e, i, j), "", _text(e, i, j, write), _measure(e, i, j)) for i, j in some]
    more = len(e.pairs) - len(some)
    lines = ["", *aligned(rows), *([f"  and {several(more, 'other')}"] if more else []), ""] if rows else [""]
    return "\n".join([title(e), sentence(e), *lines, f"Each number: {e.measure}.", *_closing(e)])


def _text(e: Matrix, i: int, j: int, write: Signed) -> str:
    if not np.isfinite(e.values[i, j]):
        return "—"
    text = write(float(e.values[i, j]), _stderr(e, i, j))
    return text if e.signed else text.removeprefix("+")


def _stderr(e: Matrix, i: int, j: int) -> float | None:
    return None if e.stderr is None or not np.isfinite(e.stderr[i, j]) else float(e.stderr[i, j])


def _measure(e: Matrix, i: int, j: int) -> str:
    return "" if e.which is None else e.measures[int(e.which[i, j])]
