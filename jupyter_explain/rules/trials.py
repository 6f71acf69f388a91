"""Rules put to the test: random cases that meet them, and whether the model decides about these as about the input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Other
from ..question import Question
from ..rows import Rows
from ..texts import BoundWords, joined
from .anchoring import Pulls
from .candidates import Chosen
from .decisions import Decision
from .fields import Field
from .pruning import Pruning

KEPT = 5  # counterexamples of a rule that are kept
SMALL = 3  # of these, how many are made as small as possible

Cases = NDArray[np.intp]


@dataclass
class Failures:
    """Cases that met a rule and were decided otherwise, and the first of them while they are made smaller."""

    cases: list[Cases] = field(default_factory=list)
    smaller: list[Pruning] = field(default_factory=list)


class Trials:
    """Draws rules and counts; keeps a few cases that were decided otherwise, and takes back what they do not need."""

    def __init__(self, q: Question, about: Field, decided: Decision) -> None:
        self._q, self._rng, self._field, self._decided = q, q.rng("anchors"), about, decided
        self._failures: dict[Chosen, Failures] = {}

    def pending(self, rule: Chosen | None) -> int:
        """Evaluations that the next step towards smaller counterexamples of a rule takes."""
        return sum(len(p.tries) for p in self._of(rule).smaller)

    def run(self, pulls: Pulls, shown: Chosen | None) -> None:
        """Draw some rules, and make the counterexamples of the shown one smaller, all in one sweep of the model."""
        drawn = [self._field.draw(self._rng, place.rule, n) for place, n in pulls]
        failures = self._of(shown)
        tries = [self._field.kept(c, p.tries) for c, p in zip(failures.cases, failures.smaller, strict=False)]
        every = np.concatenate([*drawn, *tries])
        margins = self._decided.margins(len(every), lambda part: self._field.inputs(every[part]))
        for (place, n), cases in zip(pulls, drawn, strict=True):
            own, margins = margins[:n], margins[n:]
            place.level.arms.add(place.arm, own)
            self._keep(place.rule, cases[own < 0])
        for p in failures.smaller[: len(tries)]:
            n = len(p.tries)
            if n:
                p.tell(np.where(margins[:n] >= 0, -1.0, 1.0))
            margins = margins[n:]

    def _of(self, rule: Chosen | None) -> Failures:
        return Failures() if rule is None else self._failures.setdefault(rule, Failures())

    def _keep(self, rule: Chosen, cases: Cases) -> None:
        kept = self._of(rule)
        kept.cases += list(cases[: KEPT - len(kept.cases)])

    def begin(self, rule: Chosen) -> None:
        """Have the counterexamples of a rule made smaller from the next step on."""
        kept = self._of(rule)
        for case in kept.cases[len(kept.smaller) : SMALL]:
            kept.smaller.append(Pruning(self._field.changed(case)))

    def counterexamples(self, rule: Chosen) -> Rows | None:
        """Some drawn cases that meet the rule and are decided otherwise, as they were drawn, or None."""
        kept = self._of(rule).cases
        return self._user(np.array(kept)) if kept else None

    def others(self, rule: Chosen) -> tuple[Other, ...]:
        """The smallest changes left of them, those that are ready, without repetitions."""
        kept, found = self._of(rule), {}
        for case, p in zip(kept.cases, kept.smaller, strict=False):
            if not len(p.tries):
                found[p.left.tobytes()] = self._field.other(self._field.kept(case, p.left[None])[0])
        return tuple(found.values())

    def _user(self, cases: Cases) -> Any:
        rows = self._field.inputs(cases)
        if isinstance(self._q.input.reader, BoundWords):
            return tuple(joined(row) for row in rows)
        return None if self._q.input.kind == "text" else self._q.input.to_user(rows)
