"""A question about an answer that is still hidden: guess first, then see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, is_whole, listed, refuse
from ..explanation import Attribution, Explanation, flatten
from ..tables.ranking import region_sums
from ..wire import heat

Kind = Literal["top", "sign", "rank", "region"]
KINDS: dict[str, int] = {"top": 3, "sign": 5, "rank": 4, "region": 2}  # and how many are asked for
FITS = {"table": ("top", "sign", "rank"), "text": ("top", "sign", "rank"), "image": ("region",)}
CHOICES = 12  # features to choose the strongest from
SIGNS = {"up": 1, "down": -1}
REGIONS = ("top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right")


@dataclass(frozen=True)
class Plan:
    """What will be asked, once there is an answer to ask about.

    Attributes:
        kind: "top" (the strongest features), "sign" (which way they push), "rank" (their order) or "region" (the
            strongest ninths of a picture).
        count: how many are to be named.
        question: the author's own words, or "".
    """

    kind: Kind
    count: int
    question: str = ""


@dataclass(frozen=True)
class Quiz:
    """A question, with what is right.

    Attributes:
        plan: what is asked.
        labels: what there is to choose from.
        truth: indices into `labels`, strongest first; of "sign" +1 or -1 for every label.
        settled: whether what is right is beyond the answer's own error.
    """

    plan: Plan
    labels: tuple[str, ...]
    truth: tuple[int, ...]
    settled: bool = True

    def score(self, picks: Sequence[int]) -> float:
        """The share that is right, 0 to 1; of an order, the share of pairs that are in the right order."""
        if self.plan.kind == "sign":
            return float(np.mean([a == b for a, b in zip(picks, self.truth, strict=True)]))
        if self.plan.kind != "rank":
            return len(set(picks) & set(self.truth)) / len(self.truth)
        place = {label: i for i, label in enumerate(self.truth)}
        return float(np.mean([place[a] < place[b] for a, b in combinations(picks, 2)]))

    def words(self, picks: Sequence[int]) -> list[str] | dict[str, str]:
        """Picks or truth in words, for a gradebook."""
        if self.plan.kind == "sign":
            said = {sign: word for word, sign in SIGNS.items()}
            return {label: said[p] for label, p in zip(self.labels, picks, strict=True)}
        return [self.labels[p] for p in picks]

    def read(self, given: Any) -> tuple[int, ...]:
        """A guess as indices (of "sign": +1 and -1), from labels or numbers.

        Raises:
            ValueError: if it does not answer the question.
        """
        if self.plan.kind == "sign":
            return self._read_signs(given)
        rule = f"must be {self._asked} of {listed(self.labels)}"
        if not isinstance(given, (list, tuple)):
            raise refuse("guess", rule, given)
        picks = tuple(self._index(g, rule) for g in given)
        if len(set(picks)) != len(picks) or len(picks) != len(self.truth):
            raise refuse("guess", rule, given)
        return picks

    @property
    def _asked(self) -> str:
        return f"all {len(self.labels)}, in order," if self.plan.kind == "rank" else f"{len(self.truth)}"

    def _index(self, given: Any, rule: str) -> int:
        if given in self.labels:
            return self.labels.index(given)
        if not is_whole(given, 0, len(self.labels) - 1):
            raise refuse("guess", rule, given)
        return int(given)

    def _read_signs(self, given: Any) -> tuple[int, ...]:
        rule = f"must say 'up' or 'down' of each of {listed(self.labels)}"
        values = [given.get(label) for label in self.labels] if isinstance(given, dict) else given
        if not isinstance(values, (list, tuple)) or len(values) != len(self.labels):
            raise refuse("guess", rule, given)
        signs = [SIGNS.get(v, v) if isinstance(v, str) else v for v in values]
        if not all(is_whole(s, -1, 1) and s != 0 for s in signs):
            raise refuse("guess", rule, given)
        return tuple(int(s) for s in signs)


def plan(kind: Any, count: Any, question: Any, input_kind: str) -> Plan:
    """A checked plan for inputs of a kind.

    Raises:
        ValueError: for a kind of question that does not fit, or a wrong count.
    """
    fits = FITS.get(input_kind, ())
    if not fits:
        raise refuse("quiz", "needs a table, a text or an image", Phrase(f"a {input_kind}"))
    if kind == "auto":
        kind = fits[0]
    if kind not in fits:
        raise refuse("quiz", f"kind must be 'auto' or one of {listed(fits)} for {input_kind} input", kind)
    if count is not None and not is_whole(count, 2 if kind == "rank" else 1, 8):
        raise refuse("quiz", f"count must be a whole number from {2 if kind == 'rank' else 1} to 8", count)
    if question is not None and not isinstance(question, str):
        raise refuse("quiz", "question must be a text", question)
    return Plan(kind, KINDS[kind] if count is None else int(count), question or "")


def pose(asked: Plan, answer: Explanation) -> Quiz:
    """The question about an answer.

    Raises:
        ValueError: if the answer has no attributions to ask about.
    """
    if not isinstance(answer, Attribution):
        raise refuse("quiz", "asks about attributions; choose another method", Phrase(answer.title))
    if asked.kind == "region":
        values = region_sums(np.abs(heat(answer.values, answer.layout)))
        return _strongest(asked, REGIONS, values, None)
    values = np.nan_to_num(flatten(answer.values).astype(float))
    errors = None if answer.stderr is None else np.nan_to_num(flatten(answer.stderr).astype(float))
    names = _distinct(answer.layout.names)
    if asked.kind == "top":
        return _strongest(asked, names, values, errors)
    return _of_the_strongest(asked, names, values, errors)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Names; those that occur more than once with their place."""
    times = Counter(names)
    return tuple(n if times[n] == 1 else f"{n} ({i})" for i, n in enumerate(names, 1))


