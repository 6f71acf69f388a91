"""The sentences that stand above and below every picture."""

from __future__ import annotations

import math
from functools import singledispatch

import numpy as np

from ..explanation import Attribution, Explanation
from ..tables import Item, Ranking, cases, count_of, items, strongest
from .clear import CLEAR
from .numbers import Signed, number, several, shown
from .text import joined, shorten

CAUTION = "Describes the model, not the world."
ZERO = "All attributions are zero: the input equals the baseline, or the output does not react to it."


def title(e: Explanation) -> str:
    """`Integrated gradients of class 3 (logit 4.81)`."""
    name = e.title or e.method or type(e).__name__
    if not isinstance(e, Attribution):
        return f"{name} of {target(e)}" if e.target else name
    count = count_of(e)
    if count is not None:
        what = "" if e.target == "one per row" or not e.target else f", {target(e)}"
        return f"{name} of {several(count, 'text' if e.layout.kind == 'text' else 'row')}{what}"
    return f"{name} of {target(e)} ({e.unit} {number(float(e.output))})"


def target(e: Explanation) -> str:
    """The target in a sentence: a number is a class."""
    if not e.target or e.target == "output":
        return "the output"
    if e.target == "one per row":
        return "its target"
    return f"class {e.target}" if e.target.isdigit() else shorten(e.target, 40)


@singledispatch
def sentence(e: Explanation) -> str:
    """The one sentence on top, with numbers; every answer type registers its own."""
    return ""


@sentence.register(Attribution)
def _attribution(e: Attribution) -> str:
    """What speaks most for the target, and what against it."""
    if count_of(e) is not None:
        return _batch_sentence(cases(e))
    return _case_sentence(cases(e)[0])


def _case_sentence(case: Attribution) -> str:
    found = [i for i in items(case) if math.isfinite(i.value)]
    if not any(i.value for i in found):
        # A picture whose regions cancel to zero is not a picture of zeros.
        return ZERO if not np.any(case.values) else "Everything cancels out: look at the picture."
    clear = [i for i in found if _is_clear(case, i)]
    if not any(i.value for i in clear):
        return "Nothing differs clearly from zero yet: the standard errors are too large or not known."
    most = max(abs(i.value) for i in clear)
    leading = [i for i in strongest(clear, 50).top if abs(i.value) >= 0.1 * most]
    return _because(case, [i for i in leading if i.value > 0][:2], [i for i in leading if i.value < 0][:2])


def _is_clear(case: Attribution, item: Item) -> bool:
    """Whether the sign is known: always where the method has no standard errors of its parts."""
    if item.stderr is None:
        return case.stderr is None or case.layout.kind in ("image", "series")
    return abs(item.value) >= CLEAR * item.stderr


def _because(case: Attribution, up: list[Item], down: list[Item]) -> str:
    write = Signed([i.value for i in up + down], digits=2)
    lead, other = (up, down) if _size(up) >= _size(down) else (down, up)
    words = joined([named(case, i, write) for i in lead])
    text = f"Mostly because {words} {_verb(case, lead)} {target(case)}"
    if not other:
        opposite = _verb(case, [Item("", None, -lead[0].value)])
        return f"{text}; nothing strong {opposite} it."
    if lead is up:
        return f"{text}, against {named(case, other[0], write)}."
    return f"{text}, while {named(case, other[0], write)} {_verb(case, other[:1])} it."


def _size(side: list[Item]) -> float:
    return abs(side[0].value) if side else 0.0


def _verb(case: Attribution, found: list[Item]) -> str:
    """`speak for`, `speaks against`, `raise` or `lowers`, as the number and sign of the items ask."""
    s = "s" if len(found) == 1 and not found[0].name.startswith("steps ") else ""
    positive = found[0].value > 0
    if target(case) == "the output":
        return f"{'raise' if positive else 'lower'}{s}"
    return f"speak{s} {'for' if positive else 'against'}"


