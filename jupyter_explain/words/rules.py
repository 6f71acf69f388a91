"""Rules in words."""

from __future__ import annotations

import math

import numpy as np

from ..explanation import Condition, Other, Rule, Rules
from .lines import sentence, title
from .numbers import number, several
from .plain import _closing, summary
from .text import clean, joined, shorten

MIDST = " AND "


def beside(c: Condition) -> str:
    """The row's own value, where the condition does not say it."""
    return "" if c.text.endswith((f"= {c.own}", f"is {c.own}")) else c.own


def rule_words(rule: Rule, place: int = 0, own: bool = False) -> str:
    """`IF a > 1 AND b = x THEN malignant`, later rules `ELSE IF …`; `own`: with the explained row's values."""
    terms = [f"{clean(c.text)}{f' ({clean(beside(c))})' if own and beside(c) else ''}" for c in rule.conditions]
    otherwise, then = "ELSE " * (place > 0), clean(rule.prediction)
    return f"{otherwise}IF {MIDST.join(terms)} THEN {then}" if terms else f"{otherwise or 'ALWAYS '}{then}"


def share(value: float) -> str:
    """A share as a percentage that is never rounded to 0 or 100 wrongly."""
    percent = 100 * value
    if 0 < percent < 0.1 or 99.9 < percent < 100:
        return "under 0.1 %" if percent < 1 else "over 99.9 %"
    return f"{number(percent, 3)} %"


def estimate(rule: Rule) -> str:
    """`precision 0.97 (0.95 to 0.99)`, or the mean with its interval."""
    name, value = ("mean", rule.mean) if rule.precision is None else ("precision", rule.precision)
    if value is None or not rule.support:
        return "no test row"
    ends = f" ({number(rule.low)} to {number(rule.high)})" if math.isfinite(rule.low + rule.high) else ""
    return f"{name} {number(value)}{ends}"


def coverage(rule: Rule, e: Rules) -> str:
    """`covers 21.4 % of 569 rows (17 % to 26 %)`, or `keeps 2 of 14 words`."""
    if e.pieces is not None:
        return f"keeps {len(rule.conditions)} of {several(len(e.pieces.names), e.pieces.unit)}"
    rows = e.rows
    ends = f"{share(rule.coverage_low)} to {share(rule.coverage_high)}"
    return f"covers {share(rule.coverage)} of {several(rows, 'row')} ({ends})"


@sentence.register(Rules)
def _sentence(e: Rules) -> str:
    if e.kind == "list":
        rules = several(len(e.rules) - 1, "rule")
        good, error, plain = (f"{number(v, 2)}" for v in (e.fidelity or 0.0, e.stderr or 0.0, e.plain or 0.0))
        if e.rules[0].mean is not None:
            return f"{rules} and a last one explain the model's output with R² {good} ± {error} on other rows."
        return (
            f"{rules} and a last one agree with the model on {good} ± {error} of other rows (without rules: {plain})."
        )
    rule, wanted = e.rules[0], number(e.wanted or 0.0)
    said = f"{rule_words(rule)}: {estimate(rule)}, {coverage(rule, e)}."
    if e.reached:
        return said
    if e.given:
        below = rule.high < (e.wanted or 0.0)
        return f"{said} {'Below' if below else 'Not yet known to reach'} the precision {wanted}."
    return f"No rule is known to reach the precision {wanted}. The best so far: {said}"


@summary.register(Rules)
def _summary(e: Rules) -> str:
    """Title, sentence, and every rule with its numbers."""
    lines = []
    for place, rule in enumerate(e.rules):
        here = "  <- the explained row" if rule.here and e.kind == "list" else ""
        lines.append(f"  {rule_words(rule, place, own=True)}{here}")
        lines.append(f"      {estimate(rule)}, {coverage(rule, e)}")
    return "\n".join([title(e), sentence(e), "", *lines, *_otherwise(e), "", *_closing(e)])


def _otherwise(e: Rules) -> list[str]:
    """How many random rows met the anchor and were predicted otherwise."""
    rule = e.rules[0]
    if e.kind == "list":
        return []
    case = "random row" if e.pieces is None else "random masking"
    return [
        f"      {rule.otherwise} of {several(rule.support, case)} that meet it are decided otherwise",
        *(f"      otherwise: {other_words(e, o)}" for o in e.others if not o.known),
    ]


def other_words(e: Rules, o: Other, most: int = 4) -> str:
    """What is different in a counterexample."""
    if e.pieces is not None:
        return f"without {e.pieces.several([int(p) for p in np.flatnonzero(o.hidden)], most)}"
    return joined(_first([f"{shorten(c)} = {there} (now {own})" for c, own, there in o.changes], most))


def _first(words: list[str], most: int) -> list[str]:
    return words[:most] + ([several(len(words) - most, "more change")] if len(words) > most else [])


__all__ = ["coverage", "estimate", "other_words", "rule_words", "share", "shorten"]
