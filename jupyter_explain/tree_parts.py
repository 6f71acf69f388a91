"""Which nodes of a large tree are shown: the row's way and the largest ones."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from .explanation import Tree


def shown(e: Tree, most: int) -> list[int]:
    """The row's way with the other side of each step, then the largest nodes, parents first; about `most` of them."""
    found: dict[int, None] = {0: None}
    for node in map(int, e.path[:-1][: most // 2]):
        found |= {int(e.yes[node]): None, int(e.no[node]): None}
    heap: list[tuple[float, int]] = []
    for node in list(found):
        _offer(e, heap, node, found)
    while heap and len(found) + 2 <= most:
        _, node = heappop(heap)
        for child in (int(e.yes[node]), int(e.no[node])):
            found[child] = None
            _offer(e, heap, child, found)
    return list(found)


def _offer(e: Tree, heap: list[tuple[float, int]], node: int, found: dict[int, None]) -> None:
    if e.yes[node] >= 0 and int(e.yes[node]) not in found:
        heappush(heap, (-float(e.cover[node]), node))


def below(e: Tree, node: int) -> int:
    """How many nodes there are below a node."""
    level, count = np.array([node], np.intp), -1
    while len(level):
        count += len(level)
        inner = level[e.yes[level] >= 0]
        level = np.concatenate([e.yes[inner], e.no[inner]])
    return count
