"""How pairs of a coalition and its complement are drawn, and what each weighs in a regression by the Shapley kernel.

The kernel itself would draw mostly the smallest and largest coalitions, of which there are few, again and again. Equal
shares of all sizes are the leverage scores of the regression (Musco and Witter 2024); weights put the kernel back.
"""

from __future__ import annotations

from functools import cached_property
from math import comb

import numpy as np
from numpy.typing import NDArray

from .regressions import Sums, signed

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
TABLES = 64 * 2**20  # bytes of sums by reference row that are kept; above that one regression serves all rows


class Anew:
    """Every draw regardless of those before: for games with more coalitions than can be drawn.

    Attributes:
        kinds: of pairs that are told apart, because their weights change with what was drawn; here there is one.
        rows: for which sums are kept: all reference rows, or one for all where these are too many.
    """

    kinds = 1

    def __init__(self, rng: np.random.Generator, references: int, players: int) -> None:
        self.references, self.players, self._rng = references, players, rng
        separate = references * self.kinds * players**2 * 8 <= TABLES
        self.rows = references if separate else 1
        self._sums = Sums(self.rows * self.kinds, players)

    def draw(self, refs: Ints) -> tuple[Flags, Ints]:
        """Coalitions (m, players) of every size equally often, and their reference rows (m,): those asked for."""
        n, d = len(refs), self.players
        keys = self._rng.random((n, d))
        return keys < np.sort(keys, axis=1)[np.arange(n), self._rng.integers(1, d, n)][:, None], refs

    def kind(self, masks: Flags) -> Ints:
        """Which kind each pair (n,) is of."""
        return np.zeros(len(masks), np.intp)

    def entry(self, masks: Flags) -> Array:
        """Square roots (n,) of the weights that pairs have once and for all."""
        return self._by_size[masks.sum(1)]

    def weights(self, counts: Ints) -> Array:
        """Further weights (m, kinds) of pairs of which so many were drawn."""
        return np.ones(counts.shape)

    def unseen(self, masks: Flags, refs: Ints) -> Array:
        """Share (n,) of a pair's like that was not drawn yet, which is what it leaves uncertain."""
        return np.ones(len(refs))

    def left(self) -> Array:
        """Share (rows,) of all pairs that was not drawn yet."""
        return np.ones(self.rows)

    def place(self, refs: Ints) -> Ints:
        """The rows to which pairs (n,) belong."""
        return refs if self.rows > 1 else np.zeros_like(refs)

    def add(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Add pairs with odd parts (n, RIGHT)."""
        root = self.entry(masks)
        self._sums.add(signed(masks, root), odd * root[:, None], self._bin(masks, refs))

    def again(self, masks: Flags, refs: Ints, odd: Array) -> None:
        """Put other odd parts (n,) of all pairs so far in place of the second side."""
        root = self.entry(masks)
        self._sums.again(signed(masks, root), odd * root, self._bin(masks, refs))

    @property
    def pairs(self) -> Ints:
        """Pairs drawn (rows,)."""
        return self._counts.sum(1)

    def by_row(self, alike: bool = False) -> Sums:
        """A regression for every row, each with its own weights, or `alike` with those of all rows together."""
        return self._sums.merged(self._weights(alike))

    def roots(self, masks: Flags, refs: Ints, alike: bool = False) -> Array:
        """Square roots (n,) of the weights with which pairs enter these regressions now."""
        return self.entry(masks) * np.sqrt(self._weights(alike))[self.place(refs), self.kind(masks)]

    @property
    def _counts(self) -> Ints:
        """Pairs drawn (rows, kinds)."""
        return self._sums.pairs.reshape(self.rows, self.kinds)

    def _weights(self, alike: bool) -> Array:
        """Weights (rows, kinds) beside the entries'; where a row has not had all kinds yet, those of all rows."""
        every = np.repeat(self.weights(self._counts.sum(0, keepdims=True)), self.rows, axis=0)
        whole = (self._counts > 0).all(1, keepdims=True)
        return every if alike else np.where(whole, self.weights(self._counts), every)

    def _bin(self, masks: Flags, refs: Ints) -> Ints:
        return self.place(refs) * self.kinds + self.kind(masks)

    @cached_property
    def _by_size(self) -> Array:
        """1 for coalitions of half the players."""
        d, size = self.players, np.arange(1, self.players)
        return np.sqrt(np.concatenate([[0], d**2 / (4 * size * (d - size)), [0]]))


class Once(Anew):
    """No pair twice against the same row, and every size in its share: for small games.

    A pair's kind is the size of its smaller coalition. Sizes of which there are few pairs are soon drawn completely;
    then they leave nothing uncertain. A pair stands for as many of its size as are not drawn.
    """

    def __init__(self, rng: np.random.Generator, references: int, players: int) -> None:
        self.kinds = players // 2
        super().__init__(rng, references, players)
        self._pairs = np.arange(1, 2 ** (players - 1))  # binary digits of a coalition without the last player
        self._population = np.bincount(self.kind(self._coalitions(self._pairs)), minlength=self.kinds)
        self._order = self._shuffled()
        self._next = np.zeros(references, np.intp)

    def draw(self, refs: Ints) -> tuple[Flags, Ints]:
        """The next pairs of every row; fewer than asked for where a row has no more."""
        order = np.argsort(refs, kind="stable")
        count = np.bincount(refs, minlength=self.references)
        place = np.empty_like(refs)
        place[order] = np.arange(len(refs)) - np.repeat(np.cumsum(count) - count, count)
        place += self._next[refs]
        self._next += count
        there = place < len(self._pairs)
        refs, place = refs[there], place[there]
        return self._coalitions(self._order[refs, place].astype(np.intp)), refs

    def kind(self, masks: Flags) -> Ints:
        """Size of the smaller coalition, less one."""
        size = masks.sum(1)
        return np.minimum(size, masks.shape[1] - size) - 1

    def entry(self, masks: Flags) -> Array:
        """All weights change with what is drawn."""
        return np.ones(len(masks))

    def weights(self, counts: Ints) -> Array:
        """What gives every size its part of the kernel; of mean 1 over the pairs drawn."""
        part = np.where(counts > 0, self._kernel, 0)
        scale = counts.sum(1, keepdims=True) / np.maximum(part.sum(1, keepdims=True), 1e-300)
        return np.asarray(scale * part / np.maximum(counts, 1), float)

    def unseen(self, masks: Flags, refs: Ints) -> Array:
        """Those of the same size against the same row."""
        return (1 - self._counts / self._population)[refs, self.kind(masks)]

    def left(self) -> Array:
        """Of those against each row."""
        return 1 - self.pairs / len(self._pairs)

    @cached_property
    def _kernel(self) -> Array:
        """The Shapley kernel's weight of all pairs of a size."""
        d, size = self.players, np.arange(1, self.kinds + 1)
        return self._population / (np.array([comb(d, k) for k in size]) * size * (d - size))

    def _coalitions(self, pairs: Ints) -> Flags:
        return (pairs[:, None] >> np.arange(self.players)) & 1 > 0

    def _shuffled(self) -> NDArray[np.uint16]:
        """All pairs for every row (references, pairs), in random order within a size, sizes interleaved evenly.

        The k-th pair of a size comes at the time (k + u) / rate, u being random for the size, while there are any.
        """
        pairs, times, kinds = [], [], self.kind(self._coalitions(self._pairs))
        for kind, many in enumerate(self._population):
            mine = self._pairs[kinds == kind].astype(np.uint16)
            pairs.append(mine[self._rng.random((self.references, many)).argsort(1)])
            rate = 1 if 2 * (kind + 1) == self.players else 2  # a coalition of half the players is one with its pair
            times.append((np.arange(many) + self._rng.random((self.references, 1))) / rate)
        order = np.concatenate(times, axis=1).argsort(1, kind="stable")
        return np.take_along_axis(np.concatenate(pairs, axis=1), order, axis=1)
