"""Values against every reference row from few pairs against each: a common part, and what the row adds to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .draws import ByRow
from .game import Game
from .regressions import Solution, Sums, signed
from .schemes import Anew

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
MOST = 1024  # coefficients of the common part; with more, values are taken to depend on nothing but the player
PRIOR = 3.0  # pairs that "it does not depend on the row" counts for
FEW = 4  # players per pair against each row, on average, with more of which deviations cannot be told
SLIGHT = 0.05  # weight of the common part in the values below which it stays as it is
STEADY = 4.0  # pairs that the mean noise of all rows counts for in that of one
LOOSE, STIFF = 1e-3, 1e6  # bounds of the penalty on a row's deviation, in units of a pair's weight
FAINT = 1e-4  # share of the squares below which noise, or deviations, cannot be told


@dataclass(frozen=True)
class Some:
    """Some pairs, by row: coalitions (m, players), rows (m,), and one side of their odd parts (m,)."""

    masks: Flags
    refs: Ints
    odd: Array


@dataclass(frozen=True)
class Common:
    """The common part: values (rows, players) it expects, the covariance of its own error, coefficients determined."""

    values: Array
    covariance: Array
    spent: float
    determined: bool


class Mixed:
    """Values that are linear in what is known of a row, plus a deviation (best linear prediction, Henderson 1975).

    What is known is the row's output, which the values against it must explain, and each player's own distance from
    it. Deviations are held back as far as noise and few pairs do not let them be told: at first all values are the
    common ones, in the end each row has a regression of its own, which owes nothing to differences between rows.

    Attributes:
        spread: standard deviation (rows,) of a pair around the last regressions.
    """

    def __init__(self, game: Game, scheme: Anew) -> None:
        self._game, self._scheme = game, scheme
        base = game.base(np.arange(game.references))
        self._total = game.q.output - (base if scheme.rows > 1 else base.mean(keepdims=True))
        self._level = np.repeat(self._total[:, None] - self._total.mean(), game.size, axis=1) / game.size
        self._traits = self._known(base)
        self._factors: dict[str, tuple[Array, float]] = {}
        self._settled: Common | None = None  # once it hardly matters any longer
        self.spread = np.ones(scheme.rows)

    def solve(self, side: int, some: Callable[[], Some]) -> tuple[ByRow, bool]:
        """Estimates from one side of the sums, and whether they are determined.

        Args:
            side: of the sums.
            some: pairs that show where noise is uneven.
        """
        common = self._settled or self._common(side, some)
        freedom = self._pairs - common.spent
        if self._scheme.rows == 1 or FEW * self._pairs < self._scheme.rows * self._game.size:
            own = np.zeros_like(common.values)
            rows = ByRow(common.values, own, own[:, 0] + 1, np.diagonal(common.covariance), freedom)
            return rows, common.determined and freedom >= 2
        found, penalty = self._deviations(side, common.values)
        used = self._pairs / max(1.0, freedom)
        noise = self._noise(found.least * used)
        spare = self._pairs - float(found.spent.sum())
        uneven = self._lately(f"side {side}", spare, lambda: self._uneven_rows(found, noise, some()))
        held = (found.inverse * penalty[:, None, None]).mean(0)
        shared = np.einsum("ij,jk,ik->i", held, common.covariance, held)
        if held.trace() < SLIGHT * len(held):
            self._settled = common
        variance = noise[:, None] * found.lean * uneven
        rows = ByRow(found.phi, variance, (self._scheme.pairs + STEADY) / used, shared, freedom)
        return rows, common.determined and freedom >= 2

    def look_again(self) -> None:
        """Forget how much noise there is, and where."""
        self._factors.clear()

    @property
    def _pairs(self) -> int:
        return int(self._scheme.pairs.sum())

    def _common(self, side: int, some: Callable[[], Some]) -> Common:
        """One regression of all pairs."""
        t, _, d = self._traits.shape
        sums = self._scheme.by_row(alike=True).beyond(self._level).along(self._traits)
        diagonal = np.diagonal(sums.gram[0])
        penalty = PRIOR / self._pairs * diagonal * (1 - sums.own)
        found = sums.solve(self._total.mean(keepdims=True), side, penalty[None])
        spent = float(found.spent[0])
        spare = self._pairs - spent
        noise = found.least / max(1.0, spare)
        uneven = self._lately(f"common {side}", spare, lambda: self._uneven_all(found, noise, some()))
        factor = np.sqrt(noise[0] * uneven[:d])
        values = self._level + np.einsum("tni,ti->ni", self._traits, found.phi.reshape(t, d))
        covariance = found.spread(d) * factor[:, None] * factor
        return Common(values, covariance, spent, bool(found.determined[0]))

    def _deviations(self, side: int, prior: Array) -> tuple[Solution, Array]:
        """The rows' own regressions, drawn to what is expected by penalties (rows,)."""
        sums = self._scheme.by_row()
        rest = sums.beyond(prior)
        total = self._total - prior.sum(1)
        even = np.repeat(total[:, None], self._game.size, axis=1) / self._game.size
        stiff = self._lately(f"stiffness {side}", self._pairs, lambda: np.array(stiffness(rest.beyond(even), side)))
        penalty = stiff * self._scheme.left()
        found = rest.solve(total, side, np.repeat(penalty[:, None], self._game.size, axis=1))
        return replace(found, phi=prior + found.phi), penalty

    def _noise(self, least: Array) -> Array:
        """Variance of a pair (rows,), by what is left, with that of the other rows where there are few."""
        pairs = self._scheme.pairs
        noise = (least + STEADY * least.sum() / self._pairs) / (pairs + STEADY)
        self.spread = np.sqrt(noise)
        return np.asarray(noise, float)

    def _known(self, base: Array) -> Array:
        """What multiplies the common coefficients (traits, rows, players): 1; distances and outputs, of mean 0."""
        game, one = self._game, np.ones((1, self._scheme.rows, self._game.size))
        if self._scheme.rows < 3 or 3 * game.size > MOST:
            return one
        both = np.stack([game.distances(), np.repeat(base[:, None], game.size, axis=1)])
        both -= both.mean(1, keepdims=True)
        size = np.sqrt((both**2).mean(1, keepdims=True))
        return np.concatenate([one, both / np.where(size > 0, size, 1)])

    def _uneven_rows(self, found: Solution, noise: Array, some: Some) -> Array:
        root, unseen = self._scheme.roots(some.masks, some.refs), self._scheme.unseen(some.masks, some.refs)
        return found.uneven(signed(some.masks, root), some.odd * root, some.refs, noise, unseen)

    def _uneven_all(self, found: Solution, noise: Array, some: Some) -> Array:
        row = self._scheme.place(some.refs)
        root = self._scheme.roots(some.masks, some.refs, alike=True)
        signs = signed(some.masks, root)
        columns = np.concatenate([signs * trait[row] for trait in self._traits], axis=1)
        rest = some.odd * root - np.einsum("ij,ij->i", signs, self._level[row])
        alone = self._game.references == 1
        unseen = self._scheme.unseen(some.masks, some.refs) if alone else np.ones(len(row))
        return found.uneven(columns, rest, np.zeros_like(row), noise, unseen)

    def _lately(self, name: str, count: float, found: Callable[[], Array]) -> Array:
        """What is looked at again when what it is judged by has doubled; in small games always, it costs so little."""
        known, before = self._factors.get(name, (np.empty(0), -np.inf))
        if self._game.small or count >= 2 * before:
            known = found()
            self._factors[name] = known, max(1.0, count)
        return known


def stiffness(sums: Sums, side: int) -> float:
    """Penalty at which deviations are held back as they should: the noise of a pair over the variance of deviations.

    Both by the method of moments, from the squares of the outputs and those of the moments, in the directions in which
    values do not change their sum.
    """
    gram = sums.gram - sums.gram.mean(1, keepdims=True)
    gram -= gram.mean(2, keepdims=True)
    moment = sums.moment[..., side] - sums.moment[..., side].mean(1, keepdims=True)
    pairs, mass, squared = sums.pairs.sum(), float(np.trace(gram, axis1=1, axis2=2).sum()), float((gram**2).sum())
    outputs, moments = float(sums.square[:, side].sum()), float((moment**2).sum())
    noise = max(outputs * squared - moments * mass, FAINT * outputs * squared)
    deviation = max(pairs * moments - mass * outputs, FAINT * outputs * mass)
    return float(np.clip(noise / deviation, LOOSE, STIFF)) if deviation > 0 else STIFF
