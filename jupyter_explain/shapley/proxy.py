"""A cheap game that resembles the asked one and whose Shapley values are known: what is left is easier to sample.

Only the odd part of a game, (v(S) - v(not S)) / 2, has to do with Shapley values (an even game has none), and whatever
is additive cancels in every pair of coalitions. The proxy therefore consists of what makes pairs disagree:

* ridge functions: waves over a score to which every absent player adds its distance from the reference row, times a
  weight. A wave is a product over the players, and the Shapley values of a product are an integral of a polynomial,
  which Gauss-Legendre nodes give exactly;
* products of three players' distances, whose Shapley values are equal thirds.

Control variates with exactly known means (Witter and Musco 2025 arXiv:2506.11849 adjust by regression the same way).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..algebra import product, times
from ..stats import gauss_legendre
from .pursuit import PERIOD, directions, powers

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
Waves = NDArray[np.complex128]
HARMONICS = (12, 6)  # waves of the first ridge function, and of the second
STRONG = 8  # players whose triples are used: 56 of them
MOST_NODES = 32
MOST_PLAYERS = 128
VALUES = 64 * 2**20  # bytes of the terms' Shapley values
FOLDS = 5  # no draw is corrected with coefficients that it helped to find
CELLS = 2**20  # complex numbers held at a time
PENALTY = 0.1
STEPS = 40  # of the conjugate gradients
TURN = 2j * np.pi / PERIOD


@dataclass(frozen=True)
class Ridge:
    """Waves e^{i k θ s}, k = 1…harmonics, over the score s of a coalition: the sum of `absent` over absent players.

    Attributes:
        absent: (references, players).
        harmonics: number of waves.
    """

    absent: Array
    harmonics: int

    @property
    def terms(self) -> int:
        """Number of coefficients: a real and an imaginary part for every harmonic."""
        return 2 * self.harmonics

    def odd(self, masks: Flags, refs: Ints) -> Array:
        """Odd parts (n, terms) for coalitions (n, players) against reference rows (n,)."""
        return self._odd(self._unit(masks, refs), self._total(refs))

    def along(self, ranks: Ints, refs: Ints, players: Ints) -> Array:
        """Contributions (n, players, terms) of some players as all enter by rank, mean of both ways."""
        total = self._total(refs)
        path = self._odd(self._path(ranks, refs, total), total[:, None])
        rank, draw = ranks[:, players], np.arange(len(ranks))[:, None]
        return path[draw, rank + 1] - path[draw, rank]

    def odd_sum(self, masks: Flags, refs: Ints, weights: Array) -> Array:
        """`odd` times the coefficients: (n,)."""
        return _horner(self._unit(masks, refs), _odd_factors(self._total(refs), weights))

    def along_sum(self, ranks: Ints, refs: Ints, weights: Array) -> Array:
        """`along` times the coefficients: (n, players)."""
        total = self._total(refs)
        path = self._path(ranks, refs, total)
        steps = np.diff(_horner(path, _odd_factors(total, weights)[:, None]), axis=1)
        return np.take_along_axis(steps, ranks, axis=1)

    def values(self) -> Array:
        """Shapley values of all terms (references, players, terms)."""
        out, d = np.empty((*self.absent.shape, self.terms)), self.absent.shape[1]
        nodes, shares = gauss_legendre(min(MOST_NODES, 2 * ((d + 3) // 4)))  # even: no node where a factor can vanish
        step = max(1, CELLS // (len(nodes) * d))
        for start in range(0, len(out), step):
            part = slice(start, start + step)
            found = _product_values(self._turns[part], nodes, shares, self.harmonics)
            out[part] = np.concatenate([found.real, found.imag], axis=-1)
        return out

    @cached_property
    def _turns(self) -> Waves:
        """e^{iθ absent} of every player against every reference row."""
        return np.exp(TURN * self.absent)

    def _total(self, refs: Ints) -> Waves:
        """e^{iθ s} of the empty coalition."""
        return np.exp(TURN * self.absent.sum(1))[refs]

    def _unit(self, masks: Flags, refs: Ints) -> Waves:
        """e^{iθ s} of coalitions."""
        return np.exp(TURN * np.einsum("ij,ij->i", ~masks, self.absent[refs]))

    def _path(self, ranks: Ints, refs: Ints, total: Waves) -> Waves:
        """e^{iθ s} along the way from the empty to the full coalition (n, players + 1)."""
        out = np.empty((len(ranks), ranks.shape[1] + 1), np.complex128)
        out[:, 0] = total
        np.put_along_axis(out[:, 1:], ranks, self._turns.conj()[refs], axis=1)
        return np.multiply.accumulate(out, axis=1)

    def _odd(self, unit: Waves, total: Waves) -> Array:
        half = (powers(unit, self.harmonics) - powers(total * unit.conj(), self.harmonics)) / 2
        return np.concatenate([half.real, half.imag], axis=-1)


def _complex(weights: Array) -> Waves:
    """Coefficients of real and imaginary parts as complex ones, of which the real part of the product counts."""
    real, imaginary = np.split(weights, 2)
    return real - 1j * imaginary


def _odd_factors(total: Waves, weights: Array) -> Waves:
    """Factors (n, harmonics) of the odd part's waves: the complement's wave is the conjugate one times the total's."""
    factors = _complex(weights)
    return (factors - factors.conj() * powers(total.conj(), len(factors))) / 2


