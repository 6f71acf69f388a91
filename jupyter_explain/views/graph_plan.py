"""Where the boxes and arrows of a model's graph go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..explanation import Graph
from .layered_layout import HEAD, PAD, Layout, Link, Point, Size, layout


@dataclass
class Plan:
    """Boxes by node number (left, top, width, height), lines with their words, and the size of the whole."""

    boxes: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)
    lines: list[tuple[list[Point], str, bool]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def opened(e: Graph, most: int) -> set[int]:
    """Blocks to open: as many levels as leave at most so many boxes to be seen."""
    depth: list[int] = []
    for n in e.nodes:
        depth.append(0 if n.parent is None else depth[n.parent] + 1)
    found: set[int] = set()
    for level in range(max(depth, default=0)):
        more = {i for i, n in enumerate(e.nodes) if n.kind == "block" and depth[i] <= level}
        shown = (i for i, n in enumerate(e.nodes) if n.calls and (n.parent is None or n.parent in more))
        seen = sum(i not in more for i in shown)
        if seen > most:
            break
        found = more
    return found


class Planner:
    """Lays out a graph with some of its blocks open. A port is ("in" or "out", block, where the arrow comes from)."""

    def __init__(self, e: Graph, open_: set[int], size: Callable[[int], Size]) -> None:
        self._nodes, self._open, self._size = e.nodes, open_, size
        self._links: dict[int | None, dict[Link, list[str]]] = {}
        self._done: dict[int | None, tuple[Layout, dict[Any, Size]]] = {}
        for a, b, words in e.edges:
            self._link(a, b, words)

    def plan(self) -> Plan:
        """The whole."""
        outer = self._inside(None)
        whole = Plan(width=outer.width, height=outer.height)
        self._draw(None, 0.0, 0.0, whole)
        return whole

    def _chain(self, i: int) -> list[int]:
        """From the outermost block around a node to what is seen of it: the node, or the closed block it is in."""
        chain, at = [i], self._nodes[i].parent
        while at is not None:
            chain.append(at)
            at = self._nodes[at].parent
        chain.reverse()
        shut = next((k for k, n in enumerate(chain) if n not in self._open), len(chain) - 1)
        return chain[: shut + 1]

    def _link(self, a: int, b: int, words: str) -> None:
        """An arrow: a piece in the innermost block around both ends, and one in each block that it leaves or enters."""
        left, right = self._chain(a), self._chain(b)
        same = next((k for k, (x, y) in enumerate(zip(left, right, strict=False)) if x != y), None)
        if same is None:
            return
        source = left[-1]
        self._add(left[same - 1] if same else None, (left[same], right[same], source), words)
        for outer, inner in zip(left[same:], left[same + 1 :], strict=False):
            self._add(outer, (inner, ("out", outer, source), source), "")
        for outer, inner in zip(right[same:], right[same + 1 :], strict=False):
            self._add(outer, (("in", outer, source), inner, source), "")

    def _add(self, around: int | None, link: Link, words: str) -> None:
        said = self._links.setdefault(around, {}).setdefault(link, [])
        if words and words not in said:
            said.append(words)

    def _inside(self, block: int | None) -> Layout:
        """Layout of what is in a block, ports at its upper and lower edge included."""
        links = list(self._links.get(block, {}))
        ports = list(dict.fromkeys(k for link in links for k in link[:2] if isinstance(k, tuple)))
        sizes: dict[Any, Size] = {p: (0.0, 0.0) for p in ports if p[0] == "in"}
        for i, n in enumerate(self._nodes):
            if n.parent == block and n.calls:
                sizes[i] = self._box(i)
        ends = [p for p in ports if p[0] == "out"]
        sizes |= dict.fromkeys(ends, (0.0, 0.0))
        found = layout(sizes, links, ends)
        self._done[block] = found, sizes
        return found

    def _box(self, i: int) -> Size:
        if i not in self._open:
            return self._size(i)
        inner = self._inside(i)
        return max(inner.width, self._size(i)[0]) + 2 * PAD, inner.height + HEAD + PAD

    def _draw(self, block: int | None, left: float, top: float, whole: Plan) -> None:
        found, sizes = self._done[block]
        for key, (wide, high) in sizes.items():
            if isinstance(key, tuple):
                continue
            x, y = found.at[key]
            whole.boxes[key] = (left + x - wide / 2, top + y, wide, high)
            if key in self._open:
                inset = (wide - self._done[key][0].width) / 2
                self._draw(key, left + x - wide / 2 + inset, top + y + HEAD, whole)
        for link, words in self._links.get(block, {}).items():
            back = link not in found.lines
            points = found.lines[link] if not back else [found.at[link[0]], found.at[link[1]]]
            points = [(left + x, top + y) for x, y in points]
            points[0] = self._end(block, "out", link[0], link[2], points[0], whole)
            points[-1] = self._end(block, "in", link[1], link[2], points[-1], whole)
            whole.lines.append((points, " / ".join(words), back))

    def _end(self, block: int | None, word: str, key: Any, source: Any, point: Point, whole: Plan) -> Point:
        """Where an arrow ends: a port's place on the border, also seen from outside."""
        if isinstance(key, tuple) and block is not None:
            _, top, _, high = whole.boxes[block]
            return point[0], top + (high if key[0] == "out" else 0)
        if key not in self._open:
            return point
        inner = self._done[key][0]
        left, _, wide, _ = whole.boxes[key]
        return left + (wide - inner.width) / 2 + inner.at[word, key, source][0], point[1]
