"""Counterfactuals of texts, images and series: the fewest parts without which the model decides otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import Phrase, refuse
from ..explanation import Examples
from ..question import Question
from ..rows import length, take
from ..rules.players import pieces_of, read_players
from ..rules.pruning import Array, Flags
from ..texts import BoundWords, joined
from .goals import Goal, reached, slope_at
from .smallest import Smallest

REFERENCES = 4  # baseline rows to hide behind; of more, a random choice
STEPS = 20  # of the opacities along the gradient
STRIDE = 0.2  # how much more of the player is hidden that the gradient prefers


def hidden_answers(q: Question, goal: Goal, fixed: Any, bounds: Any, monotone: Any, count: int) -> Iterator[Examples]:
    """Answers until the smallest set is known."""
    for name, given in (("bounds", bounds), ("monotone", monotone)):
        if given not in (None, "", {}):
            raise refuse(q.who, f"{name} is for the columns of a table", Phrase(f"{name}= for {q.input.kind} input"))
    search = Hidden(q, goal, fixed, count)
    tries = next(search.steps)
    margins = search.margins(*tries)
    while True:
        try:
            tries = search.steps.send(margins)
        except StopIteration:
            yield search.answer(ended=True)
            return
        answer = search.answer()
        q.upcoming = len(tries[0]) + search.reserve
        yield answer
        margins = search.margins(*tries)


class Hidden:
    """Small sets of players whose absence reaches the goal, and the answer they make.

    Attributes:
        steps: the search (see `Smallest.steps`).
        reserve: evaluations that an answer may cost beside the sets that are tried.
    """

    def __init__(self, q: Question, goal: Goal, fixed: Any, count: int) -> None:
        self._q, self._goal, self._count, self._pieces = q, goal, count, pieces_of(q)
        names = self._pieces.names
        kept = [] if fixed in (None, "") else read_players(fixed, names, q.who, "fixed")
        changed = q.masker.changed()
        allowed = changed.any(0) & ~np.isin(np.arange(len(names)), kept)
        if not allowed.any():
            rule = f"at least one {self._pieces.unit} must be free to be hidden, and look different then"
            raise refuse(q.who, rule, Phrase(f"{len(kept)} of {len(names)} fixed"))
        self._bound, self._refs = bool(kept), self._references()
        self._search = Smallest(allowed, len(self._refs), q.rng("counterfactual"))
        slopes = q.model.net is not None and getattr(q.x, "dtype", np.dtype(object)).kind == "f"
        self.steps = self._search.steps(self._opacities if slopes else None)
        self.reserve = 2 * count + (STEPS if slopes else 0)
        self._judged: dict[bytes, tuple[bool, str, float]] = {}

    def _references(self) -> Any:
        n = length(self._q.reference)
        if n <= REFERENCES:
            return np.arange(n)
        self._q.note(f"Hidden behind {REFERENCES} of {n} baseline rows, chosen at random.")
        return np.sort(self._q.rng("references").choice(n, REFERENCES, replace=False))

    def _rows(self, hidden: Flags, ref: int) -> Any:
        return self._q.masker(~hidden, np.full(len(hidden), self._refs[ref]))

    def margins(self, hidden: Flags, ref: int) -> Array:
        """How far past the goal the model is with each of some sets hidden."""
        scores = self._q.responses(len(hidden), lambda part: self._rows(hidden[part], ref), self._q.model.predict)
        return reached(self._q, self._goal, scores)

    def _opacities(self, ref: int) -> Array | None:
        """For networks: how far players are hidden by steps along the gradient of the margin to their opacities.

        Each step hides more of what the gradient prefers, until the goal is reached (Fong and Vedaldi 2017).
        """
        q, masker = self._q, self._q.masker
        away = take(q.reference, slice(self._refs[ref], self._refs[ref] + 1)) - q.x
        hidden = slope = np.zeros(len(self._pieces.names))
        for _ in range(STEPS):
            row = (q.x + masker.at(hidden) * away).astype(q.x.dtype)  # type: ignore[attr-defined]
            found = slope_at(q, self._goal, row)
            if found is None:
                return None
            margin, grad = found
            slope = masker.total(grad * away)  # type: ignore[attr-defined]
            most = float(slope.max())
            if margin > 0 or most <= 0:
                break
            hidden = np.clip(hidden + STRIDE * np.maximum(slope, 0) / most, 0, 1)
        size = np.abs(slope).max()
        return np.asarray(hidden + (1e-6 * slope / size if size > 0 else 0.0))

    def answer(self, ended: bool = False) -> Examples:
        """The smallest sets that differ, each decided again by the model itself."""
        q, pieces, chosen = self._q, self._pieces, self._chosen()
        hidden = np.array([h for h, _, _, _ in chosen], bool).reshape(len(chosen), len(pieces.names))
        sizes, least = hidden.sum(1).astype(float), self._search.proved + 1
        facts: dict[str, Any] = {"error": float(len(pieces.names)), "error_kind": "unknown"}
        if not len(chosen) and ended:
            facts = {"error": 0.0, "error_kind": "exact"}
        if len(chosen):
            gap = max(0.0, float(sizes.min()) - least)
            # Nothing smaller may be known long before the search for other sets has ended.
            facts = {"error": gap, "error_kind": "exact" if ended and not gap else "bound"}
        return Examples(
            names=pieces.names,
            original=("shown",) * len(pieces.names),
            rows=tuple(tuple("hidden" if h else "shown" for h in row) for row in hidden),
            changed=hidden,
            moved=hidden.astype(float),
            distances=sizes,
            outputs=np.array([o for *_, o in chosen]),
            output=q.output,
            decision=self._goal.own,
            decisions=tuple(d for _, _, d, _ in chosen),
            goal=self._goal.words,
            scale=f"hidden {pieces.unit}s",
            tried=self._search.tried,
            bound=self._bound,
            pieces=pieces,
            inputs=self._inputs([(h, r) for h, r, _, _ in chosen]),
            least=least,
            **facts,
        )

    def _chosen(self) -> list[tuple[Flags, int, str, float]]:
        """The smallest first; of equally small ones those that hide the least of the whole."""
        share, out = self._pieces.share, []
        for hidden, ref in sorted(self._search.found.values(), key=lambda f: (f[0].sum(), share[f[0]].sum())):
            valid, decision, output = self._judge(hidden, ref)
            if valid:
                out.append((hidden, ref, decision, output))
            if len(out) == self._count:
                break
        return out

    def _judge(self, hidden: Flags, ref: int) -> tuple[bool, str, float]:
        """(whether the model itself decides otherwise, its decision, the target's output)."""
        key = hidden.tobytes()
        if key not in self._judged:
            rows = self._rows(hidden[None], ref)
            decision = self._goal.decided(rows)[0]
            self._judged[key] = (decision != self._goal.own, decision, float(self._q.outputs(rows)[0]))
        return self._judged[key]

    def _inputs(self, chosen: list[tuple[Flags, int]]) -> Any:
        """The changed inputs as the user gave theirs; None for texts that travel as embeddings."""
        given = self._q.input
        if given.kind == "text" and not isinstance(given.reader, BoundWords):
            return None
        rows = [self._rows(h[None], r) for h, r in chosen]
        if given.kind == "text":
            return tuple(joined(r[0]) for r in rows)
        return tuple(given.to_user(r)[0] for r in rows)
