"""A linear model fitted around an input: the microscope's view of a LIME answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, repr=False)
class LocalFit:
    """The fit, and some of the neighbours that it was fitted to.

    A feature is a step in a number (`origin + scale * feature` is then the column's value), or 1 where something is as
    in the input (a category, a quartile, a part that is shown) and 0 where not; `scale` is NaN there.

    Attributes:
        names: one for each of the d features of the fit.
        here: (d,) the input's own features.
        origin, scale: (d,) from features to values of numeric columns.
        kind: what 1 means: "same" (category or quartile as in the input) or "present" (part that is not hidden).
        slopes, intercept: the fit is `intercept + features @ slopes`.
        explained: weighted R², or None where the output is the same for all neighbours.
        count, mass: neighbours of the fit, and how many full ones they weigh as much as.
        width, distance: kernel width, and the distance it belongs to.
        output: the model's output for the input.
        features, outputs, weights, distances: (k, d), (k,), (k,), (k,) of the neighbours that are kept: a random
            choice of at most 500, half by weight and half evenly. They stay the same while more are drawn.
    """

    names: tuple[str, ...]
    here: Array
    origin: Array
    scale: Array
    kind: Literal["same", "present"]
    slopes: Array
    intercept: float
    explained: float | None
    count: int
    mass: float
    width: float
    distance: str
    output: float
    features: Array
    outputs: Array
    weights: Array
    distances: Array

    @property
    def fitted(self) -> Array:
        """(k,) the fit's outputs for the neighbours that are kept."""
        return np.asarray(self.intercept + np.einsum("ij,j->i", self.features, self.slopes))

    @property
    def fitted_here(self) -> float:
        """The fit's output for the input."""
        return float(self.intercept + self.here @ self.slopes)

    @property
    def order(self) -> NDArray[np.intp]:
        """Features by the spread of their part in the fit, the largest first."""
        spread = self.features.std(0) if len(self.features) else np.ones(len(self.slopes))
        return np.argsort(-np.abs(self.slopes) * spread, kind="stable")

    def values(self, feature: int) -> Array:
        """(k,) of a feature as it is drawn: the column's value, or 0 and 1."""
        own = self.features[:, feature]
        return own if np.isnan(self.scale[feature]) else self.origin[feature] + self.scale[feature] * own

    def find(self, feature: str | int) -> int:
        """The number of a feature.

        Raises:
            ValueError: if there is none of this name or number.
        """
        from ..errors import listed, refuse

        if isinstance(feature, str) and feature in self.names:
            return self.names.index(feature)
        if isinstance(feature, (int, np.integer)) and 0 <= feature < len(self.names):
            return int(feature)
        raise refuse("LocalFit", f"feature must be a name ({listed(self.names)}) or its number", feature)

    def to_frame(self) -> pd.DataFrame:
        """One row per neighbour that is kept: its features as drawn, outputs of model and fit, weight, distance."""
        import pandas as pd

        columns: dict[str, Any] = {name: self.values(i) for i, name in enumerate(self.names)}
        facts = {"output": self.outputs, "fitted": self.fitted, "weight": self.weights, "distance": self.distances}
        return pd.DataFrame(columns | facts).sort_values("weight", ascending=False, ignore_index=True)

    def plot(self, ax: Any = None, feature: str | int | None = None, alone: bool = False) -> Any:
        """Draw the neighbours and the fit; returns the figure.

        Args:
            ax: Matplotlib axes, or None for a new figure.
            feature: the feature along the x axis; "distance"; or "fitted" (the fit against the model). By default the
                one that counts most, and for parts of images and texts "fitted".
            alone: whether the other features' part in the fit is taken off the outputs, so that what is left is due to
                this feature (and to what the fit misses).
        """
        from ..views import plot_fit

        return plot_fit(self, ax, feature, alone)

    def __repr__(self) -> str:
        good = "the same output everywhere" if self.explained is None else f"local R² {self.explained:.2f}"
        return f"LocalFit({len(self.names)} features, {self.count:,} neighbours, {good})"
