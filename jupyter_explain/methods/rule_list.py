"""A short list of if-then rules that stands in for the model."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import Column, check_table
from ..dataset.outcomes import Z95, Outcomes, predictions
from ..errors import Phrase, refuse
from ..explanation import Rule, Rules
from ..method import Stream, method
from ..params import Between
from ..question import Question
from ..rows import Rows, take
from ..rows import length as rows_of
from ..rules.bandits import interval, once
from ..rules.covering import Clause, first_rule, shortened
from ..rules.covering import rule_list as covering
from ..rules.decisions import by_class
from ..rules.predicates import Predicate, cell, columns_of, conditions, of_column
from ..shapley.game import small_sample

Array = NDArray[np.float64]
ROWS = 10_000  # rows that the model is asked about; of more, a random choice
FIRST = 200  # rows of the first answer
HELD = 3  # every third row tests the rules that the others make
BINS = 8
SHARE = 0.01  # of the rows, at least LEAST: fewest that a rule covers
LEAST = 5
FEWEST = 4 * LEAST
DOUBT = 0.05  # of the intervals


@method(
    "Rule list",
    needs=("predict", "data", "table"),
    cites=(
        "Rivest 1987 doi:10.1007/BF00058680",
        "Clark and Niblett 1989 doi:10.1007/BF00116835",
        "Craven and Shavlik 1996 (surrogates and their fidelity; NIPS 8)",
    ),
    baseline=False,
)
def rule_list(
    q: Question,
    *,
    length: Annotated[int, Between(1, 10)] = 5,
    terms: Annotated[int, Between(1, 3)] = 2,
) -> Stream:
    """A short list of if-then rules, made to agree with the model: the first rule that holds decides.

    It is made for the model's own predictions, never for true outcomes: the predicted class, or the output where that
    is a number. Conditions are categories, and cuts at quantiles of the rows. Rules are found one after the other, each
    for the rows that are left. Two thirds of the rows make the rules; the others test them: fidelity is the share of
    equal predictions (for numbers: R²) there, and every rule's precision is from there, too. A rule of a list is not
    about all rows that meet it, but about those that no earlier rule decided.

    Settings:
        length: most rules, besides the last one for everything else.
        terms: most conditions of a rule.
    """
    check_table(q)
    data, n = q.data, rows_of(q.data)
    if n < FEWEST:
        raise refuse(q.who, f"x must have at least {FEWEST} rows to make rules and to test them", Phrase(f"{n} rows"))
    q.notes[:] = [n for n in q.notes if not (by_class(q) and n.startswith("Target chosen"))]  # it is about all classes
    order = q.rng("rows").permutation(n)[:ROWS]
    if n > ROWS:
        q.note(f"{ROWS} of {n} rows, chosen at random.")
    answers: list[NDArray[Any]] = []
    for size in q.rounds(1, len(order), FIRST, growth=1):
        done = sum(map(len, answers))
        answers.append(predictions(q, take(data, order[done : done + size])))
        yield _answer(q, take(data, order[: done + size]), np.concatenate(answers), length, terms)


def _answer(q: Question, rows: Rows, answers: NDArray[Any], most: int, terms: int) -> Rules:
    """The list that two thirds of the rows make, and how it does on the others."""
    found, held = Outcomes.of(answers), np.arange(len(answers)) % HELD == HELD - 1
    columns = columns_of(take(rows, np.flatnonzero(~held)), q.input.names)
    least = max(LEAST, int(SHARE * (~held).sum()))
    predicates = [p for c in columns for p in of_column(c, BINS, least)]
    made, coded = _holds(predicates, columns), found.coded[~held]
    clauses = covering(predicates, made, coded, most, terms, least, q.check)
    if found.classes is not None:
        clauses = shortened(clauses, made, predicates, coded)
    tested = _holds(predicates, columns_of(take(rows, np.flatnonzero(held)), q.input.names))
    true, which = found.coded[held], first_rule(clauses, tested, predicates)
    fidelity, stderr = found.agreement(true, np.array([c.value for c in clauses])[which])
    plain, _ = found.agreement(true, np.tile(coded.mean(0), (len(true), 1)))
    here, own = _own(q, clauses, predicates)
    rules = [_rule(q, found, c, true[which == r], len(true), own, r == here) for r, c in enumerate(clauses)]
    return Rules(
        rules=tuple(rules),
        kind="list",
        target="the predicted class" if found.classes is not None else q.target.name,
        rows=len(true),
        fidelity=fidelity,
        stderr=stderr,
        plain=plain,
        error=stderr,
        error_kind="stderr",
        notes=(f"Rules from {int((~held).sum())} rows, tested on {len(true)} others.",),
    )


def _holds(predicates: list[Predicate], columns: list[Column]) -> NDArray[np.bool_]:
    """Where each predicate holds (predicates, rows)."""
    rows = len(columns[0].values)
    return np.array([p.holds(columns[p.column]) for p in predicates], bool).reshape(-1, rows)


def _own(q: Question, clauses: list[Clause], predicates: list[Predicate]) -> tuple[int, dict[int, Any] | None]:
    """The rule that decides about the explained row, and the row's values; none where all rows are explained."""
    if q.whole:
        return -1, None
    own = columns_of(q.x, q.input.names)
    return int(first_rule(clauses, _holds(predicates, own), predicates)[0]), {c.index: cell(c, 0) for c in own}


def _rule(
    q: Question, found: Outcomes, clause: Clause, true: Array, rows: int, own: dict[int, Any] | None, here: bool
) -> Rule:
    """A rule with what the test rows that it decides about say: all of them (n, outputs)."""
    n, words = len(true), found.words(q, clause.value)
    low, high = (float(end) for end in interval(n / rows, rows, once(DOUBT)))
    facts: dict[str, Any] = {"conditions": conditions(clause.predicates, own), "prediction": words, "here": here}
    facts |= {"coverage": n / rows, "coverage_low": low, "coverage_high": high, "support": n}
    if found.classes is None:
        mean, reach = (float(true.mean()), _reach(true)) if n else (float(clause.value[0]), np.inf)
        return Rule(**facts, precision=None, mean=mean, low=mean - reach, high=mean + reach)
    hits = int((true.argmax(1) == clause.value.argmax()).sum())
    low, high = (float(end) for end in interval(hits / max(n, 1), n, once(DOUBT)))
    return Rule(**facts, precision=hits / n if n else None, low=low, high=high, otherwise=n - hits)


def _reach(true: Array) -> float:
    """Half of a 95 % interval of a mean."""
    n = len(true)
    return Z95 * small_sample(n - 1) * float(true.std(ddof=1)) / n**0.5 if n > 1 else np.inf
