"""How an algorithm built its answer, step by step: what a learner scrubs through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
MOST = 0.9  # share of the output's change at which it counts as saturated


@dataclass(frozen=True, kw_only=True, repr=False)
class PathSteps:
    """Integrated gradients on the way from baseline (t = 0) to input (t = 1).

    Attributes:
        places: (n,) where on the way gradients were taken, from 0 to 1.
        outputs: (n,) the output there (of several baseline rows: the mean over their ways).
        sums: (n,) sum of the attributions collected up to there; it should meet `outputs - outputs[0]`.
        ends: (k + 1,) places between which the k steps lie.
        shares: what each step collects: (k, …) in the shape of the values, or (k, numbers) for several inputs.
        start: the baseline in the shape of one step, of many rows their mean; None for texts and a few rows.
        ways: how many baseline rows there are, each with a way of its own.
    """

    places: Array
    outputs: Array
    sums: Array
    ends: Array
    shares: NDArray[Any]
    start: NDArray[Any] | None = None
    ways: int = 1

    @property
    def collected(self) -> NDArray[Any]:
        """(k + 1, …) what is collected after each step: nothing at first, the values in the end."""
        none = np.zeros_like(self.shares[:1])
        return np.concatenate([none, np.cumsum(self.shares, axis=0)])

    @property
    def saturation(self) -> float | None:
        """The place where the output first reaches 90 % of its change, or None where it does not change."""
        change = self.outputs - self.outputs[0]
        if abs(change[-1]) <= 1e-6 * np.abs(self.outputs).max():
            return None
        done = change / change[-1]
        k = int(np.argmax(done >= MOST))
        share = (MOST - done[k - 1]) / (done[k] - done[k - 1])
        return float(self.places[k - 1] + share * (self.places[k] - self.places[k - 1]))

    def to_frame(self) -> pd.DataFrame:
        """One row per step: where it begins and ends, the output there, and what it and all before it collect."""
        import pandas as pd

        outputs, shares = np.interp(self.ends, self.places, self.outputs), _totals(self.shares)
        steps = {"start": self.ends[:-1], "end": self.ends[1:], "output": outputs[1:]}
        return pd.DataFrame({**steps, "collected": shares, "so_far": np.cumsum(shares)})

    def __repr__(self) -> str:
        where = "" if self.saturation is None else f", 90 % of the change at t = {self.saturation:.2f}"
        return f"PathSteps({len(self.shares)} steps, {len(self.places)} gradients{where})"


def _totals(shares: NDArray[Any]) -> Array:
    return np.asarray(shares.reshape(len(shares), -1).sum(1, dtype=np.float64))


@dataclass(frozen=True, kw_only=True, repr=False)
class OrderSteps:
    """Shapley values from random orders: the first walks of a run.

    In a walk the players enter one by one, in place of a baseline row's. Walks come in pairs: the second has the
    reverse order of the first, against the same row.

    Attributes:
        names: of the d players that can change something.
        ranks: (w, d) the place at which each player enters, from 0.
        gains: (w, d) by how much the output changes when it does.
        starts: (w,) the output before anybody has entered: that of the baseline row.
        output: the output when all have.
    """

    names: tuple[str, ...]
    ranks: NDArray[np.intp]
    gains: Array
    starts: Array
    output: float

    @property
    def order(self) -> NDArray[np.intp]:
        """Players by the size of their mean gain, the largest first."""
        return np.argsort(-np.abs(self.gains.mean(0)), kind="stable")

    @property
    def mean(self) -> Array:
        """(d,) mean gains of these walks; the answer itself may know better."""
        return np.asarray(self.gains.mean(0))

    @property
    def stderr(self) -> Array:
        """(d,) standard errors of the mean, from pairs of walks; infinite for a single pair."""
        pairs = (self.gains[::2] + self.gains[1::2]) / 2
        if len(pairs) < 2:
            return np.full(len(self.names), np.inf)
        return np.asarray(pairs.std(0, ddof=1) / np.sqrt(len(pairs)))

    def to_frame(self) -> pd.DataFrame:
        """One row per walk and player in the order of entering: walk, place, player, gain and the output then."""
        import pandas as pd

        orders = np.argsort(self.ranks, axis=1)
        gains = np.take_along_axis(self.gains, orders, axis=1)
        walks, d = orders.shape
        columns = {
            "walk": np.repeat(np.arange(walks), d),
            "place": np.tile(np.arange(d), walks),
            "player": np.array(self.names, object)[orders.ravel()],
            "gain": gains.ravel(),
            "output": (self.starts[:, None] + np.cumsum(gains, axis=1)).ravel(),
        }
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        return f"OrderSteps({len(self.ranks)} walks of {len(self.names)} players)"
