"""What the sampled Shapley methods share: the game, draws, small samples, and the end by enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import Attribution
from ..pace import CHUNK_ROWS
from ..question import MEMORY, Question
from ..rows import Rows, is_frame, length, row_bytes, take
from .draws import ByRow, allot

Array = NDArray[np.float64]
MOST_PLAYERS = 14  # 2^14 coalitions are enumerated; more are sampled
BOOK = 2**21  # coalitions times reference rows whose outputs are kept, where there are no more
MOST_REFERENCES = 10_000  # of more, some stand for all: the outputs of all would cost more than many a budget
MUCH = 5000  # evaluations after which answers need not follow each other as closely
CHUNKS = 4  # calls of the model for one answer, at most, when each may be as large as can be


def whole(q: Question) -> bool:
    """Whether all reference rows are used; of very many, some drawn at random stand for all, and the answer says so."""
    n = length(q.reference)
    if n > MOST_REFERENCES:
        kept = np.sort(q.rng("background").choice(n, MOST_REFERENCES, replace=False))
        q.move(q.model, q.input, take(q.reference, kept), q.where)
        q.note(
            f"{MOST_REFERENCES:,} of the {n:,} baseline rows, drawn at random, stand for all; the error is beside that."
        )
    return n <= MOST_REFERENCES


class Game:
    """The coalition game of a question, without the players that can change nothing.

    A player whose hiding leaves the input as it is, for every reference row, has the Shapley value 0 exactly; leaving
    it out costs no evaluation and shortens every walk.

    Args:
        q: the question.
        ends: whether the game will be enumerated in the end. Then, if it is small, every output is kept: nothing is
            asked twice, and what was sampled is no loss. (A method without an end would draw for ever at no cost.)
    """

    def __init__(self, q: Question, ends: bool = False) -> None:
        self.q, self._ends = q, ends
        self.active = np.flatnonzero(q.masker.changed().any(0))
        self.size = len(self.active)
        self.references = length(q.reference)
        self._base = q.base_outputs.copy() if q.knows_base else np.full(self.references, np.nan)
        small = ends and self.size <= MOST_PLAYERS and self.references << self.size <= BOOK
        self._book = np.full(self.references << self.size, np.nan) if small else None
        self._known = 0

    @property
    def small(self) -> bool:
        """Whether every output is kept, so that nothing need be asked twice."""
        return self._book is not None

    def value(self, masks: NDArray[np.bool_], refs: NDArray[np.intp]) -> Array:
        """Outputs (m,) for coalitions of the active players (m, size), each against one reference row."""
        book = self._book
        if book is None:
            return self._ask(masks, refs)
        entry = (refs << self.size) + masks @ (1 << np.arange(self.size))
        unknown = np.flatnonzero(np.isnan(book[entry]))
        if len(unknown):
            # In the order of the method's draws: some models are faster where neighbours are alike.
            place = np.sort(unknown[np.unique(entry[unknown], return_index=True)[1]])
            book[entry[place]] = self._ask(masks[place], refs[place])
            self._known += len(place)
        return book[entry]

    def _ask(self, masks: NDArray[np.bool_], refs: NDArray[np.intp]) -> Array:
        if self.size == self.q.players:
            return self.q.value(masks, refs)
        full = np.ones((len(masks), self.q.players), bool)
        full[:, self.active] = masks
        return self.q.value(full, refs)

    def base(self, refs: NDArray[np.intp]) -> Array:
        """Outputs of reference rows; each is asked once."""
        new = np.unique(refs[np.isnan(self._base[refs])])
        if len(new):
            self._base[new] = self.value(np.zeros((len(new), self.size), bool), new)
        return self._base[refs]

    def mean_base(self) -> float:
        """Mean output over all reference rows."""
        outputs = self.base(np.arange(self.references))
        if not self.q.knows_base:
            self.q.based(outputs)  # other rows of the same dataset need not ask again
        return float(outputs.mean())

    def deck(self, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
        """Shuffled reference rows for ever: every row is used once before any is used again."""
        while True:
            yield rng.permutation(self.references)

    def answer(self, phi: Array, stderr: Array | None, base: float, **facts: Any) -> Attribution:
        """Values of the active players as an answer about the input."""
        q = self.q
        spread = None if stderr is None else q.masker.share(self._all(stderr))
        return Attribution(
            values=q.masker.share(self._all(phi)),
            stderr=spread,
            base=base,
            output=q.output,
            complete=True,
            **facts,
        )

    def _all(self, phi: Array) -> Array:
        full = np.zeros(self.q.players)
        full[self.active] = phi
        return full

    def trivial(self) -> Attribution | None:
        """The whole answer where at most one player can change anything."""
        if self.size > 1:
            return None
        base = self.mean_base()
        return self.answer(np.full(self.size, self.q.output - base), None, base, error=0.0, error_kind="exact")

    @property
    def exact_cost(self) -> int:
        """Evaluations of all coalitions against one reference row."""
        return int(2**self.size)

    def enumeration(self) -> int:
        """Evaluations that the exact answer still costs."""
        return (self.references << self.size) - self._known if self.size <= MOST_PLAYERS else 2**62

    def countable(self, rows: ByRow | None) -> bool:
        """Whether it is time to enumerate: the exact answer costs no more than has been spent.

        With good estimates against every row, no more than twice that: then the error falls all the way.
        """
        return self._ends and self.enumeration() <= (1 if rows is None else 2) * self.q.evals

    def following(self, cost: int, late: int = 3) -> int:
        """How many draws the next answer takes, at `cost` evaluations each; depends on nothing but those spent.

        A third of what is spent, and one part in `late` of much: few and large calls of the model. But not beyond the
        next round number, where budgets end.
        """
        q = self.q
        part = q.evals // (3 if q.evals < MUCH else late)
        left = round_number(q.evals + cost) - q.evals
        part = left if left < 3 * part // 2 else part
        most = min(CHUNKS * CHUNK_ROWS, MEMORY // 4 // row_bytes(q.x))
        size = max(1, min(most, part) // cost)
        q.upcoming = size * cost
        return size

    def distances(self) -> Array:
        """How far each active player's absence moves it (references, size), in units of its own root mean square.

        Numbers by their difference; everything else by whether it changes.
        """
        q = self.q
        out = q.masker.changed()[:, self.active].astype(float)
        if q.input.kind == "table" and not q.grouped and not isinstance(q.x, tuple):
            for place, j in enumerate(self.active):
                away = _difference(q.x, q.reference, int(j))
                out[:, place] = out[:, place] if away is None else away
        return out / np.sqrt((out**2).mean(0))


def round_number(least: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    scale = int(10 ** (len(str(least)) - 1))
    return next(m * scale for m in (1, 2, 5, 10) if m * scale >= least)


def _difference(x: Rows, rows: Rows, j: int) -> Array | None:
    """Input less reference rows in column j, if these are finite numbers."""
    one, many = (
        (x.iloc[:, j], rows.iloc[:, j]) if is_frame(x) else (x.reshape(1, -1)[:, j], rows.reshape(len(rows), -1)[:, j])
    )
    if not all(isinstance(c.dtype, np.dtype) and c.dtype.kind in "fiu" for c in (one, many)):
        return None
    away = np.asarray(one, float) - np.asarray(many, float)
    return away if np.isfinite(away).all() else None


class Dealer:
    """Reference rows in shuffled rounds, any number at a time."""

    def __init__(self, game: Game, rng: np.random.Generator) -> None:
        self._deck = game.deck(rng)
        self._left = np.empty(0, np.intp)
        self._count = np.zeros(game.references, np.intp)

    def deal(self, n: int, share: Array | None = None) -> NDArray[np.intp]:
        """The next `n` reference rows: in turn, or so that each one's share of all that were dealt is as given."""
        if share is not None:
            out = np.repeat(np.arange(len(share)), allot(self._count, share, n))
        else:
            while len(self._left) < n:
                self._left = np.concatenate([self._left, next(self._deck)])
            out, self._left = self._left[:n], self._left[n:]
        self._count += np.bincount(out, minlength=len(self._count))
        return out


