"""Rules: sentences, and beside each a bar for its precision (or mean) and one for its coverage."""

from __future__ import annotations

import math
from typing import Any

from ..explanation import Rule, Rules
from ..words import number, sentence, wrapped
from ..words.rules import coverage, estimate, other_words, rule_words, share
from .canvas import WIDTH, draw, size
from .colors import FOR, ink
from .fonts import minus, write
from .page import body, picture, rendered, text
from .pieces import draw_pieces, size_pieces

LINE = 0.2  # inches
COLUMNS = 60  # characters of a rule's text
WIDE = 105  # characters of a counterexample
LEFT, RIGHT = 0.60, 0.80  # where bars begin and end
COVERS = "#8a949e"
OTHERS = 2  # counterexamples that are drawn


def _blocks(e: Rules) -> list[list[str]]:
    """The lines of each rule's text; an anchor has one for each condition."""
    said = [rule_words(r, i, own=True) for i, r in enumerate(e.rules)]
    if e.kind == "anchor":
        said = [said[0].replace(" AND ", "\nAND ")]
    said = [w.replace(" THEN ", "\nTHEN ") if len(w) > COLUMNS else w for w in said]
    return [[line for part in words.split("\n") for line in wrapped(part, COLUMNS)] for words in said]


@size.register(Rules)
def _size(e: Rules) -> tuple[float, float]:
    if e.pieces is not None:
        return size_pieces(e.pieces, [e.kept, *_hidden(e)])
    return WIDTH, LINE * (1.6 + sum(max(2, len(b)) + 0.7 for b in _blocks(e)) + len(_counter(e)))


def _counter(e: Rules) -> list[str]:
    """A counterexample in words."""
    some = [o for o in e.others if not o.known][:1]
    return [line for o in some for line in wrapped(f"but not, for example, with {other_words(e, o)}", WIDE)]


@draw.register(Rules)
def _draw(e: Rules, ax: Any) -> None:
    ax.set_axis_off()
    if e.pieces is not None:
        others = _hidden(e)
        heads = [f"kept: {e.rules[0].prediction}", *["decided otherwise"] * len(others)]
        draw_pieces(ax, e.pieces, [e.kept, *(~o for o in others)], heads, keep=e.kept)
        return
    paper, blocks = ink(ax), _blocks(e)
    low, high = _limits(e)
    total = 1.6 + sum(max(2, len(b)) + 0.7 for b in blocks) + len(_counter(e))
    ax.set(xlim=(0, 1), ylim=(total, 0))
    place = lambda v: LEFT + (RIGHT - LEFT) * (min(max(v, low), high) - low) / ((high - low) or 1)  # noqa: E731
    top = 1.2
    name = "mean output" if e.rules[0].mean is not None else "precision"
    said = f"{name}: coloured, with its interval; coverage: grey"
    write(ax, (1, 0.35), said, ha="right", va="center", fontsize=8, color=paper.soft)
    for rule, lines in zip(e.rules, blocks, strict=True):
        for k, line in enumerate(lines):
            weight = "bold" if rule.here and e.kind == "list" else "normal"
            write(ax, (0, top + k), minus(line), va="center", fontsize=8.5, weight=weight, color=paper.text)
        _bars(ax, rule, top, place, low)
        if e.wanted is not None:
            ax.plot([place(e.wanted)] * 2, [top - 0.5, top + 0.5], color=paper.text, linewidth=0.8, linestyle=":")
        top += max(2, len(lines)) + 0.7
    for k, line in enumerate(_counter(e)):
        write(ax, (0, top + k), minus(line), va="center", fontsize=8, color=paper.soft)


def _hidden(e: Rules) -> list[Any]:
    return [o.hidden for o in e.others if not o.known][:OTHERS]


def _limits(e: Rules) -> tuple[float, float]:
    """Shares run from 0 to 1; means over what there is."""
    if e.rules[0].mean is None:
        return 0.0, 1.0
    known = [v for r in e.rules for v in (r.low, r.high, r.mean) if v is not None and math.isfinite(v)]
    return min(known), max(known)


def _bars(ax: Any, rule: Rule, top: float, place: Any, low: float) -> None:
    paper = ink(ax)
    value = rule.mean if rule.precision is None else rule.precision
    if value is not None and rule.support:
        if rule.mean is None:
            ax.barh(top, place(value) - LEFT, left=LEFT, height=0.55, color=FOR, linewidth=0)
        else:
            ax.plot([place(value)], [top], "o", color=FOR, markersize=5)
        if math.isfinite(rule.low + rule.high):
            look = {"color": paper.text, "linewidth": 0.9, "marker": "|", "markersize": 5}
            ax.plot([place(rule.low), place(rule.high)], [top, top], **look)
        said = f"{number(value)} ({number(rule.low)} to {number(rule.high)})"
    else:
        said = "no test row"
    wide = (RIGHT - LEFT) * rule.coverage
    ax.barh(top + 1, wide, left=LEFT, height=0.35, color=COVERS, linewidth=0)
    ax.plot([LEFT, LEFT], [top - 0.5, top + 1.4], color=paper.line, linewidth=0.8)
    for k, words in enumerate((said, f"covers {share(rule.coverage)}")):
        colour = paper.soft if k else paper.text
        write(ax, (RIGHT, top + k), minus(words), shift=(8, 0), va="center", fontsize=8, color=colour)


@body.register(Rules)
def _body(e: Rules) -> str:
    rows = [[rule_words(r, i, own=True), estimate(r), coverage(r, e)] for i, r in enumerate(e.rules)]
    table = rendered(["rule", "estimate", "coverage"], rows, [], "")
    return f"<p>{text(sentence(e))}</p>\n{picture(e, sentence(e))}\n{table}"
