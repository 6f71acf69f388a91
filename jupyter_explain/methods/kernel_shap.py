"""Shapley values as the solution of a weighted regression over coalitions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..shapley.draws import ByRow, shares
from ..shapley.game import Dealer, Game, exact_answers, sampled, unsettled, whole
from ..shapley.mixed import Mixed, Some
from ..shapley.pairs import Corrected, Pairs
from ..shapley.schemes import Anew, Once

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
MOST = 1000  # players; the regression costs their number cubed for every answer
SPARE = 30  # outputs of pairs beyond the coefficients, or as many as players, from which the noise is believed


@method(
    "Kernel SHAP",
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=(
        "Lundberg and Lee 2017 arXiv:1705.07874",
        "Covert and Lee 2021 arXiv:2012.01536",
        "Musco and Witter 2024 arXiv:2410.01917",
        "Witter and Musco 2025 arXiv:2506.11849",
    ),
    most=MOST,
)
def kernel_shap(q: Question) -> Stream:
    """Weighted least squares over random coalitions, constrained to sum to output - base; all features are kept.

    Coalitions come in pairs with their complements, each pair against one baseline row; all sizes are drawn equally
    often and weighted, which wastes fewer evaluations than drawing by the kernel itself. In a small game no pair is
    drawn twice. The values against a row are a common part, linear in the row's output and distances, and a deviation
    that is held back as far as the pairs do not tell it from noise: differences between rows are no noise, from the
    first pairs on. Noisier rows get more pairs. From a few thousand evaluations on, a proxy with known Shapley values
    takes part of the noise away, if it can. Ends exactly, by enumeration, where the players are few.
    """
    game = Game(q, ends=whole(q))
    if game.size > MOST:
        rule = (
            f"solves a regression over all players, at most {MOST}; use permutation_shap, or join columns with groups="
        )
        raise refuse(q.who, rule, Phrase(f"{game.size} players"))
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    rng = q.rng("kernel_shap")
    scheme = (Once if game.small else Anew)(rng, game.references, game.size)
    fit = _Regressions(game, scheme)
    dealer, n = Dealer(game, rng), game.size
    base, asked = game.mean_base(), 0
    while True:
        fit.add(_pairs(game, *scheme.draw(dealer.deal(n, fit.share))))
        if q.evals == asked:
            continue  # all of these pairs were known: nothing new to say
        asked, best, n = q.evals, fit.answer(base), game.following(2, late=2)
        if game.countable(fit.rows):
            q.upcoming = game.exact_cost
        yield best
        if game.countable(fit.rows):
            break
    yield from exact_answers(game, best, fit.rows)


def _pairs(game: Game, masks: NDArray[np.bool_], refs: NDArray[np.intp]) -> Pairs:
    """Coalitions and their complements."""
    n = len(refs)
    outputs = game.value(np.concatenate([masks, ~masks]), np.concatenate([refs, refs]))
    return Pairs(masks, refs, outputs[:n], outputs[n:])


class _Regressions:
    """One regression for every baseline row, from the pairs as they are and as a proxy corrects them.

    Attributes:
        share: how the next pairs are shared between the rows; None deals them in turn.
        rows: the estimates by row that the last answer was made of, where they are well known.
    """

    def __init__(self, game: Game, scheme: Anew) -> None:
        self._game, self._scheme = game, scheme
        self._proxy, self._mixed = Corrected(game), Mixed(game, scheme)
        self.share: Array | None = None
        self.rows: ByRow | None = None

    def add(self, pairs: Pairs) -> None:
        """Add pairs."""
        self._scheme.add(pairs.masks, pairs.refs, self._proxy.add(pairs))

    def answer(self, base: float) -> Attribution:
        """Values and standard errors so far; the error is unknown until there are more pairs than players."""
        game, several = self._game, self._scheme.pairs.min() >= self._game.size + 2
        rows, determined = self._solve(int(self._proxy.used))
        if several and self._proxy.due:
            rows, determined = self._corrected(rows)
        phi, variance, freedom = rows.mean()
        if not determined or not self._believable():
            return unsettled(game, phi, base)
        if self._scheme.rows == game.references and several:
            self.rows = rows if rows.known else None
            self.share = shares(self._mixed.spread) if game.references > 1 else None
        return sampled(game, phi, variance, freedom, base)

    def _solve(self, side: int) -> tuple[ByRow, bool]:
        def some() -> Some:
            masks, refs, odd = self._proxy.some()
            return Some(masks, refs, odd[:, side])

        return self._mixed.solve(side, some)

    def _corrected(self, plain: ByRow) -> tuple[ByRow, bool]:
        """Both sides compared, once a proxy is fitted."""
        self._proxy.fit(self._scheme, plain.strength())
        self._mixed.look_again()
        sides = [self._solve(side) for side in (0, 1)]
        self._proxy.judge(np.array([rows.mean()[1].sum() for rows, _ in sides]))
        return sides[int(self._proxy.used)]

    def _believable(self) -> bool:
        """Whether there are outputs enough beyond the coefficients: a pair that is drawn twice tells nothing new."""
        size = self._game.size
        return self._game.q.evals // 2 - (size - 1) >= max(2, min(size, SPARE))