def all_masks(players: int) -> NDArray[np.bool_]:
    """All coalitions (2^players, players); row k holds the binary digits of k, first player first."""
    return (np.arange(2**players)[:, None] >> np.arange(players)[::-1]) & 1 > 0


def shapley_of(values: Array) -> Array:
    """Shapley values (…, d) of games (…, 2^d) given by the outputs of all coalitions in the order of `all_masks`."""
    d = int(np.log2(values.shape[-1]))
    size = all_masks(d).sum(1)
    phi = np.empty((*values.shape[:-1], d))
    for i in range(d):
        bit = 1 << (d - 1 - i)
        without = np.flatnonzero(~(np.arange(2**d) & bit > 0))
        weight = 1.0 / (d * _choose(d - 1)[size[without]])
        phi[..., i] = (values[..., without + bit] - values[..., without]) @ weight
    return phi


def _choose(n: int) -> Array:
    """Binomial coefficients n over 0…n."""
    out = np.ones(n + 1)
    for k in range(1, n + 1):
        out[k] = out[k - 1] * (n - k + 1) / k
    return out


def exact_answers(game: Game, best: Attribution | None = None, rows: ByRow | None = None) -> Iterator[Attribution]:
    """Exact values against one reference row after another; the mean over all of them ends the stream.

    Args:
        game: the game.
        best: a sampled answer, which stands until the enumeration knows better.
        rows: its estimates against every row, of which the enumeration takes the place of one after another.
    """
    masks, d = all_masks(game.size), game.size
    order = game.q.rng("exact").permutation(game.references)
    total, squares, base = np.zeros(d), np.zeros(d), 0.0
    game.q.upcoming = game.exact_cost
    for k, ref in enumerate(order, 1):
        values = game.value(masks[:-1], np.full(len(masks) - 1, ref))
        values = np.append(values, game.q.output)
        phi = shapley_of(values)
        total, squares, base = total + phi, squares + phi**2, base + values[0]
        if k == game.references:
            yield game.answer(total / k, None, base / k, error=0.0, error_kind="exact")
        elif rows is not None:
            rows.settle(ref, phi)
            yield sampled(game, *rows.mean(), game.mean_base())
        else:
            part = _part(game, total / k, squares / k, base / k, k) if k > 1 else unsettled(game, phi, values[0])
            yield best if best is not None and _knows_more(best, part) else part


