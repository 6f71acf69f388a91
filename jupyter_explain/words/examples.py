"""Counterfactuals in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import Examples
from .lines import sentence, target, title
from .numbers import number, several, shown
from .plain import _closing, summary
from .text import clean, joined, shorten

NAMED = 3  # changes in the sentence


def changes(e: Examples, k: int) -> list[int]:
    """The columns that example k changes, the largest move first."""
    where = np.flatnonzero(e.changed[k])
    return [int(i) for i in where[np.argsort(-np.abs(e.moved[k][where]), kind="stable")]]


def cell(value: Any, most: int = 16) -> str:
    """A value as in the tables; of a text at most so many characters."""
    return shorten(clean(value), most) if isinstance(value, str) else shorten(clean(shown(value)))


def whose(e: Examples) -> str:
    """Whose output the numbers are, where the decisions do not name it: "bad" in `good (bad 0.84 → 0.47)`."""
    named = e.target in ("", "output") or e.decision.startswith((f"{e.target} ≥", f"{e.target} <"))
    return "" if named else target(e)


def outcome(e: Examples, k: int) -> str:
    """What example k makes of the target's output."""
    before, after = number(float(e.output), 3), number(float(e.outputs[k]), 3)
    return f"{whose(e)} {before} → {after}".lstrip()


@sentence.register(Examples)
def _sentence(e: Examples) -> str:
    if not e.rows:
        return _none(e)
    if e.pieces is not None:
        return _without(e)
    where = changes(e, 0)
    words = [f"{shorten(e.names[i])} = {cell(e.rows[0][i])} (now {cell(e.original[i])})" for i in where[:NAMED]]
    words += [several(len(where) - NAMED, "other change")] if len(where) > NAMED else []
    return f"Would be {clean(e.decisions[0])} instead of {clean(e.decision)} with {joined(words)}."


def _none(e: Examples) -> str:
    among = " that keep the constraints" if e.bound else ""
    said = f"No counterfactual found among {several(e.tried, 'candidate')}{among}: nothing tried gives {clean(e.goal)}."
    if e.blocked:
        said += f" There is one without {joined_or(e.blocked)}."
    if e.error_kind == "exact":
        said += " There is none: every choice was tried."
    return said


def joined_or(words: tuple[str, ...]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def hidden_words(e: Examples, k: int, most: int = 6) -> str:
    """The players that example k hides, in the order of the whole."""
    return "" if e.pieces is None else e.pieces.several([int(p) for p in np.flatnonzero(e.changed[k])], most)


def minimal(e: Examples) -> str:
    """How sure it is that nothing smaller would do."""
    if e.pieces is None or not e.rows:
        return ""
    if e.error == 0:
        return f"No fewer {e.pieces.unit}s do: every smaller choice was tried."
    tried = f"; every choice of fewer than {e.least} was tried" if e.least > 1 else ""
    return f"None of them can be left out; other choices may need fewer{tried}."


def _without(e: Examples) -> str:
    return f"Would be {clean(e.decisions[0])} instead of {clean(e.decision)} without {hidden_words(e, 0)}. {minimal(e)}"


@summary.register(Examples)
def _summary(e: Examples) -> str:
    """Title, sentence, and the changes of every example."""
    lines = []
    for k, decision in enumerate(e.decisions):
        lines.append(f"  {k + 1}. {clean(decision)} ({outcome(e, k)}), distance {number(e.distances[k])}")
        if e.pieces is not None:
            lines.append(f"       without {hidden_words(e, k, 12)}")
            continue
        lines += [f"       {shorten(e.names[i])}: {cell(e.original[i])} → {cell(e.rows[k][i])}" for i in changes(e, k)]
    unit = [f"Distances in {e.scale}{'' if e.pieces else '; there may be nearer examples'}."] if e.rows else []
    return "\n".join([title(e), sentence(e), "", *lines, *([""] if lines else []), *unit, *_closing(e)])