def _order(values: NDArray[Any]) -> NDArray[np.intp]:
    return np.argsort(-np.abs(values), kind="stable")


def _strongest(asked: Plan, names: Sequence[str], values: NDArray[Any], errors: NDArray[Any] | None) -> Quiz:
    """Which are the strongest? Some are strong, the others are spread over the rest."""
    order = _order(values)
    count = min(asked.count, len(order) - 1)
    if count < 1:
        raise refuse("quiz", "needs two features or more", Phrase(f"{len(order)}"))
    near = order[: 2 * count]
    far = order[2 * count :]
    some = far[np.linspace(0, len(far) - 1, min(len(far), max(0, CHOICES - len(near)))).astype(int)]
    offered = sorted({*near.tolist(), *some.tolist()})
    truth = tuple(offered.index(i) for i in order[:count].tolist())
    settled = _apart(values, errors, order[count - 1], order[count])
    return Quiz(asked, tuple(names[i] for i in offered), truth, settled)


def _of_the_strongest(asked: Plan, names: Sequence[str], values: NDArray[Any], errors: NDArray[Any] | None) -> Quiz:
    """Which way do the strongest push, or in which order do they come?"""
    order = [i for i in _order(values).tolist() if values[i]][: asked.count]
    if len(order) < (2 if asked.kind == "rank" else 1):
        raise refuse("quiz", "needs attributions that are not zero", Phrase(f"{len(order)}"))
    offered = sorted(order)
    labels = tuple(names[i] for i in offered)
    if asked.kind == "sign":
        settled = errors is None or all(abs(values[i]) > 2 * errors[i] for i in offered)
        return Quiz(asked, labels, tuple(int(np.sign(values[i])) for i in offered), settled)
    settled = all(_apart(values, errors, a, b) for a, b in pairwise(order))
    return Quiz(asked, labels, tuple(offered.index(i) for i in order), settled)


def _apart(values: NDArray[Any], errors: NDArray[Any] | None, stronger: int, weaker: int) -> bool:
    """Whether two strengths differ by more than two standard errors of their difference."""
    difference = abs(values[stronger]) - abs(values[weaker])
    return bool(difference > (0.0 if errors is None else 2 * np.hypot(errors[stronger], errors[weaker])))