def named(case: Attribution, item: Item, write: Signed) -> str:
    """`worst perimeter = 152.5 (+0.17)`, `the upper left (+3.1)`, `“great” (+1.2)`."""
    own = shown(item.data)
    if case.layout.kind == "text":
        return f"“{shorten(item.name)}” ({write(item.value)})"
    article = "the " if case.layout.kind == "image" else ""
    return f"{article}{shorten(item.name)}{f' = {own}' if own else ''} ({write(item.value)})"


def _batch_sentence(found: list[Attribution]) -> str:
    if not any(np.any(c.values) for c in found):
        return ZERO
    if found[0].layout.kind == "text":
        return _texts_sentence(found)
    listed = [items(c) for c in found[:1]] if found[0].layout.kind in ("table", "text") else [items(c) for c in found]
    values = [c.values for c in found] if len(listed) < len(found) else [[i.value for i in row] for row in listed]
    sizes, names = np.abs(np.array(values, float)).mean(0), [i.name for i in listed[0]]
    best = [Item(names[k], None, float(sizes[k])) for k in np.argsort(-sizes, kind="stable")[:3] if sizes[k]]
    article = "the " if found[0].layout.kind == "image" else ""
    words = [f"{article}{shorten(i.name)} ({number(i.value)})" for i in best]
    return f"On average over the {several(len(found), 'row')}, {joined(words)} matter{'s' * (len(words) == 1)} most."


def _texts_sentence(found: list[Attribution]) -> str:
    """The words with the largest part in all texts together."""
    sizes: dict[str, float] = {}
    for item in (i for case in found for i in items(case)):
        sizes[item.name.casefold()] = sizes.get(item.name.casefold(), 0.0) + abs(item.value) / len(found)
    best = sorted((n for n in sizes if sizes[n]), key=lambda n: -sizes[n])[:3]
    words = [f"“{shorten(n)}” ({number(sizes[n])})" for n in best]
    return f"Over the {several(len(found), 'text')}, {joined(words)} matter{'s' * (len(words) == 1)} most."


def error_words(e: Explanation) -> str:
    """How far the answer may be off."""
    if e.error_kind == "exact":
        return "Exact up to rounding"
    if e.error_kind == "unknown" or not math.isfinite(e.error):
        return "Error not known"
    size = number(e.error, 2)
    return {
        "stderr": f"Error ± {size} (largest standard error)",
        "bound": f"Error at most about {size}",
        "gap": f"Error {size} (completeness gap)",
    }[e.error_kind]


def gap_words(e: Explanation) -> str:
    """By how much the values miss output - base, where the method promises that sum; else nothing."""
    if not isinstance(e, Attribution) or e.gap is None or e.base is None:
        return ""
    gap = np.abs(np.asarray(e.gap, float)).ravel()
    change = np.abs(np.asarray(e.output, float) - np.asarray(e.base, float)).ravel()
    worst = int(np.argmax(gap))
    if gap[worst] <= 1e-12 * max(change[worst], 1.0):
        return "Gap 0"
    return f"{'Largest gap' if len(gap) > 1 else 'Gap'} {number(gap[worst], 2)}{_share(gap[worst], change[worst])}"


def _share(gap: float, change: float) -> str:
    """The gap beside the change that it is a part of."""
    if not change:
        return ""
    percent = 100 * gap / change
    return f" ({'under 0.01' if percent < 0.01 else number(percent, 2)} % of {number(change)})"


def facts(e: Explanation) -> list[str]:
    """Error, gap, cost, baseline and seed: how far to trust an answer and how to get it again."""
    found = [error_words(e), gap_words(e), several(e.evals, "evaluation"), f"seed {e.seed}"]
    if e.baseline:
        found.insert(3, f"baseline: {shorten(e.baseline, 60)}")
    return [f for f in found if f]


def ends(case: Attribution) -> str:
    """`base 0.372, output 0.812`, or nothing where the sum has no meaning."""
    if case.base is None or not case.complete:
        return ""
    return f"base {number(float(case.base))}, output {number(float(case.output))}"


def others(r: Ranking) -> str:
    """Name of the rest row."""
    return several(r.others, "other")


def upper(text: str) -> str:
    """The first letter as a capital."""
    return text[:1].upper() + text[1:]
