"""Rules put to the test: random rows that meet them, and whether the model decides about these as about the row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .anchoring import Pulls
from .candidates import Candidates, Chosen
from .decisions import Decision
from .mixtures import Mixtures
from .question import Question
from .rows import Rows

KEPT = 5  # counterexamples of a rule that are kept


class Trials:
    """Draws rules and counts; keeps a few rows that were decided otherwise."""

    def __init__(self, q: Question, mixtures: Mixtures, candidates: Candidates, decided: Decision) -> None:
        self._q, self._rng = q, q.rng("anchors")
        self._mixtures, self._candidates, self._decided = mixtures, candidates, decided
        self._others: dict[Chosen, list[NDArray[np.intp]]] = {}

    def run(self, pulls: Pulls) -> None:
        """Draw some rules, all of them in one sweep of the model."""
        drawn = [self._draw(place.rule, n) for place, n in pulls]
        every = np.concatenate(drawn)
        same = self._decided.same(len(every), lambda part: self._mixtures.rows(every[part]))
        for (place, n), places in zip(pulls, drawn, strict=True):
            hits, same = same[:n], same[n:]
            place.level.arms.add(place.arm, hits)
            kept = self._others.setdefault(place.rule, [])
            kept += list(places[~hits][: KEPT - len(kept)])

    def _draw(self, rule: Chosen, n: int) -> NDArray[np.intp]:
        return self._mixtures.draw(self._rng, n, self._mixtures.meets(self._candidates.predicates(rule)))

    def counterexamples(self, rule: Chosen) -> Rows | None:
        """Some drawn rows that meet the rule and are decided otherwise, or None."""
        kept = self._others.get(rule, [])
        return self._q.input.to_user(self._mixtures.rows(np.array(kept))) if kept else None
