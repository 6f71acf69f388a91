"""Directions along which a game bends: projection pursuit with Fourier profiles (Friedman and Stuetzle 1981)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..algebra import product

Array = NDArray[np.float64]
PERIOD = 1.2  # of the lowest harmonic, in units of the scores' range: a profile need not end where it begins
TURNS = 30  # power iterations towards an eigenvector: it is a place to start from
ROUNDS = 4  # Gauss-Newton steps for a direction
ROUGH, STIFF = 1e-4, 1e-2  # penalties on the harmonics (times their number squared) and on a step of the direction


def directions(inputs: Array, outputs: Array, harmonics: tuple[int, ...]) -> list[Array]:
    """Weights (d,) of scores `inputs @ weights` whose profiles add up to the outputs, the first one first.

    Every direction is scaled so that its scores span a length of 1.

    Args:
        inputs: (n, d).
        outputs: (n,).
        harmonics: of each profile; fewer directions come back where nothing is left to fit.
    """
    rest, found = outputs - outputs.mean(), []
    centred = inputs - inputs.mean(0)
    spread = product(centred, centred) / len(inputs)
    for k, waves in enumerate(harmonics):
        weights = _slopes(spread, centred, rest) if k == 0 else _bend(centred, rest)
        best = _refined(inputs, rest, weights, waves)
        if best is None:
            break
        found.append(best[0])
        rest = rest - best[1]
    return found


def _slopes(spread: Array, centred: Array, outputs: Array) -> Array:
    """The linear fit: for a ridge function of round data it points the right way."""
    size = max(float(np.trace(spread)) / len(spread), 1e-300)
    pull = _weighted(outputs, centred) / len(outputs)
    return np.asarray(np.linalg.solve(spread + 1e-2 * size * np.eye(len(spread)), pull), float)


def _bend(centred: Array, outputs: Array) -> Array:
    """The direction in which the outputs curve most (principal Hessian direction, Li 1992)."""
    curvature = product(centred * outputs[:, None], centred)
    found = curvature @ np.ones(len(curvature))
    for _ in range(TURNS):
        size = float(np.sqrt((found**2).sum()))
        if size == 0:
            break
        found = curvature @ (curvature @ (found / size))
    return found


def _refined(inputs: Array, outputs: Array, weights: Array, harmonics: int) -> tuple[Array, Array] | None:
    """Direction and its profile's values, by alternating the profile and a step of the direction."""
    best, least = None, np.inf
    for _ in range(ROUNDS):
        scores = _times(inputs, weights)
        reach = float(np.ptp(scores))
        if not np.isfinite(reach) or reach <= 0:
            break
        weights = weights / reach
        fitted, slope = _profile(scores / reach, outputs, harmonics)
        rest = outputs - fitted
        loss = float(rest @ rest)
        if loss < least:
            best, least = (weights, fitted), loss
        weights = weights + _step(slope[:, None] * inputs, rest)
    return best


def _profile(scores: Array, outputs: Array, harmonics: int) -> tuple[Array, Array]:
    """A straight line and harmonics fitted to outputs over scores: values and slopes at the scores."""
    order = np.arange(1, harmonics + 1)
    waves = powers(np.exp(2j * np.pi / PERIOD * scores), harmonics)
    turn = 2j * np.pi / PERIOD * order * waves
    basis = np.column_stack([np.ones(len(scores)), scores, waves.real, waves.imag])
    slopes = np.column_stack([np.zeros(len(scores)), np.ones(len(scores)), turn.real, turn.imag])
    rough = ROUGH * len(scores) * np.concatenate([[0, 0], order, order]) ** 2 / 4
    gram = product(basis, basis) + np.diag(rough + 1e-9 * len(scores))
    found: Array = np.asarray(np.linalg.solve(gram, _weighted(outputs, basis)), float)
    return _times(basis, found), _times(slopes, found)


def _step(jacobian: Array, rest: Array) -> Array:
    gram = product(jacobian, jacobian)
    size = max(float(np.trace(gram)) / len(gram), 1e-300)
    return np.asarray(np.linalg.solve(gram + STIFF * size * np.eye(len(gram)), _weighted(rest, jacobian)), float)


def _times(matrix: Array, vector: Array) -> Array:
    """Matrix times vector on one thread: those of the linear algebra library keep a core busy while they wait."""
    return np.einsum("ij,j->i", matrix, vector)


def _weighted(weights: Array, rows: Array) -> Array:
    """Sum of rows by weight."""
    return np.einsum("i,ij->j", weights, rows)


def powers(unit: NDArray[np.complex128], count: int) -> NDArray[np.complex128]:
    """The powers 1…count of complex numbers, along a new last axis."""
    out = np.empty((*unit.shape, count), np.complex128)
    out[..., 0] = unit
    for k in range(1, count):
        np.multiply(out[..., k - 1], unit, out=out[..., k])
    return out
