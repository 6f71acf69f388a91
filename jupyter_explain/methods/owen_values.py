"""Owen values: Shapley values when some features come and go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..method import Stream, method
from ..params import Between
from ..question import Question
from ..shapley.blocks import Blocks, blocks_of
from ..shapley.game import Dealer, Game, all_masks, small_sample, unsettled
from ..stats import Mean

Array = NDArray[np.float64]


@method(
    "Owen values",
    axioms=("completeness", "dummy", "linearity"),
    cites=("Owen 1977 doi:10.1007/978-3-642-45494-3_7", "Lopez and Saboya 2009 doi:10.1007/s10100-009-0100-8"),
    blocks=True,
)
def owen_values(q: Question, *, correlation: Annotated[float, Between(0, 1)] = 0.7) -> Stream:
    """Shapley values in two steps: blocks of features share the output, then the features of each block share its part.

    Blocks are what `groups=` says (the dummies of one category, the readings of one sensor), else columns of the
    background that are correlated. While features of a block enter, the rest of their block is absent or present as
    it comes, but no other block is half there: fewer combinations that never occur. Within a block of one, and with
    one block, these are Shapley values. One draw is one order, blocks kept together, and one baseline row, walked
    both ways. Ends exactly, by enumeration, once that costs no more than what has been spent.

    Settings:
        correlation: absolute rank correlation from which columns are one block, where no groups are given.
    """
    game = Game(q)
    trivial = game.trivial()
    if trivial is not None:
        yield trivial
        return
    q.claim(3.0 * game.size**2, f"the walk of {game.size} players", "join columns or pixels with groups=")
    blocks = _active(blocks_of(q, correlation), game)
    best = None
    for best in _sampled(game, blocks):
        yield best
    if best is not None:
        yield from _enumerated(game, blocks, best)


def _active(blocks: Blocks, game: Game) -> Blocks:
    """The blocks in terms of the players that can change anything."""
    place = {int(player): k for k, player in enumerate(game.active)}
    kept = [[place[int(i)] for i in block if int(i) in place] for block in blocks]
    return [np.array(block, np.intp) for block in kept if block]


def _sampled(game: Game, blocks: Blocks) -> Iterator[Attribution]:
    """Draw until the enumeration would have been cheaper."""
    rng, spent, cost = game.q.rng("owen_values"), 0, 2 * (game.size - 1)
    dealer, moments = Dealer(game, rng), Mean(game.size)
    base = game.mean_base()
    for n in game.q.rounds(cost):
        refs, orders = dealer.deal(n), np.array([_order(rng, blocks, game.size) for _ in range(n)])
        both = _walk(game, np.concatenate([orders, orders[:, ::-1]]), np.concatenate([refs, refs]))
        phi = (both[:n] + both[n:]) / 2
        # Every draw sums to output - f(row): what its row's output differs from the mean is shared out equally.
        moments.add(phi + ((game.base(refs) - base) / game.size)[:, None])
        spent += cost * n
        if spent > game.enumeration():
            game.q.upcoming = game.enumeration()
        yield _answer(game, moments, base)
        if spent > game.enumeration():
            return


def _order(rng: np.random.Generator, blocks: Blocks, size: int) -> NDArray[np.intp]:
    """The players in order of entering: blocks in random order, and the players of each."""
    which = rng.permutation(len(blocks))
    return np.concatenate([rng.permutation(blocks[k]) for k in which])


def _walk(game: Game, orders: NDArray[np.intp], refs: NDArray[np.intp]) -> Array:
    """Contributions (n, d) of the players entering in these orders (n, d)."""
    n, d = orders.shape
    ranks = orders.argsort(1)
    masks = ranks[:, None, :] < np.arange(1, d)[None, :, None]
    inside = game.value(masks.reshape(-1, d), np.repeat(refs, d - 1)).reshape(n, d - 1)
    path = np.concatenate([game.base(refs)[:, None], inside, np.full((n, 1), game.q.output)], axis=1)
    return np.take_along_axis(np.diff(path, axis=1), ranks, axis=1)


def _answer(game: Game, moments: Mean, base: float) -> Attribution:
    if moments.count < 2:
        return unsettled(game, moments.mean, base)
    stderr = moments.stderr * small_sample(moments.count - 1)
    return game.answer(moments.mean, stderr, base, error=float(stderr.max()), error_kind="stderr")


def _enumerated(game: Game, blocks: Blocks, best: Attribution) -> Iterator[Attribution]:
    """The exact answer, from all coalitions against every reference row."""
    masks = all_masks(game.size)
    total = np.zeros(len(masks))
    for k in range(game.references):
        total += game.value(masks, np.full(len(masks), k))
    mean = np.append(total[:-1] / game.references, game.q.output)
    phi = owen_of(mean, blocks, game.size)
    yield game.answer(phi, None, float(mean[0]), error=0.0, error_kind="exact")


def owen_of(values: Array, blocks: Blocks, d: int) -> Array:
    """Owen values (d,) of a game given by the outputs (2^d,) of all coalitions in the order of `all_masks`."""
    bit = 1 << np.arange(d)[::-1]
    whole = np.array([bit[block].sum() for block in blocks])
    phi = np.zeros(d)
    for k, block in enumerate(blocks):
        others = np.delete(whole, k)
        outside, outer = _subsets(others)
        for i in block:
            inside, inner = _subsets(bit[block[block != i]])
            at = (outside[:, None] + inside[None, :]).ravel()
            phi[i] = np.outer(outer, inner).ravel() @ (values[at + bit[i]] - values[at])
    return phi


def _subsets(codes: NDArray[np.intp]) -> tuple[NDArray[np.intp], Array]:
    """(sum of the codes of every subset, probability that it comes before a further one in a random order)."""
    n = len(codes)
    masks = all_masks(n)
    size = masks.sum(1)
    choose = np.concatenate([[1.0], np.cumprod((n - np.arange(n)) / (1.0 + np.arange(n)))])
    sums: NDArray[np.intp] = masks.astype(np.intp) @ codes.astype(np.intp)
    return sums, 1 / ((n + 1) * choose[size])
