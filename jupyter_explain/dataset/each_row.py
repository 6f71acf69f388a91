"""A row method run over the rows of a dataset, in random order, more and more of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Attribution
from ..question import Question
from ..rows import Rows, copied, length, take
from ..shapley.game import small_sample
from ..stats import Mean

Array = NDArray[np.float64]
EXACT = {"tree_shap": "trees", "linear_shap": "linear"}  # whole batches at once, Shapley values where the model can
SAMPLED = "permutation_shap"
CLOSER = 8  # times the evaluations for the explained row itself
FIRST, FEW = 256, 4  # rows of the first answer: of a method for batches, of one that asks row by row


def chosen(q: Question, of: str) -> str:
    """The row method: the exact one that applies, else sampling; what was chosen goes into a note."""
    from ..method import METHODS

    if of != "auto":
        return of
    name = exact_of(q) or SAMPLED
    q.note(f"Rows explained by {METHODS[name].title}, chosen for you; set of=.")
    return name


def exact_of(q: Question) -> str | None:
    """The method that has exact Shapley values of whole batches, or None."""
    from ..method import METHODS

    if not isinstance(q.target.index, (int, tuple)):
        return None
    can, fits = q.model.can, {m: METHODS[m].reason(q.model, q.input) is None for m in EXACT}
    return next((m for m, needed in EXACT.items() if needed in can and fits[m]), None)


class EachRow:
    """Attributions of rows of the dataset, found with a row method.

    Attributes:
        order: the rows of the dataset in random order.
        values: attributions (rows so far, columns), in that order.
    """

    def __init__(self, q: Question, of: str, each: int) -> None:
        from ..method import METHODS

        self._q, self._of, self._each, self._batch = q, of, each, METHODS[of].batch
        self.order = q.rng("each row").permutation(length(q.data))
        self._seeds = q.rng("each row seeds")
        self._exact = True
        self._base: Array | None = None
        self._named = q.baseline
        self._by_trees = of == "tree_shap" and q.baseline.chosen and "trees" in q.model.can  # by the cover of the nodes
        self._most = 1  # evaluations that a single row took
        n, d = len(self.order), len(q.input.names)
        q.claim(16.0 * n * d, f"the attributions of {n} rows and {d} columns", "pass fewer rows")
        self._values = np.empty((n, d))
        self._sizes, self._blur = Mean(d), Mean(d)
        self.done = 0

    @property
    def values(self) -> Array:
        """Attributions of the rows so far."""
        return self._values[: self.done]

    def rounds(self) -> Iterator[None]:
        """More and more rows."""
        n, first = len(self.order), FIRST if self._batch else FEW
        cost = 1 if self._batch else self._each
        for size in self._q.rounds(cost, n, first=min(n, first), growth=2 if self._batch else 8):
            for part in [size] if self._batch else [1] * size:
                self._add(part)
            left = min(self._q.upcoming // cost, n - self.done)
            self._q.upcoming = left + 2 if self._batch else left * self._most
            yield

    def _add(self, size: int) -> None:
        part = self.order[self.done : self.done + size]
        before = self._q.evals
        values, blur = self.asked(take(self._q.data, part))
        self._most = max(self._most, self._q.evals - before)
        self._values[self.done : self.done + size] = values
        self._sizes.add(np.abs(values))
        self._blur.add(blur)
        self.done += size

    def alone(self, row: Rows) -> Array:
        """Values of one row that is looked at (columns,), more exact than those of the many."""
        return self.asked(row, CLOSER)[0][0]

    def asked(self, rows: Rows, times: int = 1) -> tuple[Array, Array]:
        """Values (rows, columns), and by how much sampling may enlarge the sizes of each."""
        from ..inquiry import Ask, begin

        q = self._q
        x = replace(q.input, rows=copied(rows), leading=True)
        seed = int(self._seeds.integers(2**31))  # its own draws for each row: their noise then averages out
        ask = Ask(None if self._by_trees else q.reference, q.target.index, seed=seed, groups=q.groups)
        inquiry = begin(q.model, x, self._of, ask, {})
        inquiry.alike = ""  # notes of single rows are not shown
        inner = inquiry.question
        inner.stop_with(q)
        if self._base is not None and not self._batch:
            inner.based(self._base)
        *_, found = inquiry.answers(None if self._batch else times * self._each)
        self._base = inner.base_outputs if not self._batch and inner.knows_base else None
        q.evals += inner.evals
        if not isinstance(found, Attribution):
            raise refuse(q.who, "needs attributions", Phrase(type(found).__name__))
        if self._by_trees:
            self._named = inner.baseline
        for text in inner.notes if self._batch else ():
            q.note(text)
        self._exact &= found.error_kind == "exact"
        values = np.asarray(found.values, float).reshape(length(rows), -1)
        return values, _enlarged(values, found.stderr)

    def name_baseline(self) -> None:
        """Say what absent meant, where the row method chose that itself."""
        self._q.baseline = self._named

    def found(self) -> tuple[Array, Array, bool]:
        """(mean |value|, its standard error for the whole dataset, whether nothing is left to refine) per column."""
        n, total = self.done, len(self.order)
        if n < 2:
            return self._sizes.mean, np.zeros_like(self._sizes.mean), self._exact and n == total
        spread = self._sizes.stderr * small_sample(n - 1)
        left = spread * np.sqrt(1 - n / total) if self._exact else spread  # rows that are drawn are known, if exactly
        return self._sizes.mean, np.hypot(left, self._blur.mean), self._exact and n == total


def _enlarged(values: Array, stderr: Any) -> Array:
    """How much larger |value| is on average than it should be where the value has an error.

    For a normal error s around 0 that is s √(2/π), and next to nothing beyond 3 s.
    """
    if stderr is None:
        return np.zeros_like(values)
    s = np.asarray(stderr, float).reshape(values.shape)
    away = np.divide(values, s, out=np.full_like(values, np.inf), where=s > 0)
    return np.asarray(s * np.sqrt(2 / np.pi) * np.exp(-(away**2) / 4))
