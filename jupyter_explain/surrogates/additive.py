"""Additive models: smooth parts of single columns, each with its own penalty, and how far they are known.

A column of numbers gets straight pieces between knots at its quantiles (where there are few values, at every value),
with a penalty on changes of slope and one on the straight rest, which settles what columns that go together share
(Marra and Wood 2011 doi:10.1016/j.csda.2011.02.004); categories get a number each, with a penalty on their size. The
penalties are those of the generalised Fellner-Schall iteration (Wood and Fasiolo 2017 doi:10.1111/biom.12666), which
maximises the restricted likelihood. Bands are those of the Bayesian view of the penalty (Nychka 1988; Marra and Wood
2012 doi:10.1111/j.1467-9469.2011.00760.x), which hold on average over a curve, with the rows' own residuals for the
part of chance (MacKinnon and White 1985 doi:10.1016/0304-4076(85)90158-7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
KNOTS = 20
MOST = 400  # coefficients of all columns together
ROUNDS, SETTLED = 40, 1e-3  # and the change, as a share of the standard deviation, at which they end
BEND = 2.0  # degrees of freedom that the bends of a curve keep
WEAK = 1e-7  # a penalty on everything, so that columns that are copies share their part
SMALLEST, LARGEST = 1e-9, 1e9  # penalties, for columns scaled alike


@dataclass(frozen=True)
class Term:
    """How one column becomes coefficients.

    Attributes:
        knots: (k,) places of the straight pieces, or None for categories, which have `size` codes.
        free: (k, r) what turns r free coefficients into k values whose mean over the rows is zero.
        penalty: (r, r).
        size: number of categories.
        gap: coefficient of missing values (its place in `free`), or None.
    """

    knots: Array | None
    size: int

    @property
    def width(self) -> int:
        """Values at the knots (or of the categories), and one for missing ones."""
        return (self.size if self.knots is None else len(self.knots)) + 1

    def basis(self, values: Array) -> Array:
        """(n, width) for values (n,), NaN where they are missing; straight on beyond the outermost knots."""
        out, gap = np.zeros((len(values), self.width)), np.isnan(values)
        out[gap, -1] = 1
        if self.knots is None:
            rows = np.flatnonzero(~gap)
            out[rows, values[rows].astype(np.intp)] = 1
            return out
        if len(self.knots) == 1:
            out[~gap, 0] = 1
            return out
        known = np.where(gap, self.knots[0], values)
        at = np.clip(np.searchsorted(self.knots, known, "right") - 1, 0, len(self.knots) - 2)
        share = (known - self.knots[at]) / (self.knots[at + 1] - self.knots[at])
        rows = np.flatnonzero(~gap)
        out[rows, at[rows]], out[rows, at[rows] + 1] = 1 - share[rows], share[rows]
        return out

    def roughness(self) -> Array:
        """(width, width): squared changes of slope, or squared sizes of categories; missing values by their size."""
        out = np.zeros((self.width, self.width))
        if self.knots is None:
            return np.eye(self.width)
        out[-1, -1] = 1
        if len(self.knots) < 3:
            return out
        x = (self.knots - self.knots[0]) / (self.knots[-1] - self.knots[0])
        gaps = np.diff(x)
        for k in range(1, len(x) - 1):
            bend = np.zeros(self.width)
            bend[k - 1 : k + 2] = [1 / gaps[k - 1], -1 / gaps[k - 1] - 1 / gaps[k], 1 / gaps[k]]
            bend /= np.sqrt((gaps[k - 1] + gaps[k]) / 2)
            out += np.outer(bend, bend)
        return out


def term_of(values: Array, size: int | None, knots: int) -> Term:
    """The term of a column of numbers, or of `size` categories."""
    if size is not None:
        return Term(None, size)
    known = values[~np.isnan(values)]
    different = np.unique(known)
    if len(different) > knots:
        different = np.unique(np.quantile(known, np.linspace(0, 1, knots), method="inverted_cdf"))
    return Term(different, 0)


@dataclass(frozen=True)
class Fit:
    """A fitted additive model.

    Attributes:
        intercept: mean output.
        parts: per term its values (width,) at knots or categories, of mean zero over the rows.
        covariance: per term that of its values (width, width).
        said: (n,) what it says for the rows that made it.
        penalties: per rule.
    """

    intercept: float
    parts: list[Array]
    covariance: list[Array]
    said: Array
    penalties: Array


class Additive:
    """Rows as coefficients, ready to be fitted and tested."""

    def __init__(self, terms: list[Term], columns: list[Array], y: Array) -> None:
        self.terms, self.y, self.mean = terms, y, float(y.mean())
        bases = [t.basis(c) for t, c in zip(terms, columns, strict=True)]
        self.free = [_centred(b) for b in bases]
        self.ends = np.cumsum([0, *(f.shape[1] for f in self.free)])
        self.x = np.concatenate([b @ f for b, f in zip(bases, self.free, strict=True)], axis=1)
        self.scale = float(np.square(self.x).sum()) / max(1, self.x.shape[1]) or 1.0
        self.rules = self._rules()
        self.most = np.array([self._most(*rule) for rule in self.rules])

    def fit(self) -> Fit:
        """Coefficients with the penalties that the rows ask for."""
        penalties, gram, pull = self.settle()
        inverse: Array = np.asarray(np.linalg.inv(gram + self._penalty(penalties)), float)
        beta = inverse @ pull
        said: Array = self.x @ beta
        covariance = self._covariance(gram, inverse, said)
        parts, spread = [], []
        for free, a, b in zip(self.free, self.ends, self.ends[1:], strict=False):
            parts.append(free @ beta[a:b])
            spread.append(free @ covariance[a:b, a:b] @ free.T)
        return Fit(self.mean, parts, spread, self.mean + said, penalties)

    def _rules(self) -> list[tuple[slice, Array, int]]:
        """(place, matrix, rank) of every penalty: on bends, and on the straight rest, so that no part needs to be."""
        out = []
        for term, free, a, b in zip(self.terms, self.free, self.ends, self.ends[1:], strict=False):
            if a == b:
                continue
            rough, part = free.T @ term.roughness() @ free, self.x[:, a:b]
            size, axes = np.linalg.eigh(rough)
            bent = size > 1e-9 * max(size[-1], 1e-300)
            if bent.any():
                out.append((slice(a, b), rough / size[bent].mean(), int(bent.sum())))
            if not bent.all():
                rest = axes[:, ~bent]
                inside = rest.T @ part.T @ part @ rest / self.scale
                out.append((slice(a, b), rest @ inside @ rest.T, int((~bent).sum())))
        return out

    def _most(self, at: slice, matrix: Array, rank: int) -> float:
        """The largest penalty on bends: one that leaves them `BEND` degrees of freedom.

        Without it a penalty can grow until a weak bend is gone, and with it the band, which takes the penalty as known.
        """
        part = self.x[:, at]
        if rank < matrix.shape[0]:
            size, axes = np.linalg.eigh(matrix)
            keep = size > 1e-9 * size[-1]
            if rank <= 2 or not keep.any():
                return LARGEST
            turned = axes[:, keep] / np.sqrt(size[keep])
            part, matrix = part @ turned, np.eye(int(keep.sum()))
        if rank <= 2:
            return LARGEST
        values = np.linalg.eigvalsh(part.T @ part) / self.scale
        tries = np.geomspace(LARGEST, SMALLEST, 181)
        left = (values[None, :] / (values[None, :] + tries[:, None])).sum(1)
        return float(tries[np.argmax(left >= BEND)])

    def settle(self) -> tuple[Array, Array, Array]:
        """(penalties, gram, pull): every penalty, until what is said no longer moves."""
        gram, pull = self.x.T @ self.x, self.x.T @ (self.y - self.mean)
        penalties, said = np.full(len(self.rules), 1e-3), np.zeros(len(self.y))
        for _ in range(ROUNDS):
            inverse = np.linalg.inv(gram + self._penalty(penalties))
            beta, before = inverse @ pull, said
            said = self.x @ beta
            if np.square(said - before).mean() <= SETTLED**2 * np.square(self.y - self.mean).mean():
                break
            noise = self._noise(gram, inverse, said)
            penalties = np.array([self._next(k, p, inverse, beta, noise) for k, p in enumerate(penalties)])
        return penalties, gram, pull

    def _next(self, k: int, penalty: float, inverse: Array, beta: Array, noise: float) -> float:
        """The update of one penalty."""
        at, matrix, rank = self.rules[k]
        spent = rank - penalty * self.scale * float(np.einsum("ij,ji->", inverse[at, at], matrix))
        bend = self.scale * float(beta[at] @ matrix @ beta[at])
        wish = noise * max(spent, 1e-12) / max(bend, 1e-300)
        return float(np.clip(wish, max(SMALLEST, penalty / 100), min(self.most[k], penalty * 100)))

    def _penalty(self, penalties: Array) -> Array:
        out = WEAK * self.scale * np.eye(int(self.ends[-1]))
        for penalty, (at, matrix, _) in zip(penalties, self.rules, strict=True):
            out[at, at] += penalty * self.scale * matrix
        return out

    def _covariance(self, gram: Array, inverse: Array, said: Array) -> Array:
        """What chance does, from the rows' own residuals (what is left over need not be alike everywhere: it is
        interaction), and what smoothing may have flattened, by the penalty."""
        rest = self.y - self.mean - said
        pull = self.x @ inverse
        lever = np.clip(np.einsum("ij,ij->i", pull, self.x) + 1 / len(rest), 0, 0.9)
        chance = pull * (rest / (1 - lever))[:, None]
        noise = self._noise(gram, inverse, said)
        return chance.T @ chance + noise * (inverse - inverse @ gram @ inverse)

    def _noise(self, gram: Array, inverse: Array, said: Array) -> float:
        """Variance of what the parts leave over, by the degrees of freedom that are left."""
        used = 1 + float(np.einsum("ij,ji->", inverse, gram))
        rest = self.y - self.mean - said
        return float(rest @ rest) / max(len(rest) - used, 1.0) + 1e-18 * float(np.var(self.y)) + 1e-300

    def held_out(self, penalties: Array, folds: int) -> Array:
        """(n,) what is said about every row by a fit to the other folds; the rows are in random order."""
        fold, out, penalty = np.arange(len(self.y)) % folds, np.empty(len(self.y)), self._penalty(penalties)
        for k in range(folds):
            made, left = fold != k, fold == k
            centre, mean = self.x[made].mean(0), float(self.y[made].mean())
            x = self.x[made] - centre
            beta = np.linalg.solve(x.T @ x + penalty, x.T @ (self.y[made] - mean))
            out[left] = mean + (self.x[left] - centre) @ beta
        return out


def _centred(basis: Array) -> Array:
    """(width, r): coefficients whose part has mean zero over the rows; none for what never occurs."""
    occurs = np.flatnonzero(np.abs(basis).sum(0) > 0)
    mean = basis[:, occurs].mean(0)
    out = np.zeros((basis.shape[1], max(len(occurs) - 1, 0)))
    if len(occurs) > 1:
        out[occurs] = np.linalg.svd(mean[None, :])[2][1:].T
    return out
