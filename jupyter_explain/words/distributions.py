"""Distributions and cohorts in words."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Cohorts, Distributions
from .clear import CLEAR, clear_of
from .lines import sentence, title
from .numbers import number, several
from .plain import _closing, summary
from .text import joined, padded, shorten, width

TOP = 12  # lines of a table
NAMED = 3
FAR = 0.05  # shares below which, or above one minus which, a value is unusual


@sentence.register(Distributions)
def _distributions_sentence(e: Distributions) -> str:
    """Where the explained row is unusual, or in which columns the groups differ most."""
    rows = several(int(e.sizes.sum()), "row")
    if e.here is not None:
        odd = [i for i, (value, share) in enumerate(e.here) if _unusual(e.x[i], value, share)]
        if not odd:
            return f"Among {rows}, no value of the explained row is unusual."
        words = joined([f"{shorten(e.names[i])} = {_cell(e.here[i][0])} ({place(e, i)})" for i in odd[:NAMED]])
        return f"Among {rows}, the explained row is unusual in {words}."
    if len(e.groups) < 2:
        return f"{rows}, {several(len(e.names), 'column')}."
    best = [i for i in np.argsort(-e.apart, kind="stable")[:NAMED] if e.apart[i] > 0]
    words = joined([f"{shorten(e.names[i])} ({100 * e.apart[i]:.0f} %)" for i in best]) if best else "no column"
    return f"The groups ({e.by}) differ most in {words}; 0 % is alike, 100 % nothing in common."


def _unusual(x: NDArray[Any], value: object, share: float) -> bool:
    """Far out among numbers, or a rare category (where there are so many that each is rare, none is)."""
    if isinstance(value, str):
        return share < FAR and value in x
    return math.isfinite(share) and (share < FAR or share > 1 - FAR)


def _cell(value: object) -> str:
    return shorten(value, 20) if isinstance(value, str) else number(float(value), 4)  # type: ignore[arg-type]


def place(e: Distributions, i: int) -> str:
    """`percentile 97`, or `like 4 % of the rows` for a category."""
    value, share = (e.here or (("", 0.0),) * len(e.names))[i]
    if not math.isfinite(share):
        return "missing"
    return f"like {100 * share:.0f} % of the rows" if isinstance(value, str) else f"percentile {100 * share:.0f}"


@summary.register(Distributions)
def _distributions_summary(e: Distributions) -> str:
    """Title, sentence, and a line per column: what it holds, missing values, the explained row."""
    lines = []
    for i, name in enumerate(e.names[:TOP]):
        missing = int(e.missing[i].sum())
        gaps = f", {several(missing, 'missing value')}" if missing else ""
        own = "" if e.here is None else f"; here {_cell(e.here[i][0])} ({place(e, i)})"
        lines.append((shorten(name), f"{_range(e, i)}{gaps}{own}"))
    wide = max((width(n) for n, _ in lines), default=0)
    more = len(e.names) - len(lines)
    table = [f"  {padded(n, wide)}  {words}" for n, words in lines] + (
        [f"  and {several(more, 'other')}"] if more else []
    )
    sizes = [f"{g}: {several(int(n), 'row')}" for g, n in zip(e.groups, e.sizes, strict=True)]
    return "\n".join([title(e), sentence(e), "", *table, "", "; ".join(sizes) + ".", *_closing(e)])


def _range(e: Distributions, i: int) -> str:
    x = e.x[i]
    if not len(x):
        return "no values"
    if x.dtype.kind == "f":
        return f"{number(float(x[0]), 4)} to {number(float(x[-1]), 4)} in {several(len(x) - 1, 'bin')}"
    rest = re.fullmatch(r"(\d+) others", str(x[-1]))
    named = len(x) - 1 if rest else len(x)
    count = named + int(rest[1]) if rest else named
    best = int(np.argmax(e.counts[i].sum(0)[:named]))
    return f"{several(count, 'category', 'categories')}, most often {shorten(x[best], 20)}"


@sentence.register(Cohorts)
def _cohorts_sentence(e: Cohorts) -> str:
    """Mean outputs and errors of both groups, and the columns whose values clearly differ."""
    head = _compared("Mean output", e.groups, e.outputs, e.output_stderr)
    if e.scores is not None and e.score_stderr is not None:
        head += " " + _compared(e.score[:1].upper() + e.score[1:], e.groups, e.scores, e.score_stderr)
    difference, clear = e.difference[0], clearly(e)
    best = [i for i in np.argsort(-np.abs(difference), kind="stable") if clear[i]][:NAMED]
    if not best:
        return f"{head} No column is used clearly more in one group."
    words = joined([f"{shorten(e.names[i])} (more in {'A' if difference[i] > 0 else 'B'})" for i in best])
    return f"{head} Used differently: {words}."


def clearly(e: Cohorts) -> NDArray[np.bool_]:
    """Of which columns the difference is more than chance, though there are so many (columns,)."""
    difference, spread = e.difference
    found: NDArray[np.bool_] = np.abs(difference) > clear_of(len(e.names)) * spread
    return found


def _compared(what: str, groups: tuple[str, str], ends: NDArray[Any], stderr: NDArray[Any]) -> str:
    """`Mean output: higher for sex = F (0.31 against 0.24).`"""
    a, b = (number(float(end)) for end in ends)
    if not abs(ends[0] - ends[1]) > CLEAR * np.hypot(*stderr):
        return f"{what}: no clear difference ({a} and {b})."
    group, more, less = (groups[0], a, b) if ends[0] > ends[1] else (groups[1], b, a)
    return f"{what}: higher for {shorten(group, 40)} ({more} against {less})."


@summary.register(Cohorts)
def _cohorts_summary(e: Cohorts) -> str:
    """Title, sentence, both groups, and the columns with the largest values."""
    (difference, spread), clear = e.difference, clearly(e)
    order = np.argsort(-e.values.max(0), kind="stable")[:TOP]
    rows = [("", "A", "B", "A − B", "")]
    for i in order:
        mark = "*" if clear[i] else ""
        a, b = (f"{number(float(e.values[k, i]))} ± {number(float(e.stderr[k, i]), 2)}" for k in (0, 1))
        gap = f"{number(float(difference[i]))} ± {number(float(spread[i]), 2)}"
        rows.append((shorten(e.names[i]), a, b, gap, mark))
    wide = [max(width(r[k]) for r in rows) for k in range(5)]
    lines = [
        "  " + "  ".join(padded(c, w, k > 0) for k, (c, w) in enumerate(zip(r, wide, strict=True))).rstrip()
        for r in rows
    ]
    more = len(e.names) - len(order)
    lines += [f"  and {several(more, 'other')}"] if more else []
    head = [f"{'AB'[k]} {group(e, k)}" for k in (0, 1)]
    return "\n".join([title(e), sentence(e), "", *head, "", *lines, "", f"Each number: {e.measure}.", *_closing(e)])


def group(e: Cohorts, k: int, most: int = 40) -> str:
    """`sex = F: 235 rows, mean output 0.31 ± 0.02, share of wrong classes 0.12 ± 0.02`; at most so much of its name."""
    parts = [several(int(e.sizes[k]), "row") + (" (few)" if e.groups[k] in e.small else "")]
    parts.append(f"mean output {number(float(e.outputs[k]))} ± {number(float(e.output_stderr[k]), 2)}")
    if e.scores is not None and e.score_stderr is not None:
        parts.append(f"{e.score} {number(float(e.scores[k]))} ± {number(float(e.score_stderr[k]), 2)}")
    return f"{shorten(e.groups[k], most)}: {', '.join(parts)}"
