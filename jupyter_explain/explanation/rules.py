"""If-then rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .base import Explanation
from .pieces import Pieces


@dataclass(frozen=True)
class Condition:
    """One condition of a rule: the column, the condition in words, and the explained row's own value ("": no row)."""

    column: str
    text: str
    own: str = ""


@dataclass(frozen=True)
class Rule:
    """IF all conditions hold THEN the prediction.

    Attributes:
        conditions: none means "whatever the values are" (of a list: everything else).
        prediction: what the model then predicts, in words.
        precision: share of cases in which it does; None where the prediction is a number.
        mean: mean output where the prediction is a number, else None.
        low, high: interval of the precision (or of the mean).
        coverage: share of the data rows that meet the conditions (of a list: and of no earlier rule).
        coverage_low, coverage_high: 95 % interval of the coverage.
        support: cases that the precision (or the mean) rests on.
        otherwise: of these, cases that are predicted otherwise.
        here: whether this is the rule that the explained row meets.
    """

    conditions: tuple[Condition, ...]
    prediction: str
    precision: float | None
    low: float
    high: float
    coverage: float
    coverage_low: float
    coverage_high: float
    support: int
    otherwise: int = 0
    mean: float | None = None
    here: bool = False


@dataclass(frozen=True)
class Toggle:
    """A condition that can be put into the rule or taken out of it."""

    column: str
    text: str
    on: bool


@dataclass(frozen=True)
class Other:
    """A case that meets a rule and is decided otherwise.

    Attributes:
        changes: what differs from the explained input: (column, own value, value there), as texts.
        hidden: players of a text or image that are hidden (players,), else None.
        known: whether the changes would show much of a reference row, or what only one row has; then they stay in
            Python.
    """

    changes: tuple[tuple[str, str, str], ...]
    hidden: Any = None
    known: bool = False


@dataclass(frozen=True, kw_only=True, repr=False)
class Rules(Explanation):
    """If-then rules: one that keeps a prediction ("anchor"), or an ordered list that stands in for a model ("list").

    Attributes:
        rules: the rules; of a list the first whose conditions hold decides, and the last has no conditions.
        kind: "anchor" or "list".
        wanted: the precision that an anchor is to reach, with probability `sure`; None for a list.
        reached: whether the anchor reaches it.
        given: whether the user chose the conditions.
        candidates: conditions to put into an anchor or take out.
        sure: probability that all intervals of the precision are right.
        rows: data rows that the coverage rests on.
        fidelity: how well a list agrees with the model on rows that it was not made from: share of equal predictions,
            or R² for numbers. None for an anchor.
        stderr: its standard error.
        plain: the same for a list without any rule.
        counterexamples: some generated rows that meet the anchor and are predicted otherwise, in the form of the
            input (None for texts that travel as embeddings); they are mixed from reference rows, so they stay in Python
            and are never sent or exported.
        others: the same with every change taken back that is not needed: what is left is sent and shown.
        pieces: of a text or image: its players (conditions are that some of them are present); None for tables.
        kept: which players the rule keeps (players,).
    """

    rules: tuple[Rule, ...]
    kind: Literal["anchor", "list"] = "anchor"
    wanted: float | None = None
    reached: bool = False
    given: bool = False
    candidates: tuple[Toggle, ...] = ()
    sure: float = 0.95
    rows: int = 0
    fidelity: float | None = None
    stderr: float | None = None
    plain: float | None = None
    counterexamples: Any = None
    others: tuple[Other, ...] = ()
    pieces: Pieces | None = None
    kept: Any = None

    @property
    def spread(self) -> float:
        """Precisions and fidelities are shares: 1."""
        return 1.0

    def __repr__(self) -> str:
        return str(self)
