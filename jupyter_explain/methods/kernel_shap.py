"""Shapley values as the solution of a weighted regression over coalitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..shapley import Dealer, Game, exact_answers, small_sample, unsettled

Array = NDArray[np.float64]
MOST = 1000  # players; the regression costs their number cubed for every answer
TABLES = 64 * 2**20  # bytes of per-row sums that are kept; above that one regression serves all baseline rows


@method(
    "Kernel SHAP",
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=("Lundberg and Lee 2017 arXiv:1705.07874", "Covert and Lee 2021 arXiv:2012.01536"),
)
def kernel_shap(q: Question) -> Stream:
    """Weighted least squares over random coalitions, constrained to sum to output - base; all features are kept.

    Coalitions come in pairs with their complements, each pair against one baseline row. At first one regression
    serves all rows; once every row has pairs enough for a regression of its own, the mean of those (which owes
    nothing to differences between rows) is given, if its standard error is the smaller. Ends exactly, by
    enumeration, once that costs no more than what has been spent.
    """
    game = Game(q)
    if game.size > MOST:
        rule = (
            f"solves a regression over all players, at most {MOST}; use permutation_shap, or join columns with groups="
        )
        raise refuse(q.who, rule, Phrase(f"{game.size} players"))
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    rng, fit = q.rng("kernel_shap"), _Regressions(game)
    dealer = Dealer(game, rng)
    base, spent, best = game.mean_base(), 0, None
    draw = game.size
    for n in q.rounds(2 * draw):
        refs = dealer.deal(n * draw)
        fit.add(refs, *_pairs(game, rng, refs))
        best, spent = fit.answer(base), spent + 2 * n * draw
        if spent > game.enumeration():
            q.upcoming = game.exact_cost
        yield best
        if spent > game.enumeration():
            break
    yield from exact_answers(game, best)


def _pairs(game: Game, rng: np.random.Generator, refs: NDArray[np.intp]) -> tuple[Array, Array]:
    """Coalitions as c = z - 1/2 (n, d), sizes by the Shapley kernel, and the odd parts of their outputs (n,).

    With its complement, a coalition z enters the regression only through c (the sum over the pair of z zᵀ is 2 c cᵀ
    plus terms that the constraint fixes) and through the odd part (v(z) - v(not z)) / 2.
    """
    n, d = len(refs), game.size
    size = np.arange(1, d)
    weight = 1 / (size * (d - size))
    drawn = rng.choice(size, n, p=weight / weight.sum())
    masks = rng.random((n, d)).argsort(1).argsort(1) < drawn[:, None]
    outputs = game.value(np.concatenate([masks, ~masks]), np.concatenate([refs, refs]))
    return masks.astype(float) - 0.5, (outputs[:n] - outputs[n:]) / 2


class _Sums:
    """What least squares needs of pairs: sums that only grow, for several regressions side by side."""

    def __init__(self, n: int, d: int) -> None:
        self.gram, self.moment = np.zeros((n, d, d)), np.zeros((n, d))
        self.square, self.pairs = np.zeros(n), np.zeros(n)

    def add(self, c: Array, odd: Array, pairs: Array) -> None:
        """Add pairs (n, k, d) with outputs (n, k); rows of zeros fill up, `pairs` (n,) counts the others."""
        across = c.transpose(0, 2, 1)
        self.gram += across @ c
        self.moment += (across @ odd[..., None])[..., 0]
        self.square += (odd**2).sum(1)
        self.pairs += pairs

    def together(self) -> _Sums:
        """All pairs as one regression."""
        one = _Sums(1, self.moment.shape[1])
        one.gram, one.moment = self.gram.sum(0, keepdims=True), self.moment.sum(0, keepdims=True)
        one.square, one.pairs = self.square.sum(keepdims=True), self.pairs.sum(keepdims=True)
        return one

    def solve(self, total: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Values (n, d) that sum to `total` (n,), their variances, and whether the pairs determine them."""
        d = self.moment.shape[1]
        inverse, determined = self._inverse(d)
        free = (inverse @ self.moment[..., None])[..., 0]
        lean = inverse.sum(-1)
        scale = lean.sum(-1)
        phi = free + lean * ((total - free.sum(-1)) / scale)[:, None]
        fitted = (phi * (self.gram @ phi[..., None])[..., 0]).sum(-1)
        rest = self.square - 2 * (phi * self.moment).sum(-1) + fitted
        noise = np.maximum(rest, 0) / np.maximum(1, self.pairs - d + 1)
        spread = np.diagonal(inverse, axis1=-2, axis2=-1) - lean**2 / scale[:, None]
        return phi, noise[:, None] * np.maximum(spread, 0), determined

    def _inverse(self, d: int) -> tuple[Array, NDArray[np.bool_]]:
        """Inverse Gram matrices (pseudo-inverses where too few different pairs were drawn), and where they exist.

        A constant added to all entries changes nothing, because the sum of the values is given, and fills the
        direction that coalitions of equal size leave empty.
        """
        size = np.trace(self.gram, axis1=-2, axis2=-1)[:, None, None] / d
        gram = self.gram + size / d
        inverse = np.linalg.inv(gram + 1e-13 * size * np.eye(d))
        determined = np.abs(inverse).max((-2, -1)) * size[:, 0, 0] < 1e8
        if not determined.all():
            inverse[~determined] = np.linalg.pinv(gram[~determined], rcond=1e-10, hermitian=True)
        return inverse, determined


