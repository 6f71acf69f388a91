"""Shapley values one player at a time, the oldest estimator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..shapley.game import Game, small_sample, whole

Array = NDArray[np.float64]
FIRST = 8  # draws of every player before any is favoured, and before an error is stated
PRIOR = 2  # draws that the players' mean variance counts for: rare effects have not shown in few draws


@method(
    "Sampling SHAP",
    axioms=("dummy", "symmetry", "linearity"),
    cites=(
        "Castro et al. 2009 doi:10.1016/j.cor.2008.04.004",
        "Strumbelj and Kononenko 2014 doi:10.1007/s10115-013-0679-x",
    ),
)
def sampling_shap(q: Question) -> Stream:
    """Mean contribution of each player at a random place in a random order, every player on its own.

    The classic estimator: one draw is one player, one order and one baseline row, two evaluations. More draws go to
    the players that vary most. Nothing ties the players together, so their values sum to output - base only in the
    long run; permutation_shap reaches the same error with far fewer evaluations.
    """
    whole(q)
    game = Game(q)
    trivial = game.trivial()
    if trivial is not None:
        yield replace(trivial, complete=False)
        return
    rng, tally = q.rng("sampling_shap"), _Tally(game.size)
    for n in q.rounds(2 * game.size):
        players = tally.allot(n * game.size)
        tally.add(players, _contributions(game, rng, players))
        yield _answer(game, tally)


def _contributions(game: Game, rng: np.random.Generator, players: NDArray[np.intp]) -> Array:
    """What each player adds to those before it in a random order, against a random baseline row."""
    n = len(players)
    refs = rng.integers(game.references, size=n)
    place = rng.random((n, game.size))
    masks = place < place[np.arange(n), players][:, None]
    more = masks.copy()
    more[np.arange(n), players] = True
    found = game.value(np.concatenate([more, masks]), np.concatenate([refs, refs]))
    return found[:n] - found[n:]


class _Tally:
    """Draws, means and variances of every player."""

    def __init__(self, size: int) -> None:
        self.count, self.mean, self._squares = np.zeros(size, np.intp), np.zeros(size), np.zeros(size)

    @property
    def variance(self) -> Array:
        """Variance of one draw, drawn a little to the mean of all players."""
        own = self._squares / np.maximum(1, self.count - 1)
        return ((self.count - 1) * own + PRIOR * own.mean()) / (self.count - 1 + PRIOR)

    def allot(self, n: int) -> NDArray[np.intp]:
        """Players of the next n draws: in turn at first, then so that the largest standard error falls fastest."""
        d = len(self.count)
        if self.count.min() < FIRST:
            return np.arange(n) % d
        spread = np.sqrt(self.variance)
        share = 0.1 / d + 0.9 * (spread / spread.sum() if spread.sum() > 0 else np.full(d, 1 / d))
        wanted = np.maximum(0, share * (self.count.sum() + n) - self.count)
        each = np.floor(wanted / wanted.sum() * n).astype(np.intp)
        each[np.argsort(-wanted, kind="stable")[: n - each.sum()]] += 1
        return np.repeat(np.arange(d), each)

    def add(self, players: NDArray[np.intp], found: Array) -> None:
        """Add one contribution for each drawn player."""
        d = len(self.count)
        n = np.bincount(players, minlength=d)
        mean = np.bincount(players, found, d) / np.maximum(1, n)
        squares = np.bincount(players, (found - mean[players]) ** 2, d)
        total, delta = self.count + n, mean - self.mean
        self._squares = self._squares + squares + delta**2 * self.count * n / np.maximum(1, total)
        self.mean = self.mean + delta * n / np.maximum(1, total)
        self.count = total


def _answer(game: Game, tally: _Tally) -> Attribution:
    share = lambda phi: game.answer(phi, None, 0.0, error=0.0, error_kind="exact").values  # noqa: E731
    facts: dict[str, Any] = {"values": share(tally.mean), "base": game.mean_base(), "output": game.q.output}
    if tally.count.min() < FIRST:
        return Attribution(error=float(np.abs(tally.mean).sum()), error_kind="unknown", **facts)
    factor = np.array([small_sample(int(n) - 1) for n in tally.count])
    stderr = np.sqrt(tally.variance / tally.count) * factor
    return Attribution(stderr=share(stderr), error=float(stderr.max()), error_kind="stderr", **facts)
