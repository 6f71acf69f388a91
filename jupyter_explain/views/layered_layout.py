"""Boxes in layers from top to bottom, with boxes inside boxes; the front end's layout.ts does the same.

Every open block is laid out on its own and then is one box of the block around it. An arrow that leaves or enters a
block does so through a port on its border, so that it gets a lane of its own on both sides.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Key = Hashable
Size = tuple[float, float]
Point = tuple[float, float]
Link = tuple[Key, Key, Key]  # from, to, and what tells apart arrows between the same two
ACROSS, DOWN = 22.0, 30.0  # between boxes
PAD, HEAD = 12.0, 22.0  # around the inside of a block, and above it for its name
SWEEPS = 16


@dataclass
class Layout:
    """Where boxes are (centre, and y of the upper edge), the lines between them, and the size of the whole."""

    at: dict[Key, Point] = field(default_factory=dict)
    lines: dict[Link, list[Point]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0


def layout(sizes: Mapping[Key, Size], links: Sequence[Link], last: Sequence[Key] = ()) -> Layout:
    """Place boxes, given in an order in which arrows go forward (arrows that go back are left to the caller).

    Args:
        sizes: width and height by key, in order.
        links: arrows.
        last: boxes that belong to the last layer (ports).
    """
    order = {k: i for i, k in enumerate(sizes)}
    forward = [link for link in links if order[link[0]] < order[link[1]]]
    rank = _ranks(sizes, forward, last)
    rows, chains = _rows(sizes, forward, rank)
    wide = {k: sizes[k][0] if k in sizes else 0.0 for row in rows for k in row}
    near = _neighbours(chains)
    _sort(rows, near)
    x = _across(rows, near, wide)
    return _assembled(rows, x, sizes, chains)


def _ranks(sizes: Mapping[Key, Size], links: Sequence[Link], last: Sequence[Key]) -> dict[Key, int]:
    above: dict[Key, list[Key]] = {}
    for a, b, _ in links:
        above.setdefault(b, []).append(a)
    rank: dict[Key, int] = {}
    for k in sizes:
        rank[k] = max((rank[a] + 1 for a in above.get(k, ())), default=0)
    deepest = max(rank.values(), default=0)
    return rank | dict.fromkeys(last, deepest)


def _rows(
    sizes: Mapping[Key, Size], links: Sequence[Link], rank: dict[Key, int]
) -> tuple[list[list[Key]], dict[Link, list[Key]]]:
    """Boxes by layer; arrows over several layers pass through points of their own."""
    rows: list[list[Key]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for k in sizes:
        rows[rank[k]].append(k)
    chains = {}
    for link in links:
        a, b, _ = link
        between = {r: ("lane", *link, r) for r in range(rank[a] + 1, rank[b])}
        for r, lane in between.items():
            rows[r].append(lane)
        chains[link] = [a, *between.values(), b]
    return rows, chains


def _neighbours(chains: Mapping[Link, list[Key]]) -> dict[Key, tuple[list[Key], list[Key]]]:
    """What is directly above and below each box or lane."""
    near: dict[Key, tuple[list[Key], list[Key]]] = {}
    for chain in chains.values():
        for a, b in pairwise(chain):
            near.setdefault(a, ([], []))[1].append(b)
            near.setdefault(b, ([], []))[0].append(a)
    return near


def _sort(rows: list[list[Key]], near: Mapping[Key, tuple[list[Key], list[Key]]]) -> None:
    """Each box near what it is joined to, so that few arrows cross."""
    for sweep in range(4):
        side = sweep % 2
        for row in rows[1:] if side == 0 else rows[-2::-1]:
            place = {k: i for r in rows for i, k in enumerate(r)}
            middle = {k: _mean([place[n] for n in near.get(k, ([], []))[side]], place[k]) for k in row}
            row.sort(key=middle.__getitem__)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _across(
    rows: list[list[Key]], near: Mapping[Key, tuple[list[Key], list[Key]]], wide: Mapping[Key, float]
) -> dict[Key, float]:
    """Centres: drawn to what is above and below in turn, never closer to each other than ACROSS."""
    x: dict[Key, float] = {}
    for row in rows:
        _spread(row, [0.0] * len(row), wide, x)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wish = [_mean([x[n] for n in near.get(k, ([], []))[sweep % 2]], x[k]) for k in row]
            _spread(row, wish, wide, x)
    return x


def _spread(row: list[Key], wish: list[float], wide: Mapping[Key, float], x: dict[Key, float]) -> None:
    """As near to the wishes as the boxes' widths allow, in their order."""
    gaps = [(wide[a] + wide[b]) / 2 + ACROSS for a, b in pairwise(row)]
    left, right = list(wish), list(wish)
    for i, gap in enumerate(gaps):
        left[i + 1] = max(left[i + 1], left[i] + gap)
    for i in range(len(gaps) - 1, -1, -1):
        right[i] = min(right[i], right[i + 1] - gaps[i])
    for k, a, b in zip(row, left, right, strict=True):
        x[k] = (a + b) / 2


def _assembled(
    rows: list[list[Key]], x: dict[Key, float], sizes: Mapping[Key, Size], chains: Mapping[Link, list[Key]]
) -> Layout:
    """Heights, and everything moved so that it begins at 0."""
    found, top = Layout(), 0.0
    span: dict[Key, tuple[float, float]] = {}
    for row in rows:
        high = max((sizes[k][1] for k in row if k in sizes), default=0.0)
        span |= dict.fromkeys(row, (top, top + high))
        top += high + DOWN
    boxes = [(x[k] - w / 2, x[k] + w / 2) for k, (w, _) in sizes.items()] + [(v, v) for k, v in x.items()]
    low = min((a for a, _ in boxes), default=0.0)
    found.width, found.height = max((b for _, b in boxes), default=0.0) - low, max(top - DOWN, 0.0)
    for k, (_, h) in sizes.items():
        upper, lower = span[k]
        found.at[k] = (x[k] - low, (upper + lower - h) / 2)
    for link, chain in chains.items():
        first, *lanes, end = chain
        points = [(found.at[first][0], found.at[first][1] + sizes[first][1])]
        for lane in lanes:
            points += [(x[lane] - low, y) for y in span[lane]]
        found.lines[link] = [*points, found.at[end]]
    return found
