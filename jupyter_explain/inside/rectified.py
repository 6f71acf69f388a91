"""What the methods over a rectifier's backward share."""

from __future__ import annotations

from typing import Any

from ..errors import listed
from ..question import Question
from ..rows import Rows, any_change


def gradient(q: Question, rows: Rows, guided: bool) -> tuple[Any, Any]:
    """Outputs (n,) and what comes back through the bent rectifiers (n, …); says so where there were none."""
    from ..models.backward import ReluRule

    rule = ReluRule(q.who, guided)
    output, found = q.gradient(rows, rule=rule)
    if rule.plain:
        q.note(f"Only ReLUs have a rule; kept their own gradient: {listed(sorted(rule.plain))}.")
    if rule.acted and not any_change(found):
        q.note("Every number is zero: on no way back to the input is the gradient positive at every ReLU.")
    if not rule.acted:
        q.note("The network has no ReLU, so this is the plain gradient.")
    return output, found
