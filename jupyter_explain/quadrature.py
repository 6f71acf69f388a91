"""Path integrals of a gradient along a line, adaptive and by fixed rules.

The integrand is a vector g(t), 0 ≤ t ≤ 1, whose sum over components is the slope of a known function f(t). Smooth
integrands get nested Gauss-Kronrod panels (spectral accuracy). Integrands with kinks (ReLU networks) get intervals that
are halved where g jumps most; inside an interval the kink is put where the tangents of f at both ends meet, so that
one kink in an interval is integrated exactly. What an interval then misses of the change of f tells of something
steep that no sample has met: it is looked for, and counts as error until it is found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rows import weighted_sum
from .stats import GAUSS_WEIGHTS, KRONROD_NODES, KRONROD_WEIGHTS, gauss_legendre

Array = NDArray[np.float64]
SMOOTH = 1e-3  # largest disagreement of the nested rules, as a share of the integral, that counts as smooth
FLOOR = 4.0  # an error below this many roundings of the integrand's precision is not worth refining
STEEP = 4.0  # times the mean of what is missed: where a sample may find why; spread evenly, no sample will
USUAL = 6.0  # times the median of what is missed, which is no sign of anything
SEARCHED = 200  # samples after which what is missed evenly, everywhere, is taken for hidden from the gradient
BATCH = 8
BIG = 20_000  # components from which samples are kept in single precision


def fixed_rule(rule: str, n: int) -> tuple[Array, Array]:
    """Nodes and weights on [0, 1] of a rule with n panels (a trapezoid has n + 1 nodes); the weights sum to 1."""
    if rule == "gauss-legendre":
        return gauss_legendre(n)
    if rule == "trapezoid":
        weights = np.full(n + 1, 1.0 / n)
        weights[[0, -1]] /= 2
        return np.linspace(0, 1, n + 1), weights
    shift = {"left": 0.0, "midpoint": 0.5, "right": 1.0}[rule]
    return (np.arange(n) + shift) / n, np.full(n, 1.0 / n)


class Quadrature:
    """∫ g(t) dt from samples of g and f; ask `nodes`, evaluate, `add`, and so on.

    Args:
        start, end: f(0) and f(1).
        precision: relative rounding error of the samples.
    """

    def __init__(self, start: float, end: float, precision: float) -> None:
        self.start, self.end, self.precision = start, end, precision
        self.nodes: Array = KRONROD_NODES
        self.settled = False
        self.smooth = True
        self.hidden = False  # f changes by more than g says, everywhere: more samples would not tell why
        self.value: Array = np.empty(0)
        self.error: Array = np.empty(0)
        self._t: Array = np.empty(0)
        self._g: list[Array] = []
        self._f: Array = np.empty(0)
        self._panels: list[_Panel] = []

    def add(self, g: Array, f: Array) -> None:
        """Samples g (k, d) and f (k,) at `nodes`; updates `value`, `error`, `settled` and the next `nodes`."""
        if self.smooth:
            self._add_panels(g, f)
        else:
            self._insert(self.nodes, g, f)
        if not self.smooth:
            self._tangents()
        size = max(float(np.abs(self.value).max()), abs(self.end - self.start) / max(1, self.value.size))
        self.settled = bool(self.error.max() <= FLOOR * self.precision * size) or len(self.nodes) == 0

    def drop(self) -> None:
        """Forget the samples: the value stays, it can no longer be refined."""
        self._g, self._panels, self.settled = [], [], True

    # smooth: panels of nested rules, the worst one halved

    def _add_panels(self, g: Array, f: Array) -> None:
        first = not self._panels
        new = [_Panel(a, b, g[i * 15 : i * 15 + 15]) for i, (a, b) in enumerate(self._asked())]
        self._panels += new
        self.value = np.sum([p.value for p in self._panels], axis=0)
        self.error = np.sum([p.error for p in self._panels], axis=0)
        missed = self._gap()
        coarse = self.error.max() > SMOOTH * np.abs(self.value).max()
        if first and (coarse or missed > SMOOTH * np.abs(self.value).sum()):
            self.smooth = False
            self._insert(KRONROD_NODES, g, f)
            self._panels = []
            return
        self.error = self.error + max(0.0, missed - float(self.error.sum())) * self._shares()
        worst = max(range(len(self._panels)), key=lambda i: float(self._panels[i].error.max()))
        panel = self._panels[worst]
        self._halved = (panel.start, panel.end)
        self.nodes = np.concatenate([a + (b - a) * KRONROD_NODES for a, b in _halves(*self._halved)])

    def _asked(self) -> list[tuple[float, float]]:
        """The panels whose samples are coming in; the one they replace is dropped."""
        if not self._panels:
            return [(0.0, 1.0)]
        self._panels = [p for p in self._panels if (p.start, p.end) != self._halved]
        return _halves(*self._halved)

    def _gap(self) -> float:
        """How far the values are from adding up to the change of f, beyond rounding."""
        rounding = abs(self.start) + abs(self.end) + float(np.abs(self.value).sum())
        return max(0.0, abs(self.end - self.start - float(self.value.sum())) - FLOOR * self.precision * rounding)

    def _shares(self) -> Array:
        """What part of a missed change of f each component may have missed: its part in the value, at most all."""
        whole = abs(float(self.value.sum()))
        return np.minimum(1.0, np.abs(self.value) / whole) if whole else np.ones_like(self.value)

    # kinks: sorted samples, intervals halved where g jumps most

    def _insert(self, t: Array, g: Array, f: Array) -> None:
        kind = np.float32 if g.shape[1] > BIG else np.float64
        order = np.argsort(np.concatenate([self._t, t]), kind="stable")
        rows = self._g + list(g.astype(kind, copy=False))
        self._g = [rows[i] for i in order]
        self._t = np.concatenate([self._t, t])[order]
        self._f = np.concatenate([self._f, f])[order]

    def _tangents(self) -> None:
        g, t, f = np.stack(self._g), self._t, self._f
        slope, width = g.sum(1, dtype=np.float64), np.diff(t)
        left = _meeting(f, slope, width)
        weight = np.zeros(len(t))
        weight[:-1] += left
        weight[1:] += width - left
        weight[0] += _edge(t[0], f[0] - self.start, slope[0])
        weight[-1] += _edge(1 - t[-1], self.end - f[-1], slope[-1])
        self.value = weighted_sum(weight.astype(g.dtype), g)
        jump = np.diff(g, axis=0)
        missed = self._missed(g, f, left * slope[:-1] + (width - left) * slope[1:], width)
        known = _uncertainty(jump, width, g[0] * t[0], g[-1] * (1 - t[-1]), self._ends(f, slope, t))
        unseen = max(2 * float(np.linalg.norm(missed)), self._gap()) * self._shares()
        self.error = np.hypot(known, unseen)
        steep = np.where(missed > STEEP * width * missed.sum(), missed, 0.0)
        self.hidden = len(t) >= SEARCHED and not steep.any() and bool(known.max() < unseen.max() / 10)
        inner = np.maximum(np.linalg.norm(jump, axis=1) * width, steep)
        self.nodes = np.empty(0) if self.hidden else self._worst(inner, g, t, f, slope)

    def _missed(self, g: Array, f: Array, found: Array, width: Array) -> Array:
        """What every interval misses of the change of f, beyond rounding and what most of them miss: f may be noisier
        than its numbers (networks that do a part in single precision), and noise adds up to no change."""
        size, missed = np.abs(g).sum(1, dtype=np.float64), np.abs(np.diff(f) - found)
        rounding = np.abs(f[:-1]) + np.abs(f[1:]) + width * (size[:-1] + size[1:]) / 2
        return np.maximum(0.0, missed - np.maximum(FLOOR * self.precision * rounding, USUAL * np.median(missed)))

    def _ends(self, f: Array, slope: Array, t: Array) -> tuple[float, float]:
        """How wrong a constant g would be before the first and after the last sample, as a share."""
        first = abs(f[0] - self.start - slope[0] * t[0]) / max(abs(slope[0] * t[0]), 1e-300)
        last = abs(self.end - f[-1] - slope[-1] * (1 - t[-1])) / max(abs(slope[-1] * (1 - t[-1])), 1e-300)
        return min(1.0, first), min(1.0, last)

    def _worst(self, inner: Array, g: Array, t: Array, f: Array, slope: Array) -> Array:
        first, last = self._ends(f, slope, t)
        norms = np.linalg.norm(g[[0, -1]], axis=1)
        ends = norms[0] * t[0] * first, norms[1] * (1 - t[-1]) * last
        score = np.concatenate([[ends[0]], inner, [ends[1]]])
        edges = np.concatenate([[0.0], t, [1.0]])
        count = min(max(BATCH, len(t) // BATCH), int((score > 0).sum()))
        chosen = np.sort(np.argsort(-score, kind="stable")[:count])
        return (edges[chosen] + edges[chosen + 1]) / 2


class _Panel:
    """One interval with its nested Gauss (7) and Kronrod (15) sums."""

    def __init__(self, start: float, end: float, g: Array) -> None:
        self.start, self.end = start, end
        self.value = (end - start) * weighted_sum(KRONROD_WEIGHTS, g)
        self.error = np.abs(self.value - (end - start) * weighted_sum(GAUSS_WEIGHTS, g))


def _halves(start: float, end: float) -> list[tuple[float, float]]:
    middle = (start + end) / 2
    return [(start, middle), (middle, end)]


def _meeting(f: Array, slope: Array, width: Array) -> Array:
    """Where in each interval the tangents of f at its ends meet; the middle where they do not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        at = (np.diff(f) - slope[1:] * width) / (slope[:-1] - slope[1:])
    inside = np.isfinite(at) & (at >= 0) & (at <= width)
    return np.where(inside, at, width / 2)


def _edge(width: float, change: float, slope: float) -> float:
    """Weight of the outermost sample: what the known change of f asks for, if that is plausible."""
    weight = change / slope if slope else width
    return weight if 0 <= weight <= 2 * width else width


def _uncertainty(jump: Array, width: Array, first: Array, last: Array, ends: tuple[float, float]) -> Array:
    """Two standard deviations if every kink lay anywhere in its interval (more than the tangents leave)."""
    inner = np.einsum("ij,i->j", np.square(jump, dtype=np.float64), width**2 / 12)
    outer = (first * ends[0]) ** 2 + (last * ends[1]) ** 2
    return 2 * np.sqrt(inner + outer)
