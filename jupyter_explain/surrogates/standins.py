"""Raw columns as a stand-in for a model sees them, and the rows that it is made from and tested on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import LEVELS, Column, check_table
from ..dataset.outcomes import Outcomes
from ..errors import Phrase, refuse
from ..question import Question
from ..rows import Rows
from ..rows import length as rows_of
from ..rules.predicates import columns_of, said

Array = NDArray[np.float64]
ROWS = 10_000  # rows that the model is asked about; of more, a random choice
FIRST = 200  # rows of the first answer
FEWEST = 20
OTHERS = "(others)"  # categories beyond the most frequent ones, taken together


def samples(q: Question) -> Iterator[NDArray[np.intp]]:
    """Rows of the dataset in random order: for each answer, those that are new.

    Raises:
        ValueError: for several inputs, or fewer rows than can make and test a stand-in.
    """
    check_table(q)
    n = rows_of(q.data)
    if n < FEWEST:
        rule = f"x must have at least {FEWEST} rows to make a stand-in and to test it"
        raise refuse(q.who, rule, Phrase(f"{n} row{'s' * (n != 1)}"))
    order, done = q.rng("rows").permutation(n)[:ROWS], 0
    if n > ROWS:
        q.note(f"{ROWS} of {n} rows, chosen at random.")
    for size in q.rounds(1, len(order), FIRST, growth=1):
        yield order[done : done + size]
        done += size


def explained(true: Array, said: Array) -> tuple[float, float]:
    """R² of a stand-in's outputs (n,), and its standard error from the rows' own contributions (delta method)."""
    return Outcomes(true[:, None], None).agreement(true[:, None], said[:, None])


@dataclass(frozen=True)
class Levels:
    """The categories of a column: the most frequent ones, and the others together.

    Attributes:
        names: their texts, `OTHERS` last where there are others.
        known: texts that have a place of their own.
    """

    names: tuple[str, ...]
    known: dict[str, int]

    @staticmethod
    def of(column: Column) -> Levels:
        """Of the known values of a column, in the order that a category type gives them, else of the alphabet."""
        texts, counts = np.unique(_texts(column)[column.known].astype(str), return_counts=True)
        often = set(map(str, texts[np.argsort(-counts, kind="stable")[:LEVELS]]))
        order = map(str, column.levels) if hasattr(column.values, "categories") else sorted(often)
        names = tuple(n for n in order if n in often) + ((OTHERS,) if len(texts) > LEVELS else ())
        return Levels(names, {n: i for i, n in enumerate(names) if n != OTHERS})

    def codes(self, column: Column) -> Array:
        """Place of every row's category; NaN for missing ones, and for unseen ones where there are no others."""
        other = float(len(self.known)) if len(self.names) > len(self.known) else np.nan
        out, texts = np.full(len(column.values), np.nan), _texts(column)
        for i in np.flatnonzero(column.known):
            out[i] = self.known.get(str(texts[i]), other)
        return out


def _texts(column: Column) -> NDArray[Any]:
    return np.asarray(column.values, object)


def shown_level(name: str) -> str:
    """A category, short."""
    return name if name == OTHERS else said(name)


def table_of(q: Question, rows: Rows) -> list[Column]:
    """All columns of some rows."""
    return columns_of(rows, q.input.names)


def usable(q: Question, columns: list[Column]) -> list[Column]:
    """The columns a stand-in can be made of; free texts and empty columns are left out, and it says so."""
    left = [c.name for c in columns if not c.known.any() or _free_text(c)]
    if left:
        q.note(f"Left out, because nearly every row has a text of its own, or none has a value: {', '.join(left[:6])}.")
    kept = [c for c in columns if c.name not in left]
    for c in kept:
        if not c.numeric and len(c.levels) > LEVELS:
            q.note(f"{c.name}: {LEVELS} of {len(c.levels)} categories, the others together.")
    if not kept:
        raise refuse(q.who, "x must have a column with values that repeat", Phrase(", ".join(left[:6])))
    return kept


def _free_text(column: Column) -> bool:
    if column.numeric:
        return False
    texts = _texts(column)[column.known].astype(str)
    return len(np.unique(texts)) > max(LEVELS, len(texts) / 2)
