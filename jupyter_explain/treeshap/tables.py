"""Tree SHAP of many rows: every unit's values for all its patterns, tabulated once; a row then only looks up.

For a leaf with k players, let F(o, t) be the product of its factors at t for the pattern o of passed players: of
z (1 - t) + o t against the training rows, or of p (1 - t) + o t averaged over background rows with patterns p. With
F0 = -∫ F / (1 - t) and F1 = ∫ F / t (Gauss-Legendre, exact), a player that fails is worth F0(o), and a player i that
passes F1(o) + (F0 - F1)(o without i): two tables hold the values of all k players.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..models.trees import Array, Ints
from ..stats import gauss_legendre
from .decisions import Rowset
from .units import Leaves, Units

CHUNK = 2**19  # numbers in the largest temporary array


class Tables:
    """The tables of one block.

    Args:
        units: the block cut into units.
        background: rows that absent players take their values from, or None: the training rows, by cover.
    """

    def __init__(self, units: Units, background: Rowset | None) -> None:
        self._units = units
        self._lay_out()
        counts = None if background is None else _frequencies(units, background)
        for group in units.leaves:
            for leaves in _chunks(group):
                self._fill(leaves, counts)

    @staticmethod
    def size(units: Units) -> int:
        """Numbers that the tables would hold, at most."""
        return int(sum(len(g.unit) * g.players.shape[1] * 2**g.bits for g in units.leaves))

    @property
    def nbytes(self) -> int:
        """Memory of the tables."""
        return self._table.nbytes

    def _lay_out(self) -> None:
        """One table per unit and player, in the order of the players."""
        leaves = self._units.leaves
        unit = np.concatenate([np.repeat(g.unit, g.players.shape[1]) for g in leaves] or [np.empty(0, np.intp)])
        player = np.concatenate([g.players.ravel() for g in leaves] or [np.empty(0, np.intp)])
        self._wide = int(player.max(initial=0)) + 1
        self._keys = np.unique(unit * self._wide + player)
        unit, player = np.divmod(self._keys, self._wide)
        bits = self._units.bits[unit]
        by_bits = np.argsort(bits, kind="stable")  # entries of one length lie together, as rows of a matrix
        start = np.empty(len(bits), np.intp)
        start[by_bits] = np.cumsum(1 << bits[by_bits]) - (1 << bits[by_bits])
        self._table = np.zeros(int((1 << bits).sum()))
        self._begin = {int(b): (int(start[bits == b].min()), int((bits == b).sum())) for b in np.unique(bits)}
        self._start = start
        order = np.argsort(player, kind="stable")
        self._unit, self._offset = unit[order], start[order]
        self._who, self._first = np.unique(player[order], return_index=True)

    def _fill(self, leaves: Leaves, counts: tuple[Array, Ints] | None) -> None:
        n, k = leaves.players.shape
        seen = _leaf_patterns(leaves)
        factors = _by_cover(leaves) if counts is None else _by_rows(leaves, seen, *counts)
        values = _values(factors * leaves.value[:, None, None])
        base = np.arange(0, values.size, values.shape[2]).reshape(n, k, 1)
        wide = values.ravel().take(seen[:, None, :] + base)
        entry = np.searchsorted(self._keys, leaves.unit[:, None] * self._wide + leaves.players)
        first, rows = self._begin[leaves.bits]
        table = self._table[first : first + (rows << leaves.bits)].reshape(rows, -1)
        place = (self._start[entry] - first) >> leaves.bits
        for mine in _no_two_of_a_unit(leaves.unit):
            table[place[mine].ravel()] += wide[mine].reshape(-1, table.shape[1])

    def add(self, rows: Rowset, part: slice, out: Array) -> None:
        """Add the values of some rows to `out` (players, rows)."""
        if not len(self._unit):
            return
        pattern = self._units.patterns(rows, part).astype(np.intp)
        place = pattern[self._unit]
        place += self._offset[:, None]
        out[self._who, part] += np.add.reduceat(self._table.take(place), self._first, axis=0)


def _chunks(group: Leaves) -> Iterator[Leaves]:
    step = max(1, CHUNK // (max(1, group.players.shape[1]) << group.bits))
    for a in range(0, len(group.unit), step):
        cut = slice(a, a + step)
        yield Leaves(
            group.unit[cut],
            group.value[cut],
            group.players[cut],
            group.shares[cut],
            group.path[cut],
            group.inside[cut],
            group.bits,
        )


def _no_two_of_a_unit(unit: Ints) -> list[Ints]:
    """The leaves in parts in which no unit occurs twice."""
    order = np.argsort(unit, kind="stable")
    first = np.flatnonzero(np.diff(unit[order], prepend=-1))
    rank = np.empty(len(unit), np.intp)
    rank[order] = np.arange(len(unit)) - np.repeat(first, np.diff(np.append(first, len(unit))))
    return [np.flatnonzero(rank == r) for r in range(int(rank.max(initial=-1)) + 1)]


def _leaf_patterns(leaves: Leaves) -> Ints:
    """(n, 2^bits): which of the leaf's players pass, for every pattern of its unit."""
    pattern = np.arange(1 << leaves.bits)[None]
    full = (1 << leaves.players.shape[1]) - 1
    out = (pattern | -(1 << leaves.path[:, None])) & full  # players first met inside pass until a split says no
    for step in range(leaves.inside.shape[1]):
        bit, need, slot = (leaves.inside[:, step, i][:, None] for i in range(3))
        fails = (((pattern >> np.maximum(bit, 0)) & 1) != need) & (bit >= 0)
        out &= ~(fails.astype(np.intp) << np.maximum(slot, 0))
    return out


