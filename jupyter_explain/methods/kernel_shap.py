"""Shapley values as the solution of a weighted regression over coalitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question
from ..shapley.draws import ByRow, shares, steadied
from ..shapley.game import Dealer, Game, exact_answers, sampled, unsettled, whole
from ..shapley.pairs import Corrected, Pairs
from ..shapley.pooled import Pooled
from ..shapley.regressions import Solution, signed
from ..shapley.schemes import Anew, Once

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
Found = tuple[Array, Array, float]
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
)
def kernel_shap(q: Question) -> Stream:
    """Weighted least squares over random coalitions, constrained to sum to output - base; all features are kept.

    Coalitions come in pairs with their complements, each pair against one baseline row; all sizes are drawn equally
    often and weighted, which wastes fewer evaluations than drawing by the kernel itself. At first one regression
    serves all rows; once every row has pairs enough for a regression of its own, the mean of those (which owes
    nothing to differences between rows) is given, if its standard error is the smaller, and noisier rows get more
    pairs. From a few thousand evaluations on, a proxy with known Shapley values takes part of the noise away, if it
    can. Ends exactly, by enumeration, where the players are few: in a small game nothing is asked twice.
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
        asked, best, n = q.evals, fit.answer(base), game.following(2)
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
    """One regression over all pairs, and one for every baseline row as soon as those are the more certain.

    Attributes:
        share: how the next pairs are shared between the rows; None deals them in turn.
        rows: the estimates by row that the last answer was made of, where they are well known.
    """

    def __init__(self, game: Game, scheme: Anew) -> None:
        self._game, self._scheme = game, scheme
        self._proxy, self._pooled, self._apart = Corrected(game), Pooled(game, scheme), False
        self.share: Array | None = None
        self.rows: ByRow | None = None
        self._known: dict[str, tuple[Array, int]] = {}

    def add(self, pairs: Pairs) -> None:
        """Add pairs."""
        if not self._apart:
            self._pooled.add(pairs)
        self._scheme.add(pairs.masks, pairs.refs, self._proxy.add(pairs))

    def answer(self, base: float) -> Attribution:
        """Values and standard errors so far; the error is unknown until there are more pairs than players."""
        game, rows = self._game, self._by_rows()
        if rows is None or not (self._apart or self._wins(rows)):
            phi, variance, freedom = self._together()
            return unsettled(game, phi, base) if freedom < 2 else sampled(game, phi, variance, freedom, base)
        self._apart = True
        self.rows = rows if rows.known else None
        self.share = shares(self._spread) if game.references > 1 else None
        return sampled(game, *rows.mean(), base)

    def _wins(self, rows: ByRow) -> bool:
        """Whether the rows' own regressions are the more certain; then pairs need not be dealt in turn any longer."""
        _, variance, freedom = self._together()
        return self._game.references == 1 or freedom < 2 or bool(rows.mean()[1].sum() < variance.sum())

    def _believable(self, regressions: int) -> bool:
        """Whether there are outputs enough beyond the coefficients: a pair that is drawn twice tells nothing new."""
        size = self._game.size
        return self._game.q.evals // 2 - regressions * (size - 1) >= max(2, min(size, SPARE))

    def _together(self) -> Found:
        """One regression for all rows."""
        pooled, d = self._pooled, self._game.size
        solved = pooled.solve()
        if not solved.determined[0] or solved.freedom[0] < 2 or not self._believable(1):
            return solved.phi[0, :d, 0], np.zeros(d), 0.0
        uneven = self._lately("together", pooled.pairs, lambda *some: pooled.uneven(solved, *some))
        phi, variance, freedom = solved.rows(0, uneven).mean()
        return phi[:d], variance[:d], freedom

    def _by_rows(self) -> ByRow | None:
        """The rows' own regressions, once each has pairs enough."""
        game, sums, proxy = self._game, self._scheme.by_row(), self._proxy
        if sums is None or sums.pairs.min() < game.size + 2 or not self._believable(game.references):
            return None
        total = game.q.output - game.base(np.arange(game.references))
        solved = sums.solve(total)
        if not solved.determined.all():
            return None
        if proxy.due:
            proxy.fit(self._scheme, (solved.phi[..., 0] ** 2).mean(0))
            solved = (self._scheme.by_row() or sums).solve(total)
            proxy.judge(np.array([solved.variance(side).sum() for side in (0, 1)]))
        side = int(proxy.used)
        self._spread = steadied(solved.noise[:, side], solved.freedom)
        pairs = int(sums.pairs.sum())
        return solved.rows(side, self._lately(f"side {side}", pairs, lambda *some: self._uneven(solved, side, *some)))

    def _uneven(self, solved: Solution, side: int, masks: Flags, refs: Ints, odd: Array) -> Array:
        root, unseen = self._scheme.roots(masks, refs), self._scheme.unseen(masks, refs)
        return solved.uneven(side, signed(masks, root), odd[:, side] * root, refs, unseen)

    def _lately(self, name: str, pairs: int, factor: Callable[[Flags, Ints, Array], Array]) -> Array:
        """How much larger variances are because noise is uneven; looked at again when the pairs have doubled."""
        known, count = self._known.get(name, (np.empty(0), 0))
        if pairs >= 2 * count:
            known = factor(*self._proxy.some())
            self._known[name] = known, pairs
        return known
