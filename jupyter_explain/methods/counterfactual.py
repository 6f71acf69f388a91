"""Counterfactuals: the smallest changes of a row after which the model decides otherwise."""

from __future__ import annotations

from typing import Annotated, Any

from ..counterfactuals.goals import read_goal
from ..counterfactuals.hidden import hidden_answers
from ..counterfactuals.nearest import TableSearch
from ..counterfactuals.space import Space
from ..method import Stream, method
from ..params import Between, Free
from ..question import Question
from ..rules.players import has_pieces


@method(
    "Counterfactuals",
    needs=("predict", "pieces"),
    cites=(
        "Wachter, Mittelstadt and Russell 2017 arXiv:1711.00399",
        "Mothilal, Sharma and Tan 2020 arXiv:1905.07697",
        "Laugel et al. 2018 arXiv:1712.08443",
        "Fong and Vedaldi 2017 arXiv:1704.03296",
    ),
    usual=2**13,
)
def counterfactual(
    q: Question,
    *,
    goal: Annotated[Any, Free("a class, or an output like '> 0.8'", text=True)] = None,
    fixed: Annotated[Any, Free("columns, words, segments or spans that must not change", text=True)] = None,
    bounds: Annotated[Any, Free("dict: column -> (low, high)")] = None,
    monotone: Annotated[Any, Free("dict: column -> 'increase' or 'decrease'")] = None,
    count: Annotated[int, Between(1, 10)] = 3,
) -> Stream:
    """The smallest changes of the input after which the model decides otherwise: several, each with other changes.

    Tables: starts from known rows that reach the goal (for networks also from steps along the gradient, and from random
    rows further and further away), takes back every change that is not needed, and moves what is left as close to the
    row as the goal allows. Constraints hold during the search; columns of whole numbers stay whole (and within the
    range of the known rows, if one of these reaches the goal; bounds= may say otherwise), categories are those that
    occur, and `groups=` change together (the dummies of one category). Every example is decided again by the model
    itself, as the row that is shown. Distances are sums of changes in median absolute deviations. The search is no
    proof: there may be a nearer one, and "none found" is an answer, with the constraints that stand in the way.

    Texts, images and series: the fewest words, segments or spans of a channel (segments= or groups= say what they are)
    without which the model decides otherwise, hidden behind the baseline. Players are hidden one after another in
    several orders (by what each does alone, for networks by the gradient of the goal to the opacity of each), greedily,
    and at random away from what was found; then as many as possible come back, until none can be left out. After that
    all smaller sets are tried, one size after another: when none is left, the answer is exact.

    Settings:
        goal: another class by default; a class, or an output like '> 0.8'.
        fixed: columns that must not change, or words, segments or spans that must stay (a list, or names with commas).
        bounds: of tables: dict of column and (low, high), None for an open end; must contain the row's own value.
        monotone: of tables: dict of column and 'increase' or 'decrease'.
        count: how many examples are shown at most.
    """
    if has_pieces(q):
        yield from hidden_answers(q, read_goal(q, goal), fixed, bounds, monotone, count)
        return
    search = TableSearch(q, Space(q, fixed, bounds, monotone), read_goal(q, goal), count)
    for start in search.starts():
        search.keep(None if start is None else search.shrunk(start))
        q.upcoming = search.most
        yield search.answer()
