"""Tree SHAP against background rows, for few rows and for leaves too deep to tabulate: pairs of patterns.

For one row and one background row, a leaf matters only if every player passes with at least one of the two. Then the
players whom the background row fails must be present (there are a of them), those whom the row fails must be absent
(b), and the Shapley values of this game are known: (a - 1)! b! / (a + b)! for the first, -a! (b - 1)! / (a + b)! for
the others. Many rows fail the same players of a path, so only different patterns meet. Those of a leaf are parted by a
few players whom many rows fail: where the row fails one of them, it meets only background rows that pass. What is left
is small matrices, computed together where they are of one size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from math import comb, log

import numpy as np

from ..algebra import times
from ..models.trees import Array, Flags, Ints
from .decisions import Background, Rowset
from .paths import Block
from .patterns import Bits, Distinct, Patterns, as_they_are, distinct

STEP = 1024  # background rows whose patterns are counted together
PARTED = 3  # players by whom the patterns of a leaf are parted
LEAVES = 2**19  # leaves times rows of a step
CELLS = 2**17  # pairs of patterns that meet together
FEW_ROWS = 32  # rows that are taken as they are: looking for equal ones would take longer
ALIKE = 1.5  # parts meet together whose sides differ by no more
SPREAD = 16  # leaves whose values are given to the rows together
DENSE = 64  # players up to which values are laid out for all of them, whether on the path or not
OCTETS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(float)
Step = Callable[[Array], None]  # adds to an array (players, rows)


class Pairs:
    """Leaves of a block, against background rows.

    Args:
        leaves: places of the leaves that count at every level of the block.
        few: whether it is for few rows: then looking for equal background rows would take longer than meeting them.
    """

    def __init__(self, block: Block, leaves: list[Ints], background: Background, few: bool) -> None:
        self._patterns = Patterns(block, leaves)
        self._others: list[Others] = []
        for a in range(0, len(background.rows), STEP):
            part = slice(a, min(len(background.rows), a + STEP))
            bits = self._patterns.of(background.rows, part)
            for k in np.unique(self._patterns.count):
                leaf = np.flatnonzero(self._patterns.count == k)
                worth = np.outer(self._patterns.value[leaf], background.weights[part])
                players = self._patterns.players[leaf, :k]
                self._others.append((_each if few else _others)(leaf, players, bits[leaf], worth))

    def steps(self, rows: Rowset, part: slice) -> Iterator[Step]:
        """Steps that add the values of some rows."""
        bits, n = self._patterns.of(rows, part), part.stop - part.start
        step = max(1, LEAVES // n)
        for others in self._others:
            for a in range(0, len(others.leaf), step):
                yield partial(_meet, bits, others.cut(slice(a, a + step)), part)


@dataclass(frozen=True, eq=False)
class Runs:
    """Where what the parts have lies, part after part."""

    first: Ints
    count: Ints

    def of(self, parts: Ints) -> tuple[Ints, Flags]:
        """(parts, most): the places of what some parts have, and whether there is so much."""
        slot = np.arange(int(self.count[parts].max()))
        there = slot < self.count[parts, None]
        return np.where(there, self.first[parts, None] + slot, 0), there


def _runs(part: Ints, total: int) -> Runs:
    count = np.bincount(part, minlength=total)
    return Runs(np.cumsum(count) - count, count)


@dataclass(frozen=True, eq=False)
class Others:
    """Some background rows at leaves with k players.

    Attributes:
        leaf: (m,) places among the leaves.
        players: (m, k) the path's players, by slot.
        split: (m, r) the bits of those by whom patterns are parted.
        runs: what each part meets; leaf i has parts i 2^r + g, where g tells which of r players are failed.
        pattern, worth: what is met: patterns, and what their rows' share of the leaf holds.
    """

    leaf: Ints
    players: Ints
    split: Bits
    runs: Runs
    pattern: Bits
    worth: Array

    def cut(self, some: slice) -> Others:
        """Some of the leaves."""
        parts = slice(some.start << self.split.shape[1], some.stop << self.split.shape[1])
        runs = Runs(self.runs.first[parts], self.runs.count[parts])
        return Others(self.leaf[some], self.players[some], self.split[some], runs, self.pattern, self.worth)

    def values(self, rows: Distinct) -> Array:
        """(different ones, k): what each pattern of rows makes of its leaf's players."""
        fails = (rows.pattern[:, None] & self.split[rows.leaf]) != 0
        r = self.split.shape[1]
        part = (rows.leaf << r) + fails @ (1 << np.arange(r))
        order = np.argsort(part, kind="stable")
        runs, pattern = _runs(part, len(self.leaf) << r), rows.pattern[order]
        out = np.zeros((len(pattern), self.players.shape[1]))
        for parts in _alike(runs.count, self.runs.count):
            (own, there), (other, here) = runs.of(parts), self.runs.of(parts)
            found = _values(pattern[own], self.pattern[other], self.worth[other] * here, out.shape[1])
            out[order[own[there]]] = found[there]
        return out


def _each(leaf: Ints, players: Ints, bits: Bits, worth: Array) -> Others:
    """What leaves with k players know of background rows with these patterns and worths (leaves, rows), row by row."""
    m, n = bits.shape
    runs = Runs(np.arange(m) * n, np.full(m, n))
    return Others(leaf, players, np.empty((m, 0), bits.dtype), runs, bits.ravel(), worth.ravel())


