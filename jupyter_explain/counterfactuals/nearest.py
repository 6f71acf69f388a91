"""The nearest rows of a table that reach a goal: known rows, gradients and random rows, made as small as possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import listed
from ..explanation import Examples, parts
from ..question import Question
from ..rows import copied, length, take
from .goals import Goal, reached, slope_at
from .space import Space

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
STARTS = 512  # known rows that are asked whether they reach the goal
NEAREST = 24  # of those, how many are made as small as possible
GRID = 12  # places tried at once between a changed value and the row's own
SWEEPS = 2  # rounds over the columns of one candidate
CLOUD = 64  # random rows of one attempt
STEPS = 20  # steps along the gradient


class TableSearch:
    """Candidates that reach the goal, and the best of them."""

    def __init__(self, q: Question, space: Space, goal: Goal, count: int) -> None:
        self.q, self.space, self.goal, self.count = q, space, goal, count
        self.rng, self.tried = q.rng("counterfactual"), 0
        self.found: dict[tuple[int, ...], Array] = {}  # the nearest point for each set of changed columns
        self.blocked: list[str] = []  # constraints each of which stands in the way
        self._judged: dict[bytes, tuple[bool, str, float]] = {}

    def starts(self) -> Iterator[Array | None]:
        """Points that reach the goal, likely ones first; None where an attempt found none."""
        space = self.space
        known = space.rows[:: max(1, len(space.rows) // STARTS)][:STARTS]
        near = self._near(known, NEAREST)
        if not near:
            space.lift()
        yield from near
        yield None
        network = self.q.model.net is not None
        if network:
            yield self._along_gradient(space.free)
        for words, wider in space.relaxed():
            if self.found:
                break
            self._test(words, wider)
            yield None
        reach = 0.5
        while True:
            if network:
                yield self._along_gradient(self._some_units())
            yield next(iter(self._near(self._cloud(reach, space), 1)), None)
            reach = 0.5 if reach > 30 else reach * 1.6

    def _near(self, points: Array, most: int) -> list[Array]:
        """Those of the points that reach the goal legally, nearest first."""
        legal = self.space.legal(points)
        good = legal[self._margin(legal) > 0]
        return list(good[np.argsort(self.space.distance(good), kind="stable")[:most]])

    def _cloud(self, reach: float, space: Space) -> Array:
        """Random rows at a distance; a random part of the columns moves."""
        rng = self.rng
        shape = (CLOUD, len(space.x))
        moving = rng.random(shape) < rng.uniform(0.1, 1, (CLOUD, 1))
        moved = space.x + rng.laplace(size=shape) * reach * space.scale
        known = space.rows[rng.integers(len(space.rows), size=CLOUD)]
        moved = np.where(space.numeric, moved, known)
        for unit in space.units:
            if len(unit) > 1:  # what belongs together is taken over from a known row as it is
                moving[:, unit], moved[:, unit] = moving[:, unit[:1]], known[:, unit]
        return np.where(moving, moved, space.x)

    def _test(self, words: str, wider: Space) -> None:
        """Remember a constraint without which some known or random row would do."""
        known = self.space.rows[:: max(1, len(self.space.rows) // CLOUD)][: CLOUD // 2]
        points = wider.legal(np.concatenate([known, self._cloud(4.0, wider)[: CLOUD // 2]]))
        if (self._margin(points) > 0).any():
            self.blocked.append(words)

    def _some_units(self) -> Flags:
        """A random part of the columns: other columns give other examples."""
        some = np.zeros(len(self.space.x), bool)
        for unit in self.space.units:
            some[unit] = self.rng.random() < 0.5
        return np.asarray(some & self.space.free)

    def _along_gradient(self, moving: Flags) -> Array | None:
        """Steps towards the goal, each just as long as a straight line would need (Moosavi-Dezfooli et al. 2016).

        Distances are MAD-scaled, as in Wachter et al. 2017; only the columns `moving` take part.
        """
        space, point = self.space, self.space.x[None].copy()
        for _ in range(STEPS):
            found = slope_at(self.q, self.goal, space.decode(point))
            if found is None:
                return None
            margin, slope = found
            if margin > 0:
                return np.asarray(point[0])
            flat = np.hstack([np.asarray(s, float).reshape(1, -1) for s in parts(slope)])
            steep = flat * space.scale * (space.alone & moving)
            size = float((steep**2).sum())
            if size == 0:
                return None
            point = space.legal(point + 1.1 * (abs(margin) + 1e-3) * steep * space.scale / size)
        return None

    def _margin(self, points: Array) -> Array:
        if not len(points):
            return np.empty(0)
        self.tried += len(points)
        rows = self.space.decode(points)
        scores = self.q.responses(length(rows), lambda part: copied(take(rows, part)), self.q.model.predict)
        return reached(self.q, self.goal, scores)

    @property
    def most(self) -> int:
        """Evaluations that one more candidate may cost."""
        units, columns = len(self.space.units), len(self.space.x)
        return units * (units + 1) // 2 + SWEEPS * GRID * columns + CLOUD + 2 * self.count

    def shrunk(self, start: Array) -> Array:
        """The start with every needless change taken back and the others made small."""
        point = self._sparse(start)
        for _ in range(SWEEPS):
            point = self._closer(point)
        return point

    def _units(self, point: Array) -> list[NDArray[np.intp]]:
        return [u for u in self.space.units if self.space.changed(point)[u].any()]

    def _sparse(self, point: Array) -> Array:
        """Take back one unit after another, the most distant first, as long as the goal stays reached."""
        while len(units := self._units(point)) > 1:
            tries = np.repeat(point[None], len(units), axis=0)
            for row, unit in zip(tries, units, strict=True):
                row[unit] = self.space.x[unit]
            good = np.flatnonzero(self._margin(tries) > 0)
            if not len(good):
                break
            point = tries[good[np.argmin(self.space.distance(tries[good]))]]
        return point

    def _closer(self, point: Array) -> Array:
        """Move each changed number towards the row's own, as far as the goal allows on a grid."""
        for i in np.flatnonzero(self.space.changed(point) & self.space.numeric & self.space.alone):
            tries = np.repeat(point[None], GRID, axis=0)
            tries[:, i] += (self.space.x[i] - point[i]) * np.arange(1, GRID + 1) / (GRID + 1)
            tries = self.space.legal(tries)
            good = np.flatnonzero(self._margin(tries) > 0)
            if len(good):
                point = tries[good[np.argmin(self.space.distance(tries[good]))]]
        return point

    def keep(self, point: Array | None) -> None:
        """Remember a point if it is the nearest with its columns."""
        if point is None:
            return
        key = tuple(int(i) for i in np.flatnonzero(self.space.changed(point)))
        best = self.found.get(key)
        if best is None or self.space.distance(point) < self.space.distance(best):
            self.found[key] = point

    def answer(self) -> Examples:
        """The nearest that change different columns, each decided again by the model."""
        chosen = self._chosen()
        points = np.array([p for p, _, _ in chosen]).reshape(len(chosen), len(self.space.x))
        distances = self.space.distance(points)
        known = length(self.q.data) if self.q.data is not None else length(self.q.reference)
        scale = "median absolute deviations" if known > 1 else "the columns' own units"
        facts: dict[str, Any] = {"error": float(distances.min(initial=np.inf)), "error_kind": "bound"}
        if beyond := self.space.beyond(points):
            facts["notes"] = (f"Beyond the range of the given rows: {listed(beyond, 4)}.",)
        if not len(chosen):
            facts = {"error": 0.0, "error_kind": "unknown"}
        return Examples(
            names=self.space.names,
            original=self.space.values(self.space.x),
            rows=tuple(self.space.values(p) for p in points),
            changed=self.space.changed(points),
            moved=self.space.moves(points),
            distances=distances,
            outputs=np.array([o for _, _, o in chosen]),
            output=self.q.output,
            decision=self.goal.own,
            decisions=tuple(d for _, d, _ in chosen),
            goal=self.goal.words,
            scale=scale,
            tried=self.tried,
            bound=self.space.bound,
            blocked=() if len(chosen) else tuple(self.blocked),
            **facts,
        )

    def _chosen(self) -> list[tuple[Array, str, float]]:
        order = sorted(self.found.items(), key=lambda item: float(self.space.distance(item[1])))
        taken: list[tuple[set[int], tuple[Array, str, float]]] = []
        for key, point in order:
            columns = set(key)
            if any(columns >= other for other, _ in taken):
                continue  # the same change with more to it
            valid, decision, output = self._judge(point)
            if valid:
                taken.append((columns, (point, decision, output)))
            if len(taken) == self.count:
                break
        return [each for _, each in taken]

    def _judge(self, point: Array) -> tuple[bool, str, float]:
        """(whether the model itself decides otherwise, its decision, the target's output)."""
        key = point.tobytes()
        if key not in self._judged:
            rows = self.space.decode(point[None])
            decision = self.goal.decided(rows)[0]
            self._judged[key] = (decision != self.goal.own, decision, float(self.q.outputs(rows)[0]))
        return self._judged[key]
