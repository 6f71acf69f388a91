"""A model's graph as it travels: no arrays, and no field that has its usual value."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ..drawn import TYPES, Array, drawn
from ..explanation import Graph, Node

TYPES[Graph] = "graph"
MOST = 1000  # nodes; of larger graphs the innermost blocks stay closed
USUAL = {f.name: f.default for f in fields(Node)}


@drawn.register(Graph)
def _graph(e: Graph) -> tuple[dict[str, Any], list[Array]]:
    """`nodes` with what is not usual about them, `edges` as [from, to, words]."""
    nodes, edges = _cut(e)
    said = [{k: v for k, v in vars(n).items() if v != USUAL[k]} for n in nodes]
    totals = {"parameters": e.parameters, "trainable": e.trainable}
    return {"kind": "graph", "nodes": said, "edges": edges, "arrays": []} | totals, []


def _cut(e: Graph) -> tuple[list[Node], list[list[Any]]]:
    """The graph, without the insides of its deepest blocks as long as there is too much of it."""
    depth = _depths(e)
    most = max(depth, default=0)
    while most and sum(d <= most for d in depth) > MOST:
        most -= 1
    keep = [i for i, d in enumerate(depth) if d <= most]
    place = {i: k for k, i in enumerate(keep)}
    nodes = [_moved(e.nodes[i], place) for i in keep]
    edges = {(place[_up(e, a, depth, most)], place[_up(e, b, depth, most)], w): None for a, b, w in e.edges}
    return nodes, [list(edge) for edge in edges if edge[0] != edge[1]]


def _depths(e: Graph) -> list[int]:
    found: list[int] = []
    for n in e.nodes:
        found.append(0 if n.parent is None else found[n.parent] + 1)
    return found


def _moved(node: Node, place: dict[int, int]) -> Node:
    return node if node.parent is None else replace(node, parent=place[node.parent])


def _up(e: Graph, i: int, depth: list[int], most: int) -> int:
    """The block at that depth that a node is in."""
    while depth[i] > most:
        i = e.nodes[i].parent  # type: ignore[assignment]
    return i
