"""What a model decides about a row: the class with the largest output, or on which side of a number its output is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..numerals import brief
from ..question import Question
from ..rows import Rows

Make = Callable[[slice], Rows]


@dataclass(frozen=True)
class Decision:
    """The decision about the explained row.

    Attributes:
        words: what it is ("malignant", "output ≥ 152", "callable is true").
        margins: how far each of n rows, made chunk by chunk, is from the border of the decision: (n,); below zero it is
            decided otherwise.
    """

    words: str
    margins: Callable[[int, Make], NDArray[np.float64]]


def called(name: str) -> str:
    """A class as it is spoken of: a mere number is "class 2"."""
    return f"class {name}" if name.isdigit() else name


def by_class(q: Question) -> bool:
    """Whether the outputs are scores of classes, so that the largest decides."""
    several = q.scores.ndim == 1 and len(q.scores) > 1 and isinstance(q.target.index, int)
    return several and (q.model.classes or not hasattr(q.model.source, "predict"))


def classes_of(q: Question, n: int, rows: Make) -> NDArray[np.intp]:
    """The class that the model gives each of n rows."""
    return q.responses(n, rows, lambda some: _scores(q, some).argmax(1)).astype(np.intp)


def _scores(q: Question, rows: Rows) -> NDArray[np.float64]:
    scores = np.asarray(q.model.predict(rows), float)
    bad = int((~np.isfinite(scores).all(1)).sum())
    if bad:
        given = Phrase(f"NaN or infinity for {bad} of {len(scores)} rows")
        raise refuse(q.model.title, "must return finite numbers", given)
    return scores


def decision(q: Question, threshold: Any) -> Decision:
    """What the model decides about the explained row.

    Args:
        threshold: None: the class; for an output that is no class, 0 for a margin, 1/2 for a probability, else the
            mean output of the reference rows. A number: which side of it the target's output is on.

    Raises:
        ValueError: for a threshold that is no number.
    """
    if threshold is None and by_class(q):
        return _of_class(q)
    truth = threshold is None and _says_yes_or_no(q)
    cut = 0.5 if truth else _usual(q) if threshold is None else _number(q, threshold)
    above = q.output >= cut
    side = f"is {'true' if above else 'false'}" if truth else f"{'≥' if above else '<'} {brief(cut)}"
    words = f"{q.target.name} {side}"
    sign = 1.0 if above else -1.0
    return Decision(words, lambda n, rows: _sided(sign * (q.outputs_of(n, rows) - cut), above))


def _of_class(q: Question) -> Decision:
    index = int(cast("int", q.target.index))
    own = int(np.argmax(q.scores)) == index
    words = called(q.target.name) if own else f"not {called(q.target.name)}"

    def margins(some: Rows) -> NDArray[np.float64]:
        scores = _scores(q, some)
        lead = scores[:, index] - np.delete(scores, index, 1).max(1)
        return _sided(lead if own else -lead, (scores.argmax(1) == index) == own)

    return Decision(words, lambda n, rows: q.responses(n, rows, margins))


def _sided(margins: NDArray[np.float64], alike: NDArray[np.bool_] | bool) -> NDArray[np.float64]:
    """A margin of exactly zero is put on the side that the decision is on."""
    return np.where((margins == 0) & ~np.asarray(alike), -np.finfo(float).tiny, margins)


def _says_yes_or_no(q: Question) -> bool:
    return set(np.unique(q.base_outputs)) | {q.output} <= {0.0, 1.0}


def _usual(q: Question) -> float:
    """A threshold, chosen and said."""
    known = {"margin": 0.0, "probability": 0.5}.get(q.model.unit)
    cut = float(f"{q.base_outputs.mean():.3g}") if known is None else known
    why = "the mean over the baseline rows" if known is None else "what decides between two classes"
    q.note(
        f"This output is no class, so the rule is about its being {brief(cut)} ({why}) or more; choose with "
        "threshold=, or pass a target callable that returns true or false."
    )
    return cut


def _number(q: Question, threshold: Any) -> float:
    try:
        cut = float(threshold)
    except (TypeError, ValueError):
        cut = np.nan
    if isinstance(threshold, bool) or not np.isfinite(cut):
        raise refuse(q.who, "threshold must be a number", threshold)
    return cut