def _horner(unit: Waves, factors: Waves) -> Array:
    """Σ Re(factors_k unitᵏ)."""
    out = np.broadcast_to(factors[..., -1], unit.shape).copy()
    for k in range(factors.shape[-1] - 2, -1, -1):
        out *= unit
        out += factors[..., k]
    out *= unit
    return out.real


def _product_values(turn: Waves, nodes: Array, shares: Array, harmonics: int) -> Waves:
    """Shapley values (n, players, harmonics) of the games Π over absent players of turnᵏ.

    A player's value is the integral over t of its own change times Π over the others of (t + (1 - t) turnᵏ): every
    other player is present with probability t.
    """
    out = np.empty((*turn.shape, harmonics), np.complex128)
    t, share, power = nodes[:, None, None], shares[:, None], np.ones_like(turn)
    for k in range(harmonics):
        power = power * turn
        mixed = t + (1 - t) * power
        whole = mixed.prod(-1) * share
        out[..., k] = (1 - power) * (whole[..., None] / mixed).sum(0)
    return out


@dataclass(frozen=True)
class Triples:
    """Products c_i c_j c_k of three players' signs (± 1/2), times their distances.

    Attributes:
        strong: players that take part.
        near: their distances (references, strong).
        players: number of all players.
    """

    strong: Ints
    near: Array
    players: int

    @cached_property
    def places(self) -> Ints:
        """The three members (terms, 3) as places among the strong."""
        return np.array(list(combinations(range(len(self.strong)), 3)), np.intp).reshape(-1, 3)

    @cached_property
    def members(self) -> Ints:
        """The three members (terms, 3) as players."""
        return self.strong[self.places]

    @cached_property
    def size(self) -> Array:
        """Products of the distances (references, terms)."""
        return self.near[:, self.places].prod(2)

    @property
    def terms(self) -> int:
        """Number of coefficients."""
        return len(self.places)

    def odd(self, masks: Flags, refs: Ints) -> Array:
        """Odd parts (n, terms): the products are odd already."""
        i, j, k = self.members.T
        return np.where(masks[:, i] ^ masks[:, j] ^ masks[:, k], 0.125, -0.125) * self.size[refs]

    def odd_sum(self, masks: Flags, refs: Ints, weights: Array) -> Array:
        """`odd` times the coefficients: (n,)."""
        i, j, k = self.places.T
        one, other = np.triu_indices(len(self.strong), 1)
        pair = np.zeros((len(self.strong),) * 2, np.intp)
        pair[one, other] = np.arange(len(one))
        table = np.zeros((len(one), len(self.strong)))
        table[pair[i, j], k] = weights
        signed = (masks[:, self.strong] - 0.5) * self.near[refs]
        return np.einsum("ij,ij->i", times(signed[:, one] * signed[:, other], table), signed)

    def along(self, ranks: Ints, refs: Ints, players: Ints) -> Array:
        """Contributions (n, players, terms) of some players: the middle one of three takes back what came first."""
        size, middle = self.size[refs], self._middle(ranks)
        out = np.zeros((len(ranks), len(players), self.terms))
        for place in range(3):
            mine = np.where(middle == place, -0.25, 0.25) * size
            seat, term = np.nonzero(players[:, None] == self.members[:, place])
            out[:, seat, term] = mine[:, term]
        return out

    def along_sum(self, ranks: Ints, refs: Ints, weights: Array) -> Array:
        """`along` times the coefficients: (n, players)."""
        size, middle = self.size[refs] * weights, self._middle(ranks)
        out = np.zeros(ranks.shape)
        for place in range(3):
            order, seats, start = self._by_seat[place]
            mine = np.where(middle == place, -0.25, 0.25) * size
            out[:, seats] += np.add.reduceat(mine[:, order], start, axis=1)
        return out

    def values(self) -> Array:
        """Shapley values of all terms (references, players, terms): a third of 1/4 for each of the three."""
        out = np.zeros((len(self.size), self.players, self.terms))
        for place in range(3):
            out[:, self.members[:, place], np.arange(self.terms)] = self.size / 12
        return out

    @cached_property
    def _by_seat(self) -> list[tuple[Ints, Ints, Ints]]:
        """For each place in a triple: the terms ordered by player, the players, and where each one's terms begin."""
        orders = [np.argsort(m, kind="stable") for m in self.members.T]
        return [(o, *np.unique(m[o], return_index=True)) for o, m in zip(orders, self.members.T, strict=True)]

    def _middle(self, ranks: Ints) -> Ints:
        """Which of the three enters second (n, terms)."""
        i, j, k = (ranks[:, m] for m in self.members.T)
        return np.where((i > j) ^ (i > k), 0, np.where((j > i) ^ (j > k), 1, 2))


