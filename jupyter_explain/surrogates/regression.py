"""Weighted linear regression with an intercept: ridge, lasso and least squares, with sandwich standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..algebra import product

Array = NDArray[np.float64]
FLAT = 1e-12  # a spread of outputs below this share of their size is rounding
ROUNDS, SETTLED = 10_000, 1e-12  # the lasso's sweeps, and the change (as a share) at which they end


@dataclass(frozen=True)
class Fit:
    """A weighted linear fit.

    Attributes:
        slopes, stderr: (d,) coefficients and their standard errors.
        intercept: the fit where all features are zero.
        explained: weighted R², or None where the outputs do not vary.
        freedom: observations minus coefficients.
    """

    slopes: Array
    stderr: Array
    intercept: float
    explained: float | None
    freedom: int


def fit(
    features: Array, outputs: Array, weights: Array, regressor: str, alpha: float | None, most: int | None = None
) -> Fit:
    """Fit outputs (n,) by features (n, d), with weights (n,).

    Args:
        regressor: "ridge" minimises Σ w r² + alpha |slopes|², "lasso" Σ w r² / (2 Σ w) + alpha Σ |slopes|, and "ols"
            Σ w r².
        alpha: None is 1 for ridge, and for the lasso a tenth of the value at which all slopes are zero.
        most: features that may have a slope: those that come first along the lasso's path (K-LASSO).
    """
    mass = weights.sum()
    centre, mean = weights @ features / mass, float(weights @ outputs / mass)
    x, y = features - centre, outputs - mean
    total = float(weights @ y**2)
    n, d = features.shape
    if total <= mass * (FLAT * max(1e-300, float(np.abs(outputs).max()))) ** 2:
        return Fit(np.zeros(d), np.zeros(d), mean, None, n - d - 1)
    gram, moment = product(x * weights[:, None], x), (weights * y) @ x
    if most is None or most >= d:
        slopes, inverse = _solved(gram, moment, mass, regressor, alpha)
    else:
        slopes, inverse = np.zeros(d), np.zeros((d, d))
        kept = first_of_path(gram, moment, most)
        some = np.ix_(kept, kept)
        slopes[kept], inverse[some] = _solved(gram[some], moment[kept], mass, regressor, alpha)
    rest = y - x @ slopes
    noise = x * (weights * rest)[:, None]
    spread = np.sqrt(np.maximum(0, np.einsum("ij,jk,ki->i", inverse, product(noise, noise), inverse, optimize=True)))
    freedom = n - d - 1
    stderr = spread * np.sqrt(n / freedom) if freedom > 0 else np.full(d, np.inf)
    return Fit(slopes, stderr, mean - float(centre @ slopes), 1 - float(weights @ rest**2) / total, freedom)


def _solved(gram: Array, moment: Array, mass: float, regressor: str, alpha: float | None) -> tuple[Array, NDArray[Any]]:
    """Slopes, and the matrix that turns noise in the moments into noise in the slopes."""
    if regressor == "ols":
        inverse = np.linalg.pinv(gram, hermitian=True)
        return inverse @ moment, inverse
    if regressor == "ridge":
        penalised = gram + (1.0 if alpha is None else alpha) * np.eye(len(gram))
        inverse = np.linalg.pinv(penalised, hermitian=True) if alpha == 0 else np.linalg.inv(penalised)
        return inverse @ moment, inverse
    slopes = lasso(gram / mass, moment / mass, alpha)
    active, inverse = np.flatnonzero(slopes), np.zeros_like(gram)
    inverse[np.ix_(active, active)] = np.linalg.pinv(gram[np.ix_(active, active)], hermitian=True)
    return slopes, inverse


def lasso(gram: Array, moment: Array, alpha: float | None) -> Array:
    """Minimise ½ βᵀ gram β - βᵀ moment + alpha Σ |β| by coordinate descent (Friedman et al. 2010)."""
    alpha = 0.1 * float(np.abs(moment).max()) if alpha is None else alpha
    out, rest = np.zeros(len(moment)), moment.copy()
    size = float(np.abs(moment).max()) or 1.0
    for _ in range(ROUNDS):
        largest = 0.0
        for j in np.flatnonzero(np.diag(gram) > 0):
            old, own = out[j], gram[j, j]
            pull = rest[j] + own * old
            out[j] = np.sign(pull) * max(0.0, abs(pull) - alpha) / own
            if out[j] != old:
                rest -= gram[:, j] * (out[j] - old)
                largest = max(largest, abs(out[j] - old) * own)
        if largest <= SETTLED * size:
            break
    return out


def first_of_path(gram: Array, moment: Array, most: int) -> NDArray[np.intp]:
    """The features that come first along the lasso's path, at most so many (least angle regression, Efron et al. 2004).

    A feature that leaves the path again makes room for another.
    """
    size, slopes = np.diag(gram), np.zeros(len(moment))
    active: list[int] = []
    able, left = size > FLAT * float(size.max(initial=0.0)), False
    for _ in range(8 * most):
        pull = moment - gram @ slopes
        level = np.where(able, np.abs(pull), 0.0)
        if level.max(initial=0.0) <= SETTLED * float(np.abs(moment).max(initial=0.0)):
            break
        level[active] = 0.0
        if not left:
            active.append(int(np.argmax(level)))
        if len(active) == most:
            break
        left = _walk(gram, pull, slopes, active, able)
    return np.array(sorted(active), np.intp)


def _walk(gram: Array, pull: Array, slopes: Array, active: list[int], able: NDArray[np.bool_]) -> bool:
    """Follow the path until another feature pulls as hard as the active ones, or one of them is zero and leaves."""
    own = np.array(active)
    level = float(np.abs(pull[own]).max())
    step = np.linalg.lstsq(gram[np.ix_(own, own)], np.sign(pull[own]), rcond=None)[0]
    falls = gram[:, own] @ step
    others = able.copy()
    others[own] = False
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = np.concatenate([(level - pull) / (1 - falls), (level + pull) / (1 + falls)])
        zero = -slopes[own] / step
    meets = meets[np.concatenate([others, others]) & (meets > SETTLED * level)]
    zero = np.where((slopes[own] != 0) & (zero > 0), zero, np.inf)
    far = min(level, float(meets.min(initial=np.inf)), float(zero.min(initial=np.inf)))
    slopes[own] += far * step
    if not zero.min(initial=np.inf) <= far:
        return False
    gone = int(own[np.argmin(zero)])
    slopes[gone] = 0.0
    active.remove(gone)
    return True
