"""How pairs of a coalition and its complement are drawn, and the sums that make a regression by the kernel of them."""

from __future__ import annotations

from functools import cached_property
from math import comb
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .regressions import Sums

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
TABLES = 64 * 2**20  # bytes of sums by reference row that are kept; above that one regression serves all rows


class Scheme(Protocol):
    """Draws pairs, and keeps the sums that regressions need.

    The Shapley kernel itself would draw mostly the smallest and largest coalitions, of which there are few, again and
    again. Equal shares of all sizes are the leverage scores of the regression (Musco and Witter 2024); `roots` puts the
    kernel back.
    """

    def draw(self, refs: Ints) -> tuple[Flags, Ints]:
        """Coalitions (m, players) and their reference rows (m,), of the `refs` that are asked for (n ≥ m)."""

    def add(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Add pairs with odd parts (n, RIGHT)."""

    def again(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Put other odd parts (n,) of all pairs so far in place of the second side."""

    def roots(self, masks: Flags, refs: Ints) -> Array:
        """Square roots (n,) of the weights with which pairs enter the regressions now."""

    def unseen(self, masks: Flags, refs: Ints) -> Array:
        """Share (n,) of a pair's like that was not drawn yet, which is what it leaves uncertain."""

    def together(self) -> Sums:
        """All pairs as one regression."""

    def by_row(self) -> Sums | None:
        """A regression for every reference row; None where there are too many, or too few pairs."""


class Anew:
    """Every draw regardless of those before: for games with more coalitions than can be drawn."""

    def __init__(self, rng: np.random.Generator, references: int, players: int) -> None:
        self._separate = references == 1 or references * players**2 * 8 <= TABLES
        self._rng, self._players = rng, players
        self._sums = Sums(references if self._separate else 1, players)

    def draw(self, refs: Ints) -> tuple[Flags, Ints]:
        """Coalitions of every size equally often."""
        n, d = len(refs), self._players
        keys = self._rng.random((n, d))
        return keys < np.sort(keys, axis=1)[np.arange(n), self._rng.integers(1, d, n)][:, None], refs

    def add(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Add pairs."""
        root = self.roots(masks, refs)
        self._sums.add(signed(masks, root), odd * root[:, None], self._place(refs))

    def again(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Replace the second side."""
        root = self.roots(masks, refs)
        self._sums.again(signed(masks, root), odd * root, self._place(refs))

    def roots(self, masks: Flags, refs: Ints) -> Array:
        """1 for coalitions of half the players."""
        return self._by_size[masks.sum(1)]

    def unseen(self, masks: Flags, refs: Ints) -> Array:
        """A pair may always be drawn again."""
        return np.ones(len(refs))

    def together(self) -> Sums:
        """All pairs as one regression."""
        return self._sums.together()

    def by_row(self) -> Sums | None:
        """The rows' sums, where they are kept."""
        return self._sums if self._separate else None

    def _place(self, refs: Ints) -> Ints:
        return refs if self._separate else np.zeros_like(refs)

    @cached_property
    def _by_size(self) -> Array:
        d, size = self._players, np.arange(1, self._players)
        return np.sqrt(np.concatenate([[0], d**2 / (4 * size * (d - size)), [0]]))


class Once:
    """No pair twice against the same row, and every size in its share: for small games.

    Sizes of which there are few pairs are soon drawn completely; then they leave nothing uncertain. The sums are kept
    by row and size, so that a pair can stand for as many of its size as are not drawn.
    """

    def __init__(self, rng: np.random.Generator, references: int, players: int) -> None:
        self._references, self._players = references, players
        self._pairs = np.arange(1, 2 ** (players - 1))  # binary digits of a coalition without the last player
        self._kinds = _smaller(self._masks(self._pairs))
        self._order = self._shuffled(rng)
        self._next = np.zeros(references, np.intp)
        self._sums = Sums(references * self._sizes, players)

    def draw(self, refs: Ints) -> tuple[Flags, Ints]:
        """The next pairs of every row; fewer where a row has no more."""
        order = np.argsort(refs, kind="stable")
        count = np.bincount(refs, minlength=self._references)
        place = np.empty_like(refs)
        place[order] = np.arange(len(refs)) - np.repeat(np.cumsum(count) - count, count)
        place += self._next[refs]
        there = place < len(self._pairs)
        self._next = np.minimum(self._next + count, len(self._pairs))
        refs = refs[there]
        return self._masks(self._order[refs, place[there]]), refs

    def add(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Add pairs."""
        self._sums.add(signed(masks, np.ones(len(refs))), odd, self._place(masks, refs))

    def again(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Replace the second side."""
        self._sums.again(signed(masks, np.ones(len(refs))), odd, self._place(masks, refs))

    def roots(self, masks: Flags, refs: Ints) -> Array:
        """By how much the pairs of a size are fewer than the kernel wants."""
        return np.asarray(np.sqrt(self._weights(self._counts)[refs, _smaller(masks)]), float)

    def unseen(self, masks: Flags, refs: Ints) -> Array:
        """Those of the same size against the same row."""
        return (1 - self._counts / self._population)[refs, _smaller(masks)]

    def together(self) -> Sums:
        """All pairs as one regression."""
        return self._sums.merged(self._weights(self._counts.sum(0, keepdims=True)))

    def by_row(self) -> Sums | None:
        """The rows' sums, once every size has been drawn."""
        return self._sums.merged(self._weights(self._counts)) if self._counts.min() > 0 else None

    @property
    def _sizes(self) -> int:
        """Number of sizes that are told apart: a pair has that of its smaller coalition."""
        return self._players // 2

    @cached_property
    def _population(self) -> Ints:
        """Pairs of each size."""
        return np.bincount(self._kinds, minlength=self._sizes)

    @property
    def _counts(self) -> Ints:
        """Pairs drawn (references, sizes)."""
        return self._sums.pairs.reshape(self._references, self._sizes)

    @cached_property
    def _kernel(self) -> Array:
        """The Shapley kernel's weight of all pairs of a size."""
        d, size = self._players, np.arange(1, self._sizes + 1)
        each = 1 / (np.array([comb(d, k) for k in size]) * size * (d - size))
        return each * self._population

    def _weights(self, counts: Ints) -> Array:
        """Weights (n, sizes) that give the sizes their part of the kernel, of mean 1 over the pairs drawn."""
        drawn = counts > 0
        part = np.where(drawn, self._kernel, 0)
        scale = counts.sum(1, keepdims=True) / np.maximum(part.sum(1, keepdims=True), 1e-300)
        return np.asarray(scale * part / np.maximum(counts, 1), float)

    def _place(self, masks: Flags, refs: Ints) -> Ints:
        return refs * self._sizes + _smaller(masks)

    def _masks(self, pairs: Ints) -> Flags:
        return (pairs[:, None] >> np.arange(self._players)) & 1 > 0

    def _shuffled(self, rng: np.random.Generator) -> NDArray[np.uint16]:
        """All pairs for every row (references, pairs), in random order within a size, sizes interleaved evenly.

        The k-th pair of a size comes at the time (k + u) / rate with one random u for the size, until there are no more.
        """
        pairs, times = [], []
        for kind, many in enumerate(self._population):
            mine = self._pairs[self._kinds == kind].astype(np.uint16)
            pairs.append(mine[rng.random((self._references, many)).argsort(1)])
            rate = 1.0 if 2 * (kind + 1) == self._players else 2.0
            times.append((np.arange(many) + rng.random((self._references, 1))) / rate)
        order = np.concatenate(times, axis=1).argsort(1, kind="stable")
        return np.take_along_axis(np.concatenate(pairs, axis=1), order, axis=1)


def _smaller(masks: Flags) -> Ints:
    """Size of the smaller coalition of each pair, less one."""
    size = masks.sum(1)
    return np.minimum(size, masks.shape[1] - size) - 1


def signed(masks: Flags, root: Array) -> Array:
    """± 1/2 (n, d) times the roots: with its complement, a coalition z enters a regression only through c = z - 1/2.

    (The sum over the pair of z zᵀ is 2 c cᵀ plus terms that the constraint fixes.)
    """
    return np.asarray(np.where(masks, 0.5 * root[:, None], -0.5 * root[:, None]), float)
