"""The output while parts come in the order of an explanation."""

from __future__ import annotations

from typing import Annotated, Any

from ..method import Stream, method
from ..params import Between, Free
from ..quality.removal import Removal
from ..question import Question


@method(
    "Insertion",
    cites=("Petsiuk et al. 2018 arXiv:1806.07421",),
    usual=20_000,
)
def insertion(
    q: Question,
    *,
    of: Annotated[Any, Free("an explanation, or the name of an attribution method", text=True)] = "auto",
    steps: Annotated[int, Between(2, 400, log=True)] = 64,
    repeats: Annotated[int, Between(2, 1000, log=True)] = 50,
) -> Stream:
    """How quickly the output rises when the parts that an explanation ranks first are put in first.

    Begins with nothing but the baseline. Parts are ranked by their signed value for the target: what speaks most for
    it comes first. The area under the curve is the mean output on the way; higher is better. It means nothing by
    itself: random orders are drawn beside it, with the standard error of their mean, and the explanation's order
    turned round.

    Settings:
        of: the explanation that is judged, or a method whose explanation is made first; "auto" takes the usual one.
        steps: points of the curve at most; with more parts than that, several come at a time.
        repeats: random orders to compare with.
    """
    removal = Removal(q, of, steps, comes=True)
    for _ in removal.rounds(repeats):
        yield removal.answer()
