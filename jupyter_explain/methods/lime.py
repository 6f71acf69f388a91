"""A linear model fitted around the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution, LocalFit
from ..method import Stream, method
from ..pace import CHUNK_ROWS
from ..params import Between, Choice, Needs, OnlyFor
from ..question import MEMORY, Question
from ..shapley.game import round_number, small_sample
from ..surrogates.neighbours import Neighbourhood, Neighbours, neighbourhood_of
from ..surrogates.regression import Fit, fit

Array = NDArray[np.float64]
LONE = 2  # neighbours that weigh less than so many are one
KEPT = 500  # neighbours that an answer carries, for its picture


@method(
    "LIME",
    cites=("Ribeiro et al. 2016 arXiv:1602.04938", "Garreau and von Luxburg 2020 arXiv:2001.03447"),
)
def lime(
    q: Question,
    *,
    kernel_width: Annotated[float | None, Between(0.01, 100, log=True)] = None,
    distance: Annotated[str, Choice("auto", "euclidean", "cosine"), Needs("cosine", "parts")] = "auto",
    regressor: Annotated[str, Choice("ridge", "lasso", "ols")] = "ridge",
    alpha: Annotated[float | None, Between(0, 1e6)] = None,
    num_features: Annotated[int | None, Between(1, 1000, log=True)] = None,
    neighbourhood: Annotated[
        str, Choice("instance", "training"), OnlyFor("table"), Needs("training", "columns", "training")
    ] = "instance",
) -> Stream:
    """Slopes of a linear model fitted to the outputs of random neighbours, near ones counting more.

    Neighbours of a table row take a Gaussian step in every number (in standard deviations of the baseline rows; whole
    numbers, by their type, stay whole and within the range of those rows, and their standard deviation counts as one
    half at least) and a random baseline value in every category; a number's slope is the change of output per standard
    deviation, a category's is what having this category rather than a random one adds. Of images and groups, parts are
    hidden at random, and a part's slope is shared among its elements. A neighbour at distance D weighs exp(-D² / (2
    width²)). The neighbourhood "training" is the original's: every column from its training values, features that say
    whether the value falls between the same quartiles. A slope is no better than the fit: look at the local R², and at
    the neighbours themselves, which come with the answer (`fit`).

    Settings:
        kernel_width: how fast weights fall with distance; by default 0.75 √columns for tables, 0.25 for players.
        distance: "euclidean" (tables) or "cosine" (players); "auto" takes the usual one.
        regressor: "ridge", "lasso" (many slopes become zero) or "ols" (least squares).
        alpha: penalty; by default 1 for ridge, and for the lasso a tenth of the one that leaves nothing.
        num_features: only so many features, those that come first along the lasso's path (K-LASSO).
        neighbourhood: "instance" (around the input) or "training" (over the training rows, as the original).
    """
    near = neighbourhood_of(q, neighbourhood)
    width = near.width if kernel_width is None else kernel_width
    metric = distance if distance != "auto" else "euclidean" if near.width > 0.25 else "cosine"
    if near.size == 0:
        yield Attribution(values=near.share(np.zeros(0)), output=q.output, error=0.0, error_kind="exact")
        return
    most = MEMORY // (4 * 8 * near.size)
    seen = Neighbours(near.here[None], np.array([q.output]))
    for n in _rounds(q, near.size + 2, most):
        seen = seen.more(*near.draw(n))
        distances = near.distance(seen.features, metric)
        weights = np.exp(-(distances**2) / (2 * width**2))
        found = fit(seen.features, seen.outputs, weights, regressor, alpha, num_features)
        mass = float(weights.sum() ** 2 / (weights**2).sum())
        near_by = _microscope(q, near, seen, found, weights, distances)
        yield _answer(q, near, found, mass, LocalFit(**near_by, mass=mass, width=width, distance=metric))
        if len(weights) > most:
            q.note(f"Stopped after {len(weights):,} neighbours, all that memory may hold.")
            return


def _rounds(q: Question, first: int, most: int) -> Iterator[int]:
    """How many neighbours to add for each answer: half of those there are, because a fit needs all of them anew.

    But not beyond the next round number, where budgets end. Answers that nobody sees are left out: the model then gets
    their neighbours in fewer and larger calls.
    """
    size = done = first
    while True:
        part = max(first, done // 2)
        left = round_number(done + 2) - done - 1  # the input itself is one evaluation
        q.upcoming = following = min(CHUNK_ROWS, left if left < 3 * part // 2 else part)
        together = size + following
        if together > CHUNK_ROWS or done > most or q.evals + together > q.unseen:
            yield size
            size = 0
        size += following
        done += following


def _microscope(
    q: Question, near: Neighbourhood, seen: Neighbours, found: Fit, weights: Array, distances: Array
) -> dict[str, Any]:
    """The fit, and the neighbours that are kept: half by weight, half evenly, the same ones while more are drawn."""
    luck = q.rng("microscope").random(len(weights))
    share = weights / weights.sum() + 1 / len(weights)
    kept = np.sort(np.argsort(-np.log(luck) / share, kind="stable")[:KEPT])
    own = {"features": seen.features, "outputs": seen.outputs, "weights": weights, "distances": distances}
    facts = {"slopes": found.slopes, "intercept": found.intercept, "explained": found.explained}
    return near.facts() | facts | {k: v[kept] for k, v in own.items()} | {"count": len(weights), "output": q.output}


def _answer(q: Question, near: Neighbourhood, found: Fit, mass: float, local: LocalFit) -> Attribution:
    facts: dict[str, Any] = {"values": near.share(found.slopes), "output": q.output, "fit": local}
    facts["notes"] = _facts(found, local)
    if found.explained is None and mass >= LONE:
        return Attribution(error=0.0, error_kind="unknown", **facts)
    freedom = min(found.freedom, mass - near.size)
    if freedom < 2:
        size = float(np.abs(found.slopes).sum()) or abs(q.output)
        return Attribution(error=size, error_kind="unknown", **facts)
    stderr = found.stderr * small_sample(freedom)
    return Attribution(stderr=near.share(stderr), error=float(stderr.max()), error_kind="stderr", **facts)


def _facts(found: Fit, local: LocalFit) -> tuple[str, ...]:
    """What a reader needs to judge the fit."""
    mass = f"{local.count:,} neighbours, weighing as much as {local.mass:,.0f}."
    if found.explained is None and local.mass < LONE:
        return ("One neighbour outweighs all others: nothing can be fitted; choose a wider kernel_width.", mass)
    if found.explained is None:
        return ("The output is the same for all neighbours: nothing to explain here.", mass)
    good = f"Local R² {found.explained:.2f}; intercept {found.intercept:.4g}."
    warn = ("The linear fit explains little of the output nearby: do not rely on the slopes.",)
    return (good, mass, *(warn if found.explained < 0.5 else ()))
