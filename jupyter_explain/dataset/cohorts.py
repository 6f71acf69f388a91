"""Two groups of rows: how they are split, how wrong the predictions are in each, and what the model uses in each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, listed, refuse
from ..explanation import Attribution
from ..explanation.cohorts import SMALL
from ..numerals import brief
from ..question import Question
from ..rows import copied, length, take
from ..rules.decisions import by_class
from ..shapley.game import small_sample
from .columns import Column, column, strongest, wanted
from .each_row import EXACT, SAMPLED, exact_of
from .scoring import classes_of, settled
from .variants import Swap, Variants

Array = NDArray[np.float64]
ROWS = 20_000  # of a dataset
REFERENCE = 100  # rows against which rows of both groups are explained
EACH = 512  # evaluations for the attribution of one row where they do not


@dataclass(frozen=True)
class Groups:
    """Two groups of rows of the dataset: their names, their rows, and the column that splits."""

    names: tuple[str, str]
    members: tuple[NDArray[np.intp], NDArray[np.intp]]
    column: str

    def some(self, share: float, rng: np.random.Generator) -> Groups:
        """A random share of the rows of each group, at least two."""
        counts = [max(2, round(share * len(m))) for m in self.members]
        some = [np.sort(rng.choice(m, k, replace=False)) for m, k in zip(self.members, counts, strict=True)]
        return replace(self, members=(some[0], some[1]))


def split(q: Question, by: Any, at: Any) -> Groups:
    """Split the rows by one column; what is chosen for the user goes into a note.

    Raises:
        ValueError: for a column that is none, or a split that leaves a group without rows.
    """
    _sampled(q)
    col = column(q, _splitting(q, by))
    if not col.known.any():
        raise refuse(q.who, f"the column {col.name!r} must have values", Phrase("only missing ones"))
    names, first, second = _at_number(q, col, at) if col.numeric else _at_category(q, col, at)
    members = (np.flatnonzero(first), np.flatnonzero(second))
    for name, rows in zip(names, members, strict=True):
        if len(rows) < 2:
            raise refuse(q.who, "both groups must have two or more rows", Phrase(f"{len(rows)} with {name}"))
        if len(rows) < SMALL:
            q.note(f"Only {len(rows)} rows with {name}: too few to say much.")
    if (lost := int((~col.known).sum())) > 0:
        q.note(f"{lost} rows without a value of {col.name} are left out.")
    return Groups(names, members, col.name)


def _sampled(q: Question) -> None:
    n = length(q.data)
    if n > ROWS:
        q.note(f"{ROWS} of {n} rows, chosen at random.")
        some = np.sort(q.rng("rows").choice(n, ROWS, replace=False))
        q.data = take(q.data, some)
        q.truth = None if q.truth is None else q.truth[some]


def _splitting(q: Question, by: Any) -> int:
    if by is not None:
        found = wanted(q, by, "by") or []
        if len(found) != 1:
            raise refuse(q.who, "by must be one column", by)
        return found[0]
    columns = [column(q, j) for j in range(len(q.input.names))]
    sorts = [c.index for c in columns if not c.numeric and 2 <= len(c.levels) <= 20]
    known = [c for c in columns if c.known.any()]
    some = [c.index for c in known if c.numeric] or [c.index for c in known]  # dates and names make no groups
    best = sorts[0] if sorts else strongest(q, some, 1)[0]
    q.notes[:] = [n for n in q.notes if not n.startswith("Columns chosen")]
    q.note(f"Split by {q.input.names[best]}, chosen for you; set by=.")
    return best


def _at_number(q: Question, col: Column, at: Any) -> tuple[tuple[str, str], Any, Any]:
    found = col.numbers[col.known]
    if at is None:
        cut = float(np.median(found))
        if (found < cut).any() and not (found > cut).any():  # half of the rows have the largest value
            cut = float(found[found < cut].max())
        q.note(f"Split at the median of {col.name}, {brief(cut)}; set split_at=.")
    else:
        try:
            cut = float(at)
        except (TypeError, ValueError):
            cut = np.nan
        if not np.isfinite(cut):
            raise refuse(q.who, f"split_at must be a number for the column {col.name!r}", at)
    below = col.known & (col.numbers <= cut)
    return (f"{col.name} ≤ {brief(cut)}", f"{col.name} > {brief(cut)}"), below, col.known & ~below


def _at_category(q: Question, col: Column, at: Any) -> tuple[tuple[str, str], Any, Any]:
    texts = np.asarray(col.values, object).astype(str)
    levels = [str(v) for v in col.levels]
    if at is not None and str(at) not in levels:
        raise refuse(q.who, f"split_at must be a category of {col.name!r} ({listed(levels)})", at)
    if len(levels) < 2:
        raise refuse(q.who, f"the column {col.name!r} must have two or more categories", Phrase(listed(levels)))
    counts = [int(np.sum(texts[col.known] == v)) for v in levels]
    first = str(at) if at is not None else levels[int(np.argmax(counts))]
    others = [v for v in levels if v != first]
    own = col.known & (texts == first)
    second = f"{col.name} = {others[0]}" if len(others) == 1 else f"{col.name} ≠ {first}"
    if at is None and len(levels) > 2:
        q.note(f"{first} against the other {len(others)} categories of {col.name}; set split_at=.")
    return (f"{col.name} = {first}", second), own, col.known & ~own


class Losses:
    """Outputs of all rows and, with true outcomes, how wrong each prediction is.

    Attributes:
        name: what a loss is, in words; "" without true outcomes.
        outputs: the target's output of every row (n,).
        seconds: that it took to ask for them.
    """

    def __init__(self, q: Question, groups: Groups) -> None:
        self._q, self._groups, self.name = q, groups, ""
        self._classes: NDArray[Any] | None = None
        if q.truth is not None:
            self.name = "share of wrong classes" if by_class(q) else "mean squared error"
            self._classes = classes_of(q, q.truth) if by_class(q) else None
            if self._classes is None and np.asarray(q.truth).dtype.kind not in "fiub":
                raise refuse(q.who, "labels must be numbers for a model of numbers", q.truth)
        rows = np.arange(length(q.data))
        started = time.perf_counter()
        scores = self.scores(len(rows), lambda part: copied(take(q.data, part)))
        self.seconds = time.perf_counter() - started
        self.outputs: Array = self._output(scores)
        self._untouched = self.of(scores, rows)

    def scores(self, n: int, rows: Any) -> Array:
        """All outputs of n rows that are made chunk by chunk."""
        scores = np.asarray(self._q.responses(n, rows, self._q.model.predict), float)
        if not np.isfinite(scores).all():
            raise refuse(self._q.model.title, "must return finite numbers", Phrase("NaN or infinity"))
        return scores

    def _output(self, scores: Array) -> Array:
        return np.asarray(self._q.target(scores), float)

    def of(self, scores: Array, rows: NDArray[np.intp]) -> Array:
        """What is averaged, for outputs of (changed) rows: the loss, or without true outcomes the output itself."""
        if self._q.truth is None:
            return self._output(scores)
        truth = self._q.truth[rows]
        if self._classes is not None:
            return (self._classes[scores.argmax(1)] != truth).astype(float)
        return (self._output(scores) - truth.astype(float)) ** 2

    def change(self, scores: Array, rows: NDArray[np.intp]) -> Array:
        """What shuffling did to each row: growth of the loss, or the size of the change of the output."""
        before = self._untouched[rows]
        after = settled(self.of(scores, rows), before)
        return np.abs(after - before) if self._q.truth is None else after - before

    def means(self) -> tuple[Array, Array] | None:
        """Mean loss of each group and its standard error, or None without true outcomes."""
        if self._q.truth is None:
            return None
        parts = [self._untouched[m] for m in self._groups.members]
        errors = [p.std(ddof=1) / np.sqrt(len(p)) * small_sample(len(p) - 1) for p in parts]
        return np.array([p.mean() for p in parts]), np.array(errors)


class Shuffles:
    """Importance of each column in each group: the mean over its rows of what shuffling does.

    Attributes:
        names: the columns, or groups of columns.
        cost: evaluations for one shuffle of each.
        measure: what is measured, in words.
    """

    def __init__(self, q: Question, groups: Groups, losses: Losses, repeats: int) -> None:
        self._q, self._groups, self._losses, self._repeats = q, groups, losses, repeats
        self._players, self.names = q.masker.groups, q.masker.players  # type: ignore[attr-defined]
        self._taken, self._given = ([np.zeros((len(self.names), len(m))) for m in groups.members] for _ in range(2))
        self._draws: list[list[Array]] = [[], []]
        self._done = 0
        self.cost = len(self.names) * sum(len(m) for m in groups.members)
        grown = "growth of the " + losses.name if losses.name else "mean absolute change of the output"
        self.measure = f"{grown} when a column is shuffled within the group"

    def rounds(self, first: int) -> Iterator[bool]:
        """More and more shuffles, `first` of them before the first answer; says whether there are no more."""
        for n in self._q.rounds(self.cost, self._repeats, first):
            self.more(n)
            yield False

    def more(self, n: int) -> None:
        """So many shuffles more."""
        for _ in range(n):
            self._shuffle()
        self._done += n

    def _shuffle(self) -> None:
        rng = self._q.rng(f"cohorts {len(self._draws[0])}")
        for g, rows in enumerate(self._groups.members):
            some = take(self._q.data, rows)
            values = {int(j): column(self._q, j).values[rows] for p in self._players for j in p}
            swaps = [
                Swap(tuple(map(int, p)), tuple(values[int(j)] for j in p), rng.permutation(len(rows)))
                for p in self._players
            ]
            variants = Variants(some, swaps)
            scores = self._losses.scores(len(variants), variants)
            again = np.tile(rows, len(swaps))
            change = self._losses.change(scores, again).reshape(len(swaps), len(rows))
            self._taken[g] += change
            for k, swap in enumerate(swaps):
                self._given[g][k, swap.which] += change[k]
            self._draws[g].append(change.mean(1))

    def found(self) -> tuple[Array, Array, float]:
        """(values (2, m), standard errors with the rows as a sample, error from the shuffles alone)."""
        values = np.stack([s.mean(1) for s in self._taken]) / self._done
        noise = np.stack([np.std(d, axis=0, ddof=1) / np.sqrt(self._done) for d in self._draws])
        rows = [_stderr((t + g) / self._done) for t, g in zip(self._taken, self._given, strict=True)]
        return values, np.stack(rows), float(noise.max(initial=0)) * small_sample(self._done - 1)


def _stderr(parts: Array) -> Array:
    """Of the means of a column's changes, from what each row takes and gives (columns, rows): it plays both parts."""
    n = parts.shape[1]
    return np.asarray(parts.std(axis=1, ddof=1) / np.sqrt(n) * small_sample(n - 1))


