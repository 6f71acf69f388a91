"""An answer in plain text, for terminals and screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

import numpy as np

from ..explanation import Attribution, Explanation
from ..tables import cases, count_of, ranking
from .lines import CAUTION, ends, facts, named, others, sentence, title, upper
from .numbers import Signed, number, several, shown
from .text import clean, padded, shorten, width

TOP = 8  # lines of the table
CASES = 8  # lines of a batch


@singledispatch
def summary(e: Explanation) -> str:
    """An answer in plain text; every answer type registers its own."""
    return "\n".join([title(e), *filter(None, [sentence(e)]), *_closing(e)])


@summary.register(Attribution)
def _attribution(e: Attribution) -> str:
    lines = _cases(cases(e, CASES), count_of(e) or 0) if count_of(e) is not None else _table(cases(e)[0])
    table = ["", *lines, ""] if any(np.any(c.values) for c in cases(e)) else []
    return "\n".join([title(e), sentence(e), *table, *_closing(e)])


def _closing(e: Explanation) -> list[str]:
    return [". ".join(upper(f) for f in facts(e)) + ".", *(clean(n) for n in e.notes), CAUTION]


def _table(case: Attribution) -> list[str]:
    r = ranking(case, TOP)
    write = Signed([*r.shown, r.total], [i.stderr for i in r.top])
    rows = [(shorten(i.name), shown(i.data), write(i.value, i.stderr), "") for i in r.top]
    if r.rest is not None:
        rows.append((others(r), "", write(r.rest), ""))
    rows.append(("sum", "", write(r.total), ends(case)))
    return aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns: names left, values right, signed numbers left (signs and decimals below each other), words left."""
    columns = list(zip(*rows, strict=True))
    wide = [max(map(width, c)) for c in columns]
    whole = max(len(r[2].partition(" ±")[0]) for r in rows)
    lines = []
    for name, own, value, words in rows:
        bare, sign, error = value.partition(" ±")
        cells = [padded(name, wide[0]), *([padded(own, wide[1], True)] if wide[1] else [])]
        lines.append("  ".join(["", *cells, bare.rjust(whole) + sign + error, words]).rstrip())
    return lines


def _cases(found: list[Attribution], count: int) -> list[str]:
    lines = []
    for i, case in enumerate(found):
        best = ranking(case, 1).top[0]
        lead = f"mostly {named(case, best, Signed([best.value]))}" if best.value else "all zero"
        lines.append(f"  row {i}: {case.unit} {number(float(case.output))}, {lead}")
    return lines if count <= len(found) else [*lines, f"  and {several(count - len(found), 'more row')}"]
