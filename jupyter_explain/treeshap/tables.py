"""Tree SHAP of many rows: every unit's values for all its patterns, tabulated once; a row then only looks up.

For a leaf with k players, let F(o, t) be the product of its factors at t for the pattern o of passed players: of
z (1 - t) + o t against the training rows, or of p (1 - t) + o t averaged over background rows with patterns p. With
F0 = -∫ F / (1 - t) and F1 = ∫ F / t (Gauss-Legendre, exact), every player i is worth F1(o) + (F0 - F1)(o without i):
two tables hold the values of all k players. They are added up over the leaves of a unit; only a player that is first
met inside the unit, and so not by all of its leaves, needs a sum of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..models.trees import Array, Ints
from ..stats import gauss_legendre
from .decisions import Background, Rowset
from .units import Leaves, Units

CHUNK = 2**17  # numbers in the largest temporary array while tables are made
CELLS = 2**15  # table entries looked up together, times rows: they stay in the cache


class Tables:
    """The tables of one block.

    Args:
        units: the block cut into units.
        background: rows that absent players take their values from, or None: the training rows, by cover.
    """

    def __init__(self, units: Units, background: Background | None) -> None:
        self._units = units
        self._lay_out()
        counts = None if background is None else _frequencies(units, background)
        for bits in np.unique(units.bits):
            self._fill(int(bits), counts)

    @staticmethod
    def size(units: Units) -> int:
        """Numbers that the tables would hold, at most."""
        return int(sum(len(g.unit) * g.players.shape[1] * 2**g.bits for g in units.leaves))

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
        self._unit, self._offset, self._player = unit[order], start[order], player[order]

    def _fill(self, bits: int, counts: tuple[Array, Ints] | None) -> None:
        """The tables of all units with as many bits."""
        if bits not in self._begin:  # trees that are one leaf explain nothing
            return
        units = np.flatnonzero(self._units.bits == bits)
        hit, more = np.zeros((len(units), 1 << bits)), np.zeros((len(units), 1 << bits))
        for leaves in (part for g in self._units.leaves if g.bits == bits for part in _chunks(g)):
            seen = _leaf_patterns(leaves)
            factors = _by_cover(leaves) if counts is None else _by_rows(leaves, seen, *counts)
            own_hit, own_more = (_spread(a, seen) for a in _two(factors * leaves.value[:, None, None]))
            _gather(hit, np.searchsorted(units, leaves.unit), own_hit)
            _gather(more, np.searchsorted(units, leaves.unit), own_more)
            self._inner(leaves, own_hit, own_more)
        self._on_paths(units, bits, hit, more)

    def _on_paths(self, units: Ints, bits: int, hit: Array, more: Array) -> None:
        """The values of the players who are tested on the way to each unit."""
        path, players = self._units.path[units], self._units.players[units]
        for slot in range(int(path.max(initial=0))):
            mine = np.flatnonzero(path > slot)
            shape = (len(mine), -1, 2, 1 << slot)
            less = more[mine].reshape(shape)
            worth = hit[mine].reshape(shape) + less[:, :, :1]
            self._rows(bits)[self._place(units[mine], players[mine, slot], bits)] += worth.reshape(len(mine), -1)

    def _inner(self, leaves: Leaves, hit: Array, more: Array) -> None:
        """The values of the players who are first met inside the units."""
        for step in range(leaves.inside.shape[1]):
            bit, need, slot = leaves.inside[:, step].T
            fresh = (bit >= 0) & (slot >= leaves.path)
            for later in range(step + 1, leaves.inside.shape[1]):
                fresh &= leaves.inside[:, later, 2] != slot
            mine = np.flatnonzero(fresh)
            if len(mine):
                fails = _fixed(leaves.bits, bit[mine], 1 - need[mine])
                worth = hit[mine] + _spread(more[mine], fails)
                place = self._place(leaves.unit[mine], leaves.players[mine, slot[mine]], leaves.bits)
                _gather(self._rows(leaves.bits), place, worth)

    def _rows(self, bits: int) -> Array:
        """The tables of units with as many bits, as rows of a matrix."""
        first, count = self._begin[bits]
        return self._table[first : first + (count << bits)].reshape(count, -1)

    def _place(self, unit: Ints, player: Ints, bits: int) -> Ints:
        """Rows of the tables of these units and players."""
        entry = np.searchsorted(self._keys, unit * self._wide + player)
        place: Ints = (self._start[entry] - self._begin[bits][0]) >> bits
        return place

    def add(self, rows: Rowset, part: slice, out: Array) -> None:
        """Add the values of some rows to `out` (players, rows)."""
        n = part.stop - part.start
        pattern, step = self._units.patterns(rows, part), max(1, CELLS // n)
        small, place, found = (np.empty((step, n), t) for t in (np.uint16, np.intp, np.float64))
        for a in range(0, len(self._unit), step):
            unit, offset, who = (v[a : a + step] for v in (self._unit, self._offset, self._player))
            m = len(unit)
            pattern.take(unit, axis=0, out=small[:m], mode="clip")
            np.add(small[:m], offset[:, None], out=place[:m])
            self._table.take(place[:m], out=found[:m], mode="clip")
            first = np.flatnonzero(np.diff(who, prepend=-1))
            out[who[first], part] += np.add.reduceat(found[:m], first, axis=0)


def _chunks(group: Leaves) -> Iterator[Leaves]:
    n, k = group.players.shape
    step = max(1, CHUNK // max(max(1, (k + 1) // 2) << k, 1 << group.bits))
    for a in range(0, n, step):
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


def _gather(into: Array, place: Ints, rows: Array) -> None:
    """Add rows to the rows of `into` at some places, which may occur more than once."""
    order = np.argsort(place, kind="stable")
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    into[place[order[first]]] += np.add.reduceat(rows[order], first, axis=0)


def _spread(values: Array, place: Ints) -> Array:
    """Of each row of `values` what `place` (rows, wider) says."""
    base = np.arange(0, values.size, values.shape[1])[:, None]
    return values.ravel().take(place + base)


def _fixed(bits: int, bit: Ints, to: Ints) -> Ints:
    """(n, 2^bits): every pattern, with one bit of it as it is told."""
    pattern, mark = np.arange(1 << bits)[None], (1 << bit)[:, None]
    return np.where(to[:, None] == 1, pattern | mark, pattern & ~mark)


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


def _frequencies(units: Units, background: Background) -> tuple[Array, Ints]:
    """Weight of the background rows by pattern, one unit after another, and where each unit begins."""
    size = 1 << units.bits
    start = np.cumsum(size) - size
    out = np.zeros(int(size.sum()))
    step = max(1, CHUNK // max(1, len(units)))
    for a in range(0, len(background.rows), step):
        part = slice(a, min(len(background.rows), a + step))
        place = units.patterns(background.rows, part) + start[:, None]
        out += np.bincount(place.ravel(), np.tile(background.weights[part], len(place)), len(out))
    return out, start


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


def _two(factors: Array) -> tuple[Array, Array]:
    """F1 and F0 - F1 (n, 2^k) for every pattern, from F (n, nodes, 2^k)."""
    t, weight = gauss_legendre(factors.shape[1])
    pair = np.stack([weight / t, -weight / (1 - t) - weight / t]) @ factors
    return np.ascontiguousarray(pair[:, 0]), np.ascontiguousarray(pair[:, 1])
