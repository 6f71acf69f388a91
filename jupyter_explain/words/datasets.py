"""Answers about a dataset in words: what matters most, where curves rise and fall."""

from __future__ import annotations

import numpy as np

from ..explanation import Curves, Scores
from .clear import CLEAR
from .lines import sentence, title
from .numbers import Signed, number, several
from .plain import _closing, summary
from .quality import MEASURED, judged, randomized
from .text import joined, shorten

TOP = 12  # lines of the table
NAMED = 3  # columns in the sentence


@sentence.register(Scores)
def _scores_sentence(e: Scores) -> str:
    """Which columns matter most; those that do not differ clearly from zero are not named."""
    if e.method in MEASURED:
        return MEASURED[e.method](e)
    sure = e.values if e.stderr is None else np.where(np.abs(e.values) >= CLEAR * e.stderr, e.values, 0)
    best = [i for i in np.argsort(-sure, kind="stable")[:NAMED] if sure[i] > 0]
    if not best:
        return "Nothing differs clearly from zero." if np.any(e.values) else "Every score is zero."
    words = joined([f"{shorten(e.names[i])} ({number(e.values[i])})" for i in best])
    less = int((sure <= 0).sum())
    rest = f"; {less} of {len(sure)} do not differ clearly from zero or help the score" if less else ""
    return f"Most important: {words}{rest}."


@sentence.register(Curves)
def _curves_sentence(e: Curves) -> str:
    """The columns whose curves have the largest range, and where these go."""
    if e.verdict is not None:
        return judged(e.verdict)
    if e.method == "randomization":
        return randomized(e)
    if e.fidelity is None:
        return _ways(e)
    return f"{_ways(e)} {_best(*e.fidelity) if e.along else _together(*e.fidelity)}"


def _together(fidelity: float, stderr: float) -> str:
    """How good the sum of the curves is as a stand-in, and what it leaves."""
    good = f"The sum of the curves explains R² {number(fidelity, 2)} ± {number(stderr, 2)} of the output on other rows"
    left = 100 * max(0.0, 1 - fidelity)
    return f"{good}; {number(left, 2)} % is interaction between columns, or finer than the curves."


def _best(fidelity: float, stderr: float) -> str:
    """How well the best of many stand-ins follows the model."""
    return f"The best of them explains R² {number(fidelity, 2)} ± {number(stderr, 2)} of the output on other rows."


def _ways(e: Curves) -> str:
    order = np.argsort([-np.ptp(y) for y in e.y], kind="stable")[:NAMED]
    if not e.y or np.ptp(e.y[order[0]]) == 0:
        return "No curve changes with its column."
    if e.along:
        most = joined([_furthest(e, int(i)) for i in order if np.ptp(e.y[i]) > 0])
        return f"The {e.axis} changes most along {e.along} for {most}."
    said = [_way(e, int(i)) for i in order if np.ptp(e.y[i]) > 0]
    return f"The {e.axis} {joined(said)}."


def _way(e: Curves, i: int) -> str:
    """`rises by 0.31 with worst area`, `varies by 0.2 with age`."""
    y, name = e.y[i], shorten(e.names[i])
    if e.x[i].dtype.kind != "f":
        return f"is largest for {name} = {shorten(e.x[i][int(np.argmax(y))])} (range {number(float(np.ptp(y)))})"
    change, size = float(y[-1] - y[0]), float(np.ptp(y))
    if abs(change) < 0.8 * size:
        return f"varies by {number(size)} with {name}"
    return f"{'rises' if change > 0 else 'falls'} by {number(abs(change))} with {name}"


def _furthest(e: Curves, i: int) -> str:
    """`worst area (up to -0.31)`, where the curve is furthest from 0."""
    return f"{shorten(e.names[i])} (up to {number(float(e.y[i][np.abs(e.y[i]).argmax()]))})"


@summary.register(Scores)
def _scores_summary(e: Scores) -> str:
    """Title, sentence, and the columns, most important first."""
    order = np.argsort(-e.values, kind="stable")[:TOP]
    errors = [None if e.stderr is None else float(e.stderr[i]) for i in order]
    write = Signed(e.values[order], errors)
    names = [shorten(e.names[i]) for i in order]
    wide = max(map(len, names), default=0)
    pairs = zip(names, order, errors, strict=True)
    lines = [f"  {n.ljust(wide)}  {write(float(e.values[i]), s)}" for n, i, s in pairs]
    more = len(e.values) - len(order)
    lines += [f"  and {several(more, 'other')}"] if more else []
    score = [] if e.base is None else [f"Score of the untouched data: {number(e.base, 4)} ({e.target})."]
    return "\n".join([title(e), sentence(e), "", *lines, "", *score, *_closing(e)])
