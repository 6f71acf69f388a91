"""Surfaces in words: where the number is highest and lowest, and what is decided where the row is."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Surface
from .lines import sentence, title
from .numbers import number
from .plain import _closing, summary
from .text import shorten


@sentence.register(Surface)
def _sentence(e: Surface) -> str:
    """Where the highest and the lowest number are, among the grid points with rows near them."""
    if e.spread <= 1e-12 * float(np.abs(e.z).max(initial=1e-300)):
        return f"The {e.axis} is {number(float(e.z.flat[0]))} everywhere."
    near = e.counts > 0
    some = np.where(near, e.z, np.nan) if near.any() else e.z
    high, low = (np.unravel_index(f(some), some.shape) for f in (np.nanargmax, np.nanargmin))
    words = f"The {shorten(e.axis, 60)} runs from {_at(e, low)} to {_at(e, high)}"
    lone = "" if near.all() else f"; {int((~near).sum())} of {near.size} grid points have no rows near them"
    return f"{words}{lone}.{_decided(e)}"


def _at(e: Surface, place: Any) -> str:
    j, i = place
    spot = f"{shorten(e.names[0], 28)} = {word(e.x[i])}, {shorten(e.names[1], 28)} = {word(e.y[j])}"
    return f"{number(float(e.z[place]))} ({spot})"


def word(value: Any) -> str:
    """A place on an axis: a number or a category."""
    return shorten(value, 20) if isinstance(value, str) else number(float(value), 4)


def _decided(e: Surface) -> str:
    if e.border is None:
        return ""
    if not len(e.border):
        return " The decision is the same everywhere in this plane."
    return f" The line separates {e.decision.replace(' on one side, ', ' from ').removesuffix(' on the other')}."


@summary.register(Surface)
def _summary(e: Surface) -> str:
    """Title, sentence, and a coarse table of the numbers."""
    rows = [int(k) for k in np.unique(np.linspace(0, len(e.y) - 1, 6).round())][::-1]
    columns = [int(k) for k in np.unique(np.linspace(0, len(e.x) - 1, 6).round())]
    head = [f"{shorten(e.names[1], 12)} \\ {shorten(e.names[0], 12)}", *(word(e.x[i]) for i in columns)]
    lines = [head, *([word(e.y[j]), *(_cell(e, j, i) for i in columns)] for j in rows)]
    wide = [max(len(line[k]) for line in lines) for k in range(len(head))]
    table = ["  " + "  ".join(c.rjust(w) for c, w in zip(line, wide, strict=True)).rstrip() for line in lines]
    own = [] if e.here is None else [f"The explained row: {number(e.here[2])} at {_here(e)}."]
    return "\n".join([title(e), sentence(e), "", *table, "", "(in brackets: no rows near)", *own, *_closing(e)])


def _here(e: Surface) -> str:
    x, y, _ = e.here or ("", "", 0.0)
    return f"{shorten(e.names[0], 28)} = {word(x)}, {shorten(e.names[1], 28)} = {word(y)}"


def _cell(e: Surface, j: int, i: int) -> str:
    text = number(float(e.z[j, i]))
    return text if e.counts[j, i] else f"({text})"
