"""Counterfactuals in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Examples
from .lines import sentence, title
from .numbers import number, several, shown
from .plain import _closing, summary
from .text import clean, joined, shorten

NAMED = 3  # changes in the sentence


def changes(e: Examples, k: int) -> list[int]:
    """The columns that example k changes, the largest move first."""
    where = np.flatnonzero(e.changed[k])
    return [int(i) for i in where[np.argsort(-np.abs(e.moved[k][where]), kind="stable")]]


def cell(value: Any) -> str:
    """A value as in the tables, short."""
    return shorten(clean(shown(value)))


@sentence.register(Examples)
def _sentence(e: Examples) -> str:
    if not e.rows:
        among = " that keep the constraints" if e.bound else ""
        return f"No counterfactual found among {several(e.tried, 'candidate')}{among}: nothing tried gives {e.goal}."
    where = changes(e, 0)
    words = [f"{shorten(e.names[i])} = {cell(e.rows[0][i])} (now {cell(e.original[i])})" for i in where[:NAMED]]
    words += [several(len(where) - NAMED, "other change")] if len(where) > NAMED else []
    return f"Would be {clean(e.decisions[0])} instead of {clean(e.decision)} with {joined(words)}."


@summary.register(Examples)
def _summary(e: Examples) -> str:
    """Title, sentence, and the changes of every example."""
    lines = []
    for k, decision in enumerate(e.decisions):
        lines.append(f"  {k + 1}. {clean(decision)} ({number(float(e.outputs[k]))}), distance {number(e.distances[k])}")
        lines += [f"       {shorten(e.names[i])}: {cell(e.original[i])} → {cell(e.rows[k][i])}" for i in changes(e, k)]
    unit = [f"Distances in {e.scale}; there may be nearer examples."] if e.rows else []
    return "\n".join([title(e), sentence(e), "", *lines, *([""] if lines else []), *unit, *_closing(e)])
