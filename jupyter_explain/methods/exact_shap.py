"""Shapley values by enumeration."""

from ..errors import Phrase, refuse
from ..method import Stream, method
from ..question import Question
from ..shapley.game import MOST_PLAYERS, Game, exact_answers


@method(
    "Exact SHAP",
    axioms=("completeness", "dummy", "symmetry", "linearity"),
    cites=("Shapley 1953 doi:10.1515/9781400881970-018", "Lundberg and Lee 2017 arXiv:1705.07874"),
    exact=True,
    most=MOST_PLAYERS,
)
def exact_shap(q: Question) -> Stream:
    """Shapley values from all 2^d coalitions, averaged over the baseline rows.

    Exact up to rounding; costs 2^d model rows for every baseline row, so it takes at most 14 players.
    """
    game = Game(q)
    if game.size > MOST_PLAYERS:
        whole = q.input.kind in ("table", "text")
        fewer = "join columns with groups=" if whole else f"set segments={MOST_PLAYERS}"
        rule = f"takes at most {MOST_PLAYERS} players; use permutation_shap or kernel_shap, or {fewer}"
        raise refuse(q.who, rule, Phrase(f"{game.size} players"))
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    yield from exact_answers(game)