def sampled(game: Game, phi: Array, variance: Array, freedom: float, base: float) -> Attribution:
    """An answer from means with variances that have degrees of freedom."""
    stderr = np.sqrt(variance) * small_sample(freedom)
    return game.answer(phi, stderr, base, error=float(stderr.max()), error_kind="stderr")


def _knows_more(one: Attribution, other: Attribution) -> bool:
    return one.error_kind != "unknown" and (other.error_kind == "unknown" or one.error < other.error)


def _part(game: Game, mean: Array, square: Array, base: float, k: int) -> Attribution:
    """The mean over k of n reference rows, with its standard error (finite population)."""
    variance = np.maximum(square - mean**2, 0) * k / (k - 1) * (1 - k / game.references)
    stderr = np.sqrt(variance / k) * small_sample(k - 1)
    return game.answer(mean, stderr, base, error=float(stderr.max()), error_kind="stderr")


def unsettled(game: Game, phi: Array, base: float) -> Attribution:
    """A first answer from one draw: complete, but nothing is known yet about its error."""
    return game.answer(phi, None, base, error=float(np.abs(phi).sum()), error_kind="unknown")


def small_sample(freedom: float) -> float:
    """Factor that makes mean ± 1.96 standard errors a 95 % interval with few draws (Student's t, Cornish-Fisher)."""
    if freedom < 3:  # where the expansion is not good enough
        return (12.706 if freedom < 2 else 4.303) / 1.959964
    z, v = 1.959964, freedom
    t = z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    return float((t + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)) / z)