class Attributions:
    """Mean size of Shapley values of each column in each group."""

    def __init__(self, q: Question, groups: Groups, rows: int) -> None:
        self._q, self._groups = q, groups
        rng = q.rng("cohorts attribution")
        self._rows = [rng.permutation(m)[:rows] for m in groups.members]
        n = length(q.data)
        self._reference = take(q.data, np.sort(rng.choice(n, min(n, REFERENCE), replace=False)))
        self.names = tuple(q.input.names)
        self._method = self._choose()
        self._exact = True
        self._seeds = q.rng("cohorts seeds")
        self._sizes: list[list[Array]] = [[], []]
        self.measure = f"mean size of attributions ({self._method})"
        for name, some, m in zip(groups.names, self._rows, groups.members, strict=True):
            if len(some) < len(m):
                q.note(f"Attributions of {len(some)} of {len(m)} rows with {name}, chosen at random.")

    def _choose(self) -> str:
        return exact_of(self._q) or SAMPLED

    def rounds(self) -> Iterator[bool]:
        """More and more rows of both groups; says whether there are no more."""
        batch = self._method in EXACT
        most, start, size = max(map(len, self._rows)), 0, 256 if batch else 4
        while start < most:
            for g, rows in enumerate(self._rows):
                part = rows[start : start + size]
                if len(part):
                    self._sizes[g].append(self._explained(part, batch))
            start += size
            if min(sum(map(len, s)) for s in self._sizes) < 2:
                continue
            self._q.upcoming = 2 * size * EACH
            yield start >= most

    def _explained(self, rows: NDArray[np.intp], batch: bool) -> Array:
        """|values| of some rows (rows, columns)."""
        return self._asked(rows) if batch else np.concatenate([self._asked(rows[k : k + 1]) for k in range(len(rows))])

    def _asked(self, rows: NDArray[np.intp]) -> Array:
        """Ask the other method, with this question's target, counting its cost and stopping with it."""
        from ..inquiry import Ask, begin

        q = self._q
        x = replace(q.input, rows=copied(take(q.data, rows)), leading=True)
        seed = int(self._seeds.integers(2**31))  # its own draws for each row: their noise then averages out
        ask = Ask(self._reference, q.target.index, seed=seed)
        inquiry = begin(q.model, x, self._method, ask, {})
        inquiry.alike = ""  # notes of single rows are not shown
        inquiry.question.stop_with(q)
        for answer in inquiry.answers(None if self._method in EXACT else EACH):
            found = answer
        q.evals += inquiry.question.evals
        if not isinstance(found, Attribution):
            raise refuse(q.who, "needs attributions", Phrase(type(found).__name__))
        self._exact &= found.error_kind == "exact"
        return np.abs(np.asarray(found.values, float)).reshape(len(rows), -1)

    def found(self) -> tuple[Array, Array, float]:
        """(values (2, m), standard errors with the rows as a sample, error for the groups as they are)."""
        parts = [np.concatenate(s) for s in self._sizes]
        values = np.stack([p.mean(0) for p in parts])
        errors = [p.std(0, ddof=1) / np.sqrt(len(p)) * small_sample(len(p) - 1) for p in parts]
        left = [np.sqrt(1 - len(p) / len(m)) for p, m in zip(parts, self._groups.members, strict=True)]
        rest = max(float(e.max(initial=0) * s) for e, s in zip(errors, left, strict=True))
        if rest == 0 and not self._exact:
            rest = max(float(e.max(initial=0)) for e in errors)
        return values, np.stack(errors), rest