class Basis:
    """All terms of a proxy, without their coefficients.

    Attributes:
        values: Shapley values of all terms (references, players, terms).
    """

    def __init__(self, parts: list[Ridge | Triples]) -> None:
        self.parts = parts
        self.values = np.concatenate([p.values() for p in parts], axis=2)
        self._cuts = np.cumsum([p.terms for p in parts])[:-1]

    def odd(self, masks: Flags, refs: Ints) -> Array:
        """Odd parts of all terms (n, terms)."""
        return np.concatenate([p.odd(masks, refs) for p in self.parts], axis=1)

    def along(self, ranks: Ints, refs: Ints, players: Ints) -> Array:
        """Contributions of all terms (n, players, terms)."""
        return np.concatenate([p.along(ranks, refs, players) for p in self.parts], axis=2)

    def odd_sum(self, masks: Flags, refs: Ints, weights: Array) -> Array:
        """Odd parts (n,) of the proxy with these coefficients, for coalitions against reference rows."""
        return np.sum([p.odd_sum(masks, refs, w) for p, w in self._split(weights)], axis=0)

    def along_sum(self, ranks: Ints, refs: Ints, weights: Array) -> Array:
        """Contributions (n, players) to the proxy with these coefficients, as players enter by rank."""
        return np.sum([p.along_sum(ranks, refs, w) for p, w in self._split(weights)], axis=0)

    def _split(self, weights: Array) -> list[tuple[Ridge | Triples, Array]]:
        return list(zip(self.parts, np.split(weights, self._cuts), strict=True))


def affordable(references: int, players: int) -> bool:
    """Whether the Shapley values of all terms fit in memory, and are quick enough to compute."""
    return 3 <= players <= MOST_PLAYERS and references * players * (2 * sum(HARMONICS) + 56) * 8 <= VALUES


def basis(distances: Array, masks: Flags, refs: Ints, outputs: Array, strong: Ints) -> Basis:
    """Terms that suit a game.

    Args:
        distances: (references, players) how far each player's absence moves it.
        masks, refs, outputs: coalitions that were asked, their reference rows, and what came out.
        strong: players whose contributions vary most.
    """
    found = directions(-distances[refs] * ~masks, outputs, HARMONICS)
    parts: list[Ridge | Triples] = [Ridge(-distances * w, k) for w, k in zip(found, HARMONICS, strict=False)]
    near = 2 * distances / (1 + np.abs(distances))  # far is far: most models level off
    chosen = np.sort(strong[:STRONG])
    parts.append(Triples(chosen, near[:, chosen], distances.shape[1]))
    return Basis(parts)


def crossed(terms: Array, wanted: Array, fold: Ints) -> tuple[Array, Array]:
    """Coefficients with which `terms` (n, …, terms) come nearest to `wanted` (n, …), both of mean 0.

    Returns:
        Coefficients (FOLDS, terms) found without the draws of one fold each, and those found from all (terms,).
    """
    size = terms.shape[-1]
    grams, moments = np.zeros((FOLDS, size, size)), np.zeros((FOLDS, size))
    for k in range(FOLDS):
        own, goal = terms[fold == k].reshape(-1, size), wanted[fold == k].ravel()
        grams[k], moments[k] = product(own, own), np.einsum("i,ij->j", goal, own)
    whole, moment = grams.sum(0), moments.sum(0)
    scale = 1 / np.sqrt(np.maximum(np.diag(whole), 1e-300))
    systems = np.concatenate([whole - grams, whole[None]]) * (scale[:, None] * scale) + PENALTY * np.eye(size)
    found = scale * _solved(systems, scale * np.concatenate([moment - moments, moment[None]]))
    return found[:-1], found[-1]


def _solved(systems: Array, wanted: Array) -> Array:
    """Solutions (m, n) of well-conditioned systems (m, n, n), nearly, by conjugate gradients.

    The linear algebra library would start threads for a hundred unknowns, which on a busy machine takes far longer.
    """
    out, rest = np.zeros_like(wanted), wanted.copy()
    way, size = rest.copy(), (rest**2).sum(1)
    for _ in range(STEPS):
        image = np.einsum("mij,mj->mi", systems, way)
        length = size / np.maximum((way * image).sum(1), 1e-300)
        out += length[:, None] * way
        rest -= length[:, None] * image
        before, size = size, (rest**2).sum(1)
        way = rest + (size / np.maximum(before, 1e-300))[:, None] * way
    return out


def centred(found: Array, refs: Ints) -> Array:
    """Draws (n, …) less the mean of those against the same row; draws against a row follow each other."""
    start = np.flatnonzero(np.r_[True, refs[1:] != refs[:-1]])
    n = np.diff(np.append(start, len(refs)))
    mean = np.add.reduceat(found, start) / n.reshape(-1, *[1] * (found.ndim - 1))
    found -= np.repeat(mean, n, axis=0)
    return found