def _others(leaf: Ints, players: Ints, bits: Bits, worth: Array) -> Others:
    """The same, but of equal patterns once, and parted."""
    found = distinct(bits, players.shape[1])
    shares = np.bincount(found.place.ravel(), worth.ravel())
    split = _split(bits, players.shape[1])
    r = split.shape[1]
    met = []
    for g in range(1 << r):
        failed = (split * ((g >> np.arange(r)) & 1).astype(split.dtype)).sum(1, dtype=split.dtype)
        fits = np.flatnonzero((found.pattern & failed[found.leaf]) == 0)
        met.append(((found.leaf[fits] << r) + g, fits))
    part, which = (np.concatenate(c) for c in zip(*met, strict=True))
    which = which[np.argsort(part, kind="stable")]
    return Others(leaf, players, split, _runs(part, len(leaf) << r), found.pattern[which], shares[which])


def _split(bits: Bits, k: int) -> Bits:
    """(leaves, r): the bits of the players whom the most rows fail."""
    marks = np.left_shift(1, np.arange(k)).astype(bits.dtype)
    failed = np.stack([np.count_nonzero(bits & mark, axis=1) for mark in marks], axis=1)
    return marks[np.argsort(-failed, axis=1)[:, :PARTED]]


def _alike(ours: Ints, theirs: Ints) -> Iterator[Ints]:
    """Parts in which rows meet, those together that are of about one size."""
    parts = np.flatnonzero((ours > 0) & (theirs > 0))
    size = np.stack([ours[parts], theirs[parts]])
    kind = np.round(np.log(size) / log(ALIKE)).astype(np.intp)
    kind = kind[0] * (kind[1].max(initial=0) + 1) + kind[1]
    order = np.argsort(kind, kind="stable")
    for same in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1):
        step = max(1, CELLS // max(1, int(size[:, same].max(1, initial=0).prod())))
        yield from (parts[same[a : a + step]] for a in range(0, len(same), step))


def _values(pattern: Bits, others: Bits, worth: Array, k: int) -> Array:
    """(parts, patterns, k): what patterns make of k players where they meet others (parts, others)."""
    present, absent = np.bitwise_count(others), np.bitwise_count(pattern)
    weight = _weights(absent, present, k)
    weight *= (pattern[:, :, None] & others[:, None]) == 0
    weight *= worth[:, None]
    values = times(weight, flags(others, k))
    passed = np.where(present == 0, worth, 0.0).sum(1)  # by background rows that arrive themselves
    loss = (values.sum(2) + passed[:, None]) / np.maximum(absent, 1)
    return np.asarray(values - flags(pattern, k) * loss[:, :, None])


def _weights(absent: Bits, present: Bits, k: int) -> Array:
    """(parts, patterns, others): what is gained by each who must be present; their numbers say how much."""
    m, width = present.shape
    if absent.shape[1] <= k:
        return gains(k)[absent[:, :, None], present[:, None]]
    gain = gains(k).take(present, axis=1).reshape(-1, width)
    return gain.take(absent.astype(np.intp) * m + np.arange(m)[:, None], axis=0)


def flags(pattern: Bits, k: int) -> Array:
    """(…, k): the bits of patterns."""
    octets = pattern[..., None].view(np.uint8)[..., : -(-k // 8)]
    flags: Array = OCTETS.take(octets, axis=0).reshape(*pattern.shape, -1)
    return flags[..., :k]


def _meet(bits: Bits, others: Others, part: slice, out: Array) -> None:
    """Add what some leaves give to all rows of a part; `out` is (players, rows)."""
    mine = bits[others.leaf]
    rows = as_they_are(mine) if mine.shape[1] <= FEW_ROWS else distinct(mine, others.players.shape[1])
    values = others.values(rows)
    step = SPREAD if mine.shape[1] > FEW_ROWS else len(mine)
    ends = np.searchsorted(rows.leaf, np.arange(len(mine) + 1))
    for a in range(0, len(mine), step):
        first, last = ends[a], ends[min(a + step, len(mine))]
        who = others.players[rows.leaf[first:last]]
        out[:, part] += _spread(values[first:last], rows.place[a : a + step] - first, who, len(out))


def _spread(values: Array, place: Ints, who: Ints, count: int) -> Array:
    """(players, rows): values (patterns, k) given to the rows with these patterns, and added up."""
    from scipy.sparse import csr_array

    m, shape = len(place), (place.shape[1], len(values))
    rows = csr_array((np.ones(place.size), place.T.ravel(), np.arange(0, place.size + 1, m)), shape=shape)
    if count <= DENSE:
        full = np.zeros((len(values), count))
        full[np.arange(len(values))[:, None], who] = values
        return np.asarray((rows @ full).T)
    ends = np.arange(0, values.size + 1, values.shape[1])
    sparse = csr_array((values.ravel(), who.ravel(), ends), shape=(len(values), count))
    return np.asarray((rows @ sparse).toarray().T)


@cache
def gains(k: int) -> Array:
    """(k + 1, k + 1): (a - 1)! b! / (a + b)! at [b, a]: the gain of each of a who must be present, b absent."""
    out = np.zeros((k + 1, k + 1))
    for a in range(1, k + 1):
        for b in range(k + 1 - a):
            out[b, a] = 1 / (a * comb(a + b, a))
    return out
