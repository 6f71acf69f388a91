"""What a counterfactual is to reach: another class, a given class, or an output beyond a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..models.sklearn import accepted
from ..numerals import brief
from ..question import Question
from ..rows import Rows, copied, length, take
from ..rules.decisions import by_class, called
from ..texts import joined

Array = NDArray[np.float64]
BEYOND = re.compile(r"^\s*(>=?|<=?)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$")

SIGNS = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}
OTHERWISE = {">": "≤", "≥": "<", "<": "≥", "≤": ">"}


@dataclass(frozen=True)
class Goal:
    """A wish about the model's outputs.

    Attributes:
        words: the wish.
        margin: all outputs (n, outputs) -> how far each row is past the goal (n,); positive where it is reached.
        slope: the same for torch, for gradients.
        decided: rows -> what the model decides about each, in words.
        own: the decision about the explained row.
    """

    words: str
    margin: Callable[[Any], Array]
    slope: Callable[[Any], Any]
    decided: Callable[[Rows], list[str]]
    own: str


def reached(q: Question, goal: Goal, scores: Any) -> Array:
    """Margins (n,) of outputs; where they are no numbers the goal is not reached, and the reader is told."""
    margins = np.asarray(goal.margin(scores), float)
    if not np.isfinite(margins).all():
        q.note("Some candidates were left out: the model returned no finite number for them.")
    return np.where(np.isfinite(margins), margins, -np.inf)


def slope_at(q: Question, goal: Goal, row: Any) -> tuple[float, Any] | None:
    """The margin of one row and its gradient; None, and a note, where the network has none there."""
    try:
        margin, grad = q.gradient(row, goal.slope)
    except (RuntimeError, ValueError) as error:
        q.note(f"Searched without gradients: {str(error).splitlines()[0]}")
        return None
    return float(margin[0]), grad


def read_goal(q: Question, goal: Any) -> Goal:
    """The goal that the user named, or the usual one.

    Raises:
        ValueError: for an unknown class, a goal that is reached already, or one that makes no sense for the output.
    """
    if by_class(q) and not (isinstance(goal, str) and BEYOND.match(goal)):
        return _class_goal(q, goal)
    return _number_goal(q, goal)


def _class_goal(q: Question, goal: Any) -> Goal:
    predicted = int(np.argmax(q.scores))
    wanted = None if goal in (None, "") else _class(q, goal)
    if wanted == predicted:
        rule = "goal must be another class than the predicted one"
        raise refuse(q.who, rule, Phrase(f"{called(q.names[predicted])}, which is what the model predicts"))
    words = f"not {called(q.names[predicted])}" if wanted is None else called(q.names[wanted])

    def slope(scores: Any) -> Any:
        rest = [j for j in range(scores.shape[1]) if j != (predicted if wanted is None else wanted)]
        most = scores[:, rest].max(1)
        most = most.values if hasattr(most, "values") else most
        return most - scores[:, predicted] if wanted is None else scores[:, wanted] - most

    margin = lambda scores: np.asarray(slope(np.asarray(scores, float)))  # noqa: E731
    decided = lambda rows: _classes(q, rows)  # noqa: E731
    return Goal(words, margin, slope, decided, called(q.names[predicted]))


def _class(q: Question, goal: Any) -> int:
    if isinstance(goal, (str, bool, np.bool_)) and str(goal) in q.names:
        return q.names.index(str(goal))
    text = str(goal).removeprefix("class ")
    if not isinstance(goal, bool) and text.isdigit() and int(text) < len(q.names):
        return int(text)
    if isinstance(goal, Real) and text in q.names:
        return q.names.index(text)  # -1, 3 or 1.0 as the model's own class
    raise refuse(q.who, f"goal must be a class ({listed(q.names, 8)}) or its number, or like '> 0.8'", goal)


def _classes(q: Question, rows: Rows) -> list[str]:
    """The model's own decisions: its `predict` where it has one, else the largest output."""
    source, n = q.model.source, length(rows)
    if hasattr(source, "classes_") and hasattr(source, "predict") and len(source.classes_) == len(q.names):
        accept, known = _handed(q), [str(c) for c in source.classes_]
        found = q.responses(n, lambda part: copied(take(rows, part)), lambda r: source.predict(accept(r)))
        return [called(q.names[known.index(str(label))]) for label in found]
    scores = q.responses(n, lambda part: copied(take(rows, part)), q.model.predict)
    return [called(q.names[int(j)]) for j in np.asarray(scores).argmax(1)]


def _handed(q: Question) -> Callable[[Any], Any]:
    """Rows as the user's own estimator takes them: a text's pieces are joined again."""
    if q.input.kind == "text":
        return lambda rows: [joined(r) for r in rows]
    return accepted(q.model.source)


def _number_goal(q: Question, goal: Any) -> Goal:
    sign, cut = _beyond(q, goal)
    up, edge = 1.0 if sign in ">≥" else -1.0, 1e-300 if sign in "≥≤" else 0.0
    if goal in (None, "") and q.output == cut:
        rule = "goal must be given, like '> 0.8', as the output lies just where the usual goal does"
        raise refuse(q.who, rule, Phrase(f"no goal and the output {q.output:.4g}"))
    if up * (q.output - cut) + edge > 0:
        raise refuse(q.who, f"goal must be something else than the output has ({q.output:.4g})", goal)
    words, other = (f"{q.target.name} {s} {brief(cut)}" for s in (sign, OTHERWISE[sign]))

    def slope(scores: Any) -> Any:
        return up * (q.target(scores) - cut)

    def decided(rows: Rows) -> list[str]:
        return [words if up * (v - cut) + edge > 0 else other for v in q.outputs(rows)]

    return Goal(words, lambda scores: np.asarray(slope(scores), float) + edge, slope, decided, other)


def _beyond(q: Question, goal: Any) -> tuple[str, float]:
    """(">", "≥", "<" or "≤", number)."""
    if goal in (None, ""):
        return _usual(q)
    found = BEYOND.match(str(goal))
    if found is None or not np.isfinite(float(found[2])):
        raise refuse(q.who, f"goal must be like '> 0.8' or '< 0.8' for {q.target.name}", goal)
    return SIGNS[found[1]], float(found[2])


def _usual(q: Question) -> tuple[str, float]:
    """Across what decides between two classes, or across the mean of the background."""
    known = {"margin": 0.0, "probability": 0.5}.get(q.model.unit)
    cut = float(f"{q.base_outputs.mean():.3g}") if known is None else known
    above = q.output < cut
    why = "the mean over the baseline rows" if known is None else "what decides between two classes"
    q.note(f"Goal chosen for you: {'at least' if above else 'at most'} {brief(cut)}, {why}.")
    return "≥" if above else "≤", cut
