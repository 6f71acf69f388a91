"""Shapley interaction values: what pairs of features do together beyond what each does alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Matrix
from ..method import Stream, method
from ..question import Question
from ..shapley.game import Dealer, Game, all_masks, shapley_of, small_sample
from ..stats import Mean

Array = NDArray[np.float64]
Places = NDArray[np.intp]
MOST = 200  # players; the first answer costs about their square


@method(
    "SHAP interactions",
    needs=("predict", "table"),
    axioms=("dummy", "symmetry", "linearity"),
    most=MOST,
    cites=("Grabisch and Roubens 1999 doi:10.1007/s001820050125", "Lundberg et al. 2020 arXiv:1802.03888"),
    usual=2**16,
)
def shap_interactions(q: Question) -> Stream:
    """Shapley interaction values: each pair's joint effect, with what each column does alone on the diagonal.

    A row of the matrix sums to the column's Shapley value, and the whole matrix to output - base: a pair's interaction
    is shared by its two cells. One draw is a set of orders in which every pair of columns is adjacent exactly once
    (a decomposition of the complete graph into paths), and one baseline row; the second difference at each adjacent
    pair is that pair's sample. Ends exactly, by enumeration, once that costs no more than what has been spent.
    """
    game = Game(q)
    if game.size > MOST:
        rule = f"takes at most {MOST} columns that differ from the baseline; join columns with groups="
        raise refuse(q.who, rule, Phrase(f"{game.size} columns"))
    if game.size < 2:
        yield _answer(game, np.full((game.size, game.size), q.output - game.mean_base()), None)
        return
    yield from _sampled(game)
    yield from _enumerated(game)


def _sampled(game: Game) -> Iterator[Matrix]:
    """Draw until the enumeration would have been cheaper."""
    rng, d = game.q.rng("shap_interactions"), game.size
    paths, dealer, moments = _paths(d), Dealer(game, rng), Mean((d, d))
    base, spent = game.mean_base(), 0
    cost = 2 * (d - 1) * len(paths)
    for n in game.q.rounds(cost):
        for ref in dealer.deal(n):
            moments.add(_draw(game, _relabelled(paths, rng, d), int(ref), base)[None])
        spent += cost * n
        if spent > game.enumeration():
            game.q.upcoming = game.enumeration()
        stderr = moments.stderr * small_sample(moments.count - 1) if moments.count > 1 else None
        yield _answer(game, moments.mean, stderr, exact=False)
        if spent > game.enumeration():
            return


def _paths(d: int) -> Places:
    """Orders (⌈d/2⌉, d or d + 1) in which every pair is adjacent exactly once (Walecki's zigzags, 1883).

    With an odd number of players the last number stands for nobody.
    """
    n = d + d % 2
    zigzag = np.empty(n, np.intp)
    zigzag[0::2] = np.arange(n // 2)
    zigzag[1::2] = np.arange(n - 1, n // 2 - 1, -1)
    return (zigzag + np.arange(n // 2)[:, None]) % n


def _relabelled(paths: Places, rng: np.random.Generator, d: int) -> list[tuple[Places, NDArray[np.bool_]]]:
    """(order of the players, which neighbours (d - 1,) are a pair of the path) under random names."""
    names = rng.permutation(paths.shape[1])
    found = []
    for path in names[paths]:
        real = path < d
        pair = np.ones(d - 1, bool)
        gap = int(np.flatnonzero(~real)[0]) if not real.all() else 0
        if 0 < gap < d:
            pair[gap - 1] = False  # neighbours only because nobody stands between them
        found.append((path[real], pair))
    return found


def _draw(game: Game, orders: list[tuple[Places, NDArray[np.bool_]]], ref: int, base: float) -> Array:
    """One sample of the matrix (d, d)."""
    d = game.size
    masks = np.concatenate([_coalitions(order) for order, _ in orders])
    values = game.value(masks, np.full(len(masks), ref)).reshape(len(orders), 2, d - 1)
    start = float(game.base(np.array([ref]))[0])
    joint, single = np.zeros((d, d)), np.zeros(d)
    for (order, pair), (walk, skipping) in zip(orders, values, strict=True):
        path = np.concatenate([[start], walk, [game.q.output]])
        single[order] += np.diff(path)
        second = path[2:] - path[1:-1] - skipping + path[:-2]
        joint[order[:-1][pair], order[1:][pair]] = second[pair] / 2
    joint += joint.T
    single = single / len(orders) + (start - base) / d
    return joint + np.diag(single - joint.sum(1))


def _coalitions(order: Places) -> NDArray[np.bool_]:
    """The first 1 … d - 1 of the order, then the first 0 … d - 2 with the one after the next."""
    d = len(order)
    rank = order.argsort()
    walk = rank[None] < np.arange(1, d)[:, None]
    skipping = rank[None] < np.arange(d - 1)[:, None]
    skipping[np.arange(d - 1), order[1:]] = True
    return np.concatenate([walk, skipping])


def _enumerated(game: Game) -> Iterator[Matrix]:
    """The exact answer, from all coalitions against every reference row."""
    masks = all_masks(game.size)
    total = np.zeros(len(masks))
    for k in range(game.references):
        total += game.value(masks, np.full(len(masks), k))
    mean = np.append(total[:-1] / game.references, game.q.output)
    yield _answer(game, interactions_of(mean), None)


def interactions_of(values: Array) -> Array:
    """The matrix (d, d) of a game given by the outputs (2^d,) of all coalitions in the order of `all_masks`."""
    d = int(np.log2(len(values)))
    bit, masks = 1 << np.arange(d)[::-1], all_masks(d)
    size = masks.sum(1)
    choose = np.concatenate([[1.0], np.cumprod((d - 2 - np.arange(d - 2)) / (1.0 + np.arange(d - 2)))])
    joint = np.zeros((d, d))
    for i in range(d):
        for j in range(i):
            s = np.flatnonzero(~masks[:, i] & ~masks[:, j])
            second = values[s + bit[i] + bit[j]] - values[s + bit[i]] - values[s + bit[j]] + values[s]
            joint[i, j] = joint[j, i] = second @ (1 / ((d - 1) * choose[size[s]])) / 2
    return joint + np.diag(shapley_of(values) - joint.sum(1))


def _answer(game: Game, values: Array, stderr: Array | None, exact: bool = True) -> Matrix:
    """The matrix of all players; those that can change nothing have zeros."""
    names = tuple(map(str, game.q.masker.players))
    at = np.ix_(game.active, game.active)
    full, errors = np.zeros((len(names), len(names))), None
    full[at] = values
    if stderr is not None:
        errors = np.zeros_like(full)
        errors[at] = stderr
    kind = "exact" if exact else "unknown" if stderr is None else "stderr"
    error = 0.0 if exact else float(np.abs(values).max()) if stderr is None else float(stderr.max())
    facts: dict[str, Any] = {"error": error, "error_kind": kind, "measure": "interaction", "diagonal": "alone"}
    return Matrix(rows=names, columns=names, values=full, stderr=errors, **facts)
