"""A linear model fitted around the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..method import Stream, method
from ..neighbours import Neighbourhood, neighbourhood_of
from ..pace import CHUNK_ROWS
from ..params import Between, Choice
from ..question import MEMORY, Question
from ..regression import Fit, fit
from ..shapley import small_sample

Array = NDArray[np.float64]


@method(
    "LIME",
    cites=("Ribeiro et al. 2016 arXiv:1602.04938", "Garreau and von Luxburg 2020 arXiv:2001.03447"),
)
def lime(
    q: Question,
    *,
    kernel_width: Annotated[float | None, Between(0.01, 100, log=True)] = None,
    distance: Annotated[str, Choice("auto", "euclidean", "cosine")] = "auto",
    regressor: Annotated[str, Choice("ridge", "lasso", "ols")] = "ridge",
    alpha: Annotated[float | None, Between(0, 1e6)] = None,
    neighbourhood: Annotated[str, Choice("instance", "training")] = "instance",
) -> Stream:
    """Slopes of a linear model fitted to the outputs of random neighbours, near ones counting more.

    Neighbours of a table row take a Gaussian step in every number (in standard deviations of the baseline rows) and
    a random baseline value in every category; a number's slope is the change of output per standard deviation, a
    category's is what having this category rather than a random one adds. Of images and groups, parts are hidden at
    random, and a part's slope is shared among its elements. A neighbour at distance D weighs exp(-D² / (2 width²)).
    The neighbourhood "training" is the original's: every column from its training values, features that say whether
    the value falls between the same quartiles. A slope is no better than the fit: look at the local R².

    Settings:
        kernel_width: how fast weights fall with distance; by default 0.75 √columns for tables, 0.25 for players.
        distance: "euclidean" (tables) or "cosine" (players); "auto" takes the usual one.
        regressor: "ridge", "lasso" (many slopes become zero) or "ols" (least squares).
        alpha: penalty; by default 1 for ridge, and for the lasso a tenth of the one that leaves nothing.
        neighbourhood: "instance" (around the input) or "training" (over the training rows, as the original).
    """
    near = neighbourhood_of(q, neighbourhood)
    width = near.width if kernel_width is None else kernel_width
    metric = distance if distance != "auto" else "euclidean" if near.width > 0.25 else "cosine"
    if near.size == 0:
        yield Attribution(values=near.share(np.zeros(0)), output=q.output, error=0.0, error_kind="exact")
        return
    features, outputs = [near.here[None]], [np.array([q.output])]
    most = MEMORY // (4 * 8 * near.size)
    for n in _rounds(q, near.size + 2):
        new, found = near.draw(n)
        features, outputs = [np.concatenate([*features, new])], [np.concatenate([*outputs, found])]
        weights = np.exp(-(near.distance(features[0], metric) ** 2) / (2 * width**2))
        yield _answer(q, near, fit(features[0], outputs[0], weights, regressor, alpha), weights)
        if len(outputs[0]) > most:
            q.note(f"Stopped after {len(outputs[0]):,} neighbours, all that memory may hold.")
            return


def _rounds(q: Question, first: int) -> Iterator[int]:
    """How many neighbours to add for each answer: half of those there are, because a fit needs all of them anew."""
    size = done = first
    while True:
        q.upcoming = min(CHUNK_ROWS, max(first, done // 2))
        yield size
        size = q.upcoming
        done += size


def _answer(q: Question, near: Neighbourhood, found: Fit, weights: Array) -> Attribution:
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    notes = _facts(found, effective, len(weights))
    facts: dict[str, Any] = {"values": near.share(found.slopes), "output": q.output, "notes": notes}
    if found.explained is None:
        return Attribution(error=0.0, error_kind="unknown", **facts)
    if min(found.freedom, effective - near.size) < 2:
        size = float(np.abs(found.slopes).sum()) or abs(q.output)
        return Attribution(error=size, error_kind="unknown", **facts)
    stderr = found.stderr * small_sample(min(found.freedom, effective - near.size))
    return Attribution(stderr=near.share(stderr), error=float(stderr.max()), error_kind="stderr", **facts)


def _facts(found: Fit, effective: float, n: int) -> tuple[str, ...]:
    """What a reader needs to judge the fit."""
    mass = f"{n:,} neighbours, weighing as much as {effective:,.0f}."
    if found.explained is None:
        return ("The output is the same for all neighbours: nothing to explain here.", mass)
    good = f"Local R² {found.explained:.2f}; intercept {found.intercept:.4g}."
    warn = ("The linear fit explains little of the output nearby: do not rely on the slopes.",)
    return (good, mass, *(warn if found.explained < 0.5 else ()))
