"""Rules as they travel: words and few numbers; never a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Rule, Rules
from ..words.rules import beside
from .pieces import pieces_layout, places

TYPES[Rules] = "rules"
NUMBERS = ("low", "high", "coverage", "coverage_low", "coverage_high", "support", "otherwise")


@drawn.register(Rules)
def _rules(e: Rules) -> tuple[dict[str, Any], list[Array]]:
    """One number per rule: `value` (precision or mean), `low`, `high`, `coverage`, its ends, `support`, `otherwise`.

    Of counterexamples only what is different travels; those that would show much of a reference row stay behind.
    """
    found: dict[str, Any] = {"value": [_value(r) for r in e.rules]} | {
        n: [getattr(r, n) for r in e.rules] for n in NUMBERS
    }
    here = [i for i, r in enumerate(e.rules) if r.here and e.kind == "list"]
    layout = {
        "kind": "rules",
        "list": e.kind == "list",
        "numbers": any(r.mean is not None for r in e.rules),
        "rules": [{"terms": [[c.text, beside(c)] for c in r.conditions], "outcome": r.prediction} for r in e.rules],
        "toggles": [[t.text, t.on] for t in e.candidates],
        "here": here[0] if here else None,
        "given": e.given,
        "reached": e.reached,
        "wanted": e.wanted,
        "sure": e.sure,
        "fidelity": e.fidelity,
        "stderr": e.stderr,
        "plain": e.plain,
        "others": [places(o.hidden) if e.pieces else [list(c) for c in o.changes] for o in e.others if not o.known],
    }
    if e.pieces is not None:
        layout["pieces"], arrays = pieces_layout(e.pieces)
        found |= arrays
        layout["kept"] = places(e.kept)
    return layout | {"arrays": list(found)}, [np.ascontiguousarray(a, "<f4") for a in found.values()]


def _value(r: Rule) -> float:
    value = r.mean if r.precision is None else r.precision
    return float("nan") if value is None or not r.support else value