class _Regressions:
    """One regression over all pairs, and one for every baseline row."""

    def __init__(self, game: Game) -> None:
        n, d = game.references, game.size
        self.game, self.all = game, _Sums(1, d)
        self.rows = _Sums(n, d) if n > 1 and n * d * d * 8 <= TABLES else None

    def add(self, refs: NDArray[np.intp], c: Array, odd: Array) -> None:
        """Add pairs (n, d) against reference rows (n,)."""
        if self.rows is None:
            self.all.add(c[None], odd[None], np.array([len(c)]))
            return
        order = np.argsort(refs, kind="stable")
        count = np.bincount(refs, minlength=self.game.references)
        place = np.arange(len(refs)) - np.repeat(np.cumsum(count) - count, count)
        by_row = np.zeros((len(count), count.max(), c.shape[1]))
        outputs = np.zeros(by_row.shape[:2])
        by_row[refs[order], place], outputs[refs[order], place] = c[order], odd[order]
        self.rows.add(by_row, outputs, count.astype(float))
        self.all = self.rows.together()

    def answer(self, base: float) -> Attribution:
        """Values and standard errors so far; the error is unknown until there are more pairs than players."""
        game = self.game
        values, variances, determined = self.all.solve(np.array([game.q.output - base]))
        phi, variance, freedom = values[0], variances[0], float(self.all.pairs[0]) - game.size + 1
        if freedom < 2 or not determined[0]:
            return unsettled(game, phi, base)
        if self.rows is not None and self.rows.pairs.min() >= game.size + 2:
            phi, variance, freedom = self._better(self.rows, phi, variance, freedom)
        stderr = np.sqrt(variance) * small_sample(freedom)
        return game.answer(phi, stderr, base, error=float(stderr.max()), error_kind="stderr")

    def _better(self, rows: _Sums, phi: Array, variance: Array, freedom: float) -> tuple[Array, Array, float]:
        """The mean of the rows' own regressions, if it is the more certain."""
        game = self.game
        own, spread, determined = rows.solve(game.q.output - game.base(np.arange(game.references)))
        own_variance = spread.sum(0) / game.references**2
        if not determined.all() or own_variance.sum() >= variance.sum():
            return phi, variance, freedom
        return own.mean(0), own_variance, float((rows.pairs - game.size + 1).sum())
