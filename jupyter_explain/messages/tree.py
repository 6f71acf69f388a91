"""Trees as they travel: the row's way and the largest nodes, with the questions in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Tree
from ..tree_parts import below, shown
from ..words.tree import question

TYPES[Tree] = "tree"
MOST = 900  # nodes
NAME, CUT = 100, 100  # characters


@drawn.register(Tree)
def _tree(e: Tree) -> tuple[dict[str, Any], list[Array]]:
    """Per node: `up` (its parent's place, -1 for the root), `answer` (1: yes), `value`, `cover`, `best` (the most
    likely output), `hidden` (nodes below that are not sent), `way` (1: on it), and `impurity` where known."""
    kept = shown(e, MOST)
    place = {node: k for k, node in enumerate(kept)}
    parents, at = e.parents, np.array(kept, np.intp)
    on = set(map(int, e.path))
    columns = {
        "up": [place.get(int(parents[n]), -1) for n in kept],
        "answer": [int(parents[n] >= 0 and e.yes[parents[n]] == n) for n in kept],
        "value": e.value[at],
        "cover": e.cover[at],
        "best": e.values[at].argmax(1),
        "hidden": [below(e, n) if e.yes[n] >= 0 and int(e.yes[n]) not in place else 0 for n in kept],
        "way": [int(n in on) for n in kept],
    }
    if e.impurity is not None:
        columns["impurity"] = e.impurity[at]
    if e.fidelity is not None:
        columns |= {"fidelity": e.fidelity, "fidelity_stderr": e.fidelity_stderr}
    if e.agreement is not None:
        columns |= {"agreement": e.agreement, "agreement_stderr": e.agreement_stderr}
    layout = {
        "kind": "tree",
        "asks": [_asked(e, n) for n in kept],
        "outputs": [_short(n, NAME) for n in e.outputs] if e.values.shape[1] > 1 else [],
        "nodes": len(e.yes),
        "criterion": e.criterion,
        "depth": int(e.depths.max()),
    }
    return layout | {"arrays": list(columns)}, [np.ascontiguousarray(a, "<f4") for a in columns.values()]


def _asked(e: Tree, node: int) -> list[str] | None:
    """[column, condition of a yes, condition of a no, the row's own value where it is asked]; None for a leaf."""
    if e.yes[node] < 0:
        return None
    name, yes = question(e, node)
    own = e.own.get(int(e.feature[node]), "") if node in e.path else ""
    return [_short(name, NAME), _short(yes, CUT), _short(question(e, node, False)[1], CUT), own]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
