"""Layer-wise relevance propagation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from numbers import Real
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from ..errors import listed, refuse
from ..explanation import Attribution, parts
from ..inside.layered import LAYER, at_layer
from ..method import Stream, method
from ..normalization import value_range
from ..params import Between, Free, When
from ..question import Question
from ..rows import each

if TYPE_CHECKING:
    from ..models.backward.lrp_rules import Numbers

RULES = {  # and their numbers
    "epsilon": ("epsilon",),
    "gamma": ("gamma",),
    "zplus": (),
    "alphabeta": ("alpha", "beta"),
    "flat": (),
    "wsquare": (),
    "zbox": ("low", "high"),
}
COMPOSITES: dict[str, dict[Any, str]] = {
    "epsilon-plus": {"conv": "zplus", "*": "epsilon"},
    "epsilon-plus-flat": {0: "flat", "conv": "zplus", "*": "epsilon"},
    "epsilon-alphabeta": {"conv": "alphabeta", "*": "epsilon"},
    "epsilon-gamma-box": {0: "zbox", "conv": "gamma", "*": "epsilon"},
}


@method(
    "LRP",
    needs=("gradient", "layers"),
    cites=(
        "Bach et al. 2015 doi:10.1371/journal.pone.0130140",
        "Arras et al. 2017 arXiv:1706.07206",
        "Montavon et al. 2019 doi:10.1007/978-3-030-28954-6_10",
        "Andéol et al. 2021 arXiv:2106.13037",
        "Achtibat et al. 2024 arXiv:2402.05602",
    ),
    exact=True,
    baseline=False,
)
def lrp(
    q: Question,
    *,
    rules: Annotated[Any, Free("a rule, a composite, or rules by place", text=True)] = "epsilon",
    epsilon: Annotated[float, Between(0.0, 1e3)] = 1e-6,
    gamma: Annotated[float, Between(0.0, 1e3), When("rules", "gamma", "epsilon-gamma-box")] = 0.25,
    alpha: Annotated[float, Between(1.0, 1e3), When("rules", "alphabeta", "epsilon-alphabeta")] = 2.0,
    box: Annotated[Any, Free("lowest and highest input value")] = None,
    at: LAYER = None,
) -> Stream:
    """The output itself, shared out backwards layer by layer, each in proportion to what its inputs contributed.

    One forward and one backward pass. The rules trade fidelity for quiet: "epsilon" with a small epsilon is close to
    input × gradient, "gamma", "zplus" and "alphabeta" favour what supports the output, "flat", "wsquare" and "zbox"
    are for the first layer. Batch norms are folded into the layer before them; in
    recurrent layers, what a gate lets through gets all and the gate nothing. What biases and stabilisers absorb is
    missing from the sum, and a note says how much; there is no baseline, so zero inputs get nothing under most rules.

    Settings:
        rules: a rule's name, a composite ("epsilon-plus", "epsilon-plus-flat", "epsilon-alphabeta",
            "epsilon-gamma-box"), or a mapping from layer name, module type, position, "conv", "linear" or "*" to a
            rule, (rule, its numbers in order), as ("gamma", 0.25), ("alphabeta", 2, 1), ("zbox", -1, 1), or
            (rule, {number: value}).
        epsilon: what pushes denominators away from zero.
        gamma: extra weight of supporting contributions ("gamma").
        alpha: weight of supporting contributions ("alphabeta"); beta is alpha - 1.
        box: (low, high) bounds of the input for "zbox"; by default the range that the input's values live in.
        at: a layer, whose output is then explained instead of the input; positions count from there.
    """
    from ..models.backward import Lrp
    from ..models.backward.book import Book
    from ..models.backward.lrp_rules import Numbers

    at_layer(q, at)
    low, high = _box(q, box)
    default = Numbers("epsilon", epsilon, gamma, alpha, alpha - 1, low, high)
    rule = Lrp(q.who, Book(q.who, _entries(q.who, rules, default)), epsilon)
    output, relevance = q.gradient(q.x, rule=rule)
    q.require_reaction(relevance)
    values = each(lambda r: np.asarray(r, float), relevance)
    missing = float(output[0]) - sum(float(v.sum()) for v in parts(values))
    notes = [f"Of the output {output[0]:.4g}, {missing:.4g} is not in the sum (biases, stabilisers)."]
    if rule.plain:
        notes.append(f"No rule for {listed(sorted(rule.plain))}: shared out by input times gradient.")
    yield Attribution(values=values, output=float(output[0]), error=0.0, error_kind="exact", notes=tuple(notes))


def _box(q: Question, box: Any) -> tuple[float, float]:
    if box is None and q.input.normalization is not None:
        return q.input.normalization.ends
    if box is None:
        ranges = [value_range(np.asarray(a)) for a in parts(q.x)]
        return min(r[0] for r in ranges), max(r[1] for r in ranges)
    try:
        low, high = (float(v) for v in box)
    except (TypeError, ValueError):
        raise refuse(q.who, "box must be two numbers (low, high)", box) from None
    if not low < high:
        raise refuse(q.who, "box must be two numbers, low below high", box)
    return low, high


def _entries(who: str, rules: Any, default: Numbers) -> dict[Any, Numbers]:
    """Every place's rule with its numbers."""
    if isinstance(rules, str) and rules in COMPOSITES:
        rules = COMPOSITES[rules]
    entries = dict(rules) if isinstance(rules, Mapping) else {"*": rules}
    return {key: _numbers(who, value, default) for key, value in ({"*": "epsilon"} | entries).items()}


def _numbers(who: str, value: Any, default: Numbers) -> Numbers:
    name, *given = value if isinstance(value, (tuple, list)) and len(value) else (value,)
    more: Any = given[0] if len(given) == 1 and not isinstance(given[0], Real) else given
    if not isinstance(name, str) or name not in RULES:
        choices = f"{listed(map(repr, RULES))}, a composite ({listed(map(repr, COMPOSITES))})"
        raise refuse(who, f"rules must be {choices}, or a mapping from places to rules", value)
    if isinstance(more, list):
        more = _in_order(who, name, more)
    known = [f.name for f in fields(default) if f.name != "rule"]
    if not isinstance(more, Mapping) or not set(more) <= set(known):
        raise refuse(who, f"rules: the numbers of a rule are {listed(known)}", more)
    if "alpha" in more and "beta" not in more:
        more = {**more, "beta": more["alpha"] - 1}
    return replace(default, rule=name, **more)


def _in_order(who: str, name: str, given: list[Any]) -> dict[str, float]:
    """A rule's numbers by name, from a list in their order."""
    known = RULES[name]
    if len(given) > len(known) or not all(isinstance(v, Real) and not isinstance(v, bool) for v in given):
        rule = f"rules: the numbers of {name!r} are {listed(known)}" if known else f"rules: {name!r} has no numbers"
        raise refuse(who, rule, tuple(given))
    return dict(zip(known, map(float, given), strict=False))