def _nodes(leaves: Leaves) -> Array:
    return gauss_legendre(max(1, (leaves.players.shape[1] + 1) // 2))[0][None, :, None]


def _by_cover(leaves: Leaves) -> Array:
    """F (n, nodes, 2^k) against the training rows."""
    t = _nodes(leaves)
    out = np.ones((len(leaves.unit), t.size, 1))
    for slot in range(leaves.players.shape[1]):
        miss = leaves.shares[:, slot, None, None] * (1 - t)
        out = np.concatenate([out * miss, out * (miss + t)], axis=2)
    return out


def _frequencies(units: Units, background: Rowset) -> tuple[Array, Ints]:
    """Shares of the background rows by pattern, one unit after another, and where each unit begins."""
    size = 1 << units.bits
    start = np.cumsum(size) - size
    out = np.zeros(int(size.sum()))
    step = max(1, CHUNK // max(1, len(units)))
    for a in range(0, len(background), step):
        place = units.patterns(background, slice(a, min(len(background), a + step))) + start[:, None]
        out += np.bincount(place.ravel(), minlength=len(out))
    return out / len(background), start


def _by_rows(leaves: Leaves, seen: Ints, counts: Array, start: Ints) -> Array:
    """F (n, nodes, 2^k) averaged over background rows."""
    n, k = leaves.players.shape
    share = counts[start[leaves.unit][:, None] + np.arange(1 << leaves.bits)]
    place = np.arange(n)[:, None] * (1 << k) + seen
    mine = np.bincount(place.ravel(), share.ravel(), minlength=n << k).astype(float).reshape(n, 1, 1 << k)
    t = _nodes(leaves)
    out = np.repeat(mine, t.size, axis=1)
    for slot in range(k):
        cells = out.reshape(n, t.size, -1, 2, 1 << slot)
        absent, present = cells[:, :, :, 0], cells[:, :, :, 1]
        s = t[..., None]
        cells[:, :, :, 0], cells[:, :, :, 1] = (1 - s) * present, s * absent + present
    return out


def _values(factors: Array) -> Array:
    """Values (n, k, 2^k) of the players for every pattern, from F (n, nodes, 2^k)."""
    n, nodes, size = factors.shape
    t, weight = gauss_legendre(nodes)
    k = size.bit_length() - 1
    miss = np.tensordot(-weight / (1 - t), factors, (0, 1))
    hit = np.tensordot(weight / t, factors, (0, 1))
    out = np.empty((n, k, size))
    for slot in range(k):
        cells = out[:, slot].reshape(n, -1, 2, 1 << slot)
        f0, f1 = (f.reshape(n, -1, 2, 1 << slot) for f in (miss, hit))
        cells[:, :, 0] = f0[:, :, 0]
        cells[:, :, 1] = f1[:, :, 1] + f0[:, :, 0] - f1[:, :, 0]
    return out
