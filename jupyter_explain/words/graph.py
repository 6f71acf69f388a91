"""A model's graph in words."""

from __future__ import annotations

from ..explanation import Graph, Node
from .lines import sentence, title
from .numbers import grouped, several
from .plain import _closing, summary
from .text import joined, shorten

LINES = 40  # of the table


@sentence.register(Graph)
def _sentence(e: Graph) -> str:
    """How many layers and parameters, where most of these are, and what never ran."""
    if e.parameters is None:
        return f"{several(len(e.layers), 'step')}."
    head = f"{several(len(e.layers), 'layer')} with {several(e.parameters, 'parameter')}"
    frozen = e.parameters - (e.trainable or 0)
    some = f" ({grouped(frozen)} frozen)" if frozen else ""
    largest = max(e.layers, key=lambda n: n.own, default=None)
    most = f"; most in {shorten(largest.name)} ({share(largest, e)})" if largest is not None and largest.own else ""
    never = f"; never used: {joined([shorten(n.name) for n in e.idle[:3]])}" if e.idle else ""
    return f"{head}{some}{most}{never}{f' and {len(e.idle) - 3} more' if len(e.idle) > 3 else ''}."


def share(node: Node, e: Graph) -> str:
    """A layer's part of all parameters."""
    return f"{100 * node.own / e.parameters:.0f} %" if e.parameters else ""


def shape_words(node: Node) -> str:
    """`16 × 8 × 8`; a number for each row is `1`."""
    return "" if node.shape is None else " × ".join(map(str, node.shape)) or "1"


@summary.register(Graph)
def _summary(e: Graph) -> str:
    """Title, sentence, and what runs, block by block."""
    depth: dict[int, int] = {}
    rows = []
    for i, n in enumerate(e.nodes):
        depth[i] = 0 if n.parent is None else depth[n.parent] + 1
        if n.kind != "operation":
            rows.append(_line(n, depth[i]))
    head = ("layer", "type", "output", "parameters")
    table = [head, *rows[:LINES]]
    wide = [max(len(row[k]) for row in table) for k in range(4)]
    lines = [
        f"  {a.ljust(wide[0])}  {b.ljust(wide[1])}  {c.ljust(wide[2])}  {d.rjust(wide[3])}".rstrip()
        for a, b, c, d in table
    ]
    more = len(rows) - LINES
    lines += [f"  and {several(more, 'more line')}"] if more > 0 else []
    return "\n".join([title(e), sentence(e), "", *lines, "", *_closing(e)])


def _line(n: Node, depth: int) -> tuple[str, str, str, str]:
    again = f" (run {n.call} of {n.calls})" if n.calls > 1 and n.call else f" ({n.calls} runs)" if n.calls > 1 else ""
    again = " (never ran)" if not n.calls else again
    counted = grouped(n.own) if n.own and n.call in (0, 1) else ""
    return "  " * depth + shorten(n.name) + again, n.type, shape_words(n), counted
