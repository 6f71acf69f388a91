"""Shapley values as the solution of a weighted regression over coalitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..shapley import Dealer, Game, exact_answers, small_sample, unsettled

Array = NDArray[np.float64]


@method(
    "Kernel SHAP",
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=("Lundberg and Lee 2017 arXiv:1705.07874", "Covert and Lee 2021 arXiv:2012.01536"),
)
def kernel_shap(q: Question) -> Stream:
    """Weighted least squares over random coalitions, constrained to sum to output - base; all features are kept.

    Coalitions come in pairs with their complements, each pair against one baseline row whose own output is
    subtracted. The standard error is the regression's, over pairs. Ends exactly, by enumeration, once that costs no
    more than what has been spent.
    """
    game = Game(q)
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    rng, fit = q.rng("kernel_shap"), _Regression(game)
    dealer = Dealer(game, rng)
    base, spent = game.mean_base(), 0
    draw = game.size
    for n in q.rounds(2 * draw):
        fit.add(*_pairs(game, rng, n * draw, dealer.deal(n * draw)))
        yield fit.answer(base)
        spent += 2 * n * draw
        if spent > game.enumeration():
            break
    yield from exact_answers(game)


def _pairs(
    game: Game, rng: np.random.Generator, n: int, refs: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], Array, Array]:
    """Coalitions (n, d) by the Shapley kernel's sizes, and outputs of each and of its complement, minus the base."""
    d = game.size
    size = np.arange(1, d)
    weight = 1 / (size * (d - size))
    drawn = rng.choice(size, n, p=weight / weight.sum())
    masks = rng.random((n, d)).argsort(1).argsort(1) < drawn[:, None]
    outputs = game.value(np.concatenate([masks, ~masks]), np.concatenate([refs, refs]))
    base = game.base(refs)
    return masks, outputs[:n] - base, outputs[n:] - base


class _Regression:
    """Constrained least squares, streamed over pairs.

    With its complement, a coalition z enters only through c = z - 1/2 (the sum over the pair of z zᵀ is 2 c cᵀ plus
    terms the constraint fixes) and through the odd part of its outputs, o = (v(z) - v(not z)) / 2.
    """

    KEPT = 64 * 2**20  # bytes of pairs kept to recompute residuals; older pairs keep the residuals they had

    def __init__(self, game: Game) -> None:
        self.game, self.pairs = game, 0
        self._gram = np.zeros((game.size, game.size))
        self._moment = np.zeros(game.size)
        self._kept: list[tuple[Array, Array]] = []
        self._settled = np.zeros_like(self._gram)

    def add(self, masks: NDArray[np.bool_], present: Array, absent: Array) -> None:
        """Add pairs (n, d)."""
        c, odd = masks - 0.5, (present - absent) / 2
        self._gram = self._gram + c.T @ c
        self._moment = self._moment + c.T @ odd
        self._kept.append((c, odd))
        self.pairs += len(c)

    def answer(self, base: float) -> Attribution:
        """Values and standard errors so far; the error is unknown until there are more pairs than players."""
        inverse = np.linalg.pinv(self._gram, hermitian=True)
        lean = inverse.sum(1)
        phi = inverse @ self._moment
        phi = phi + lean * (self.game.q.output - base - phi.sum()) / lean.sum()
        freedom = self.pairs - (self.game.size - 1)
        if freedom < 2:
            return unsettled(self.game, phi, base)
        spread = self._spread(inverse - np.outer(lean, lean) / lean.sum(), phi) * self.pairs / freedom
        stderr = np.sqrt(np.maximum(spread, 0)) * small_sample(freedom)
        return self.game.answer(phi, stderr, base, error=float(stderr.max()), error_kind="stderr")

    def _spread(self, project: Array, phi: Array) -> Array:
        """Variances of the values: sandwich estimate from the pairs' residuals."""
        meat = self._settled + sum(_meat(c, odd, phi) for c, odd in self._kept)
        while sum(c.nbytes for c, _ in self._kept) > self.KEPT:
            self._settled = self._settled + _meat(*self._kept.pop(0), phi)
        return np.einsum("ij,jk,ki->i", project, meat, project)


def _meat(c: Array, odd: Array, phi: Array) -> Array:
    rest = odd - c @ phi
    return (c * rest[:, None] ** 2).T @ c
