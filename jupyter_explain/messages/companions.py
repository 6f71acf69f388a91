"""Which other columns decide what is left of an attribution once the column's own value is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOST = 3  # companions of a column
FEWEST = 3  # rows of a part that is looked at


def companions(values: Array, own: NDArray[np.intp], others: list[Array]) -> list[list[tuple[int, float]]]:
    """The strongest companions of each column, strongest first.

    Rows with nearly the same own value differ in their attribution only by what the model does with other columns.
    A companion's share is how much of the sum of squares within such rows it explains, by a line in its rank or by
    the means of its categories, beyond what it would by chance.

    Args:
        values: attributions (rows, columns).
        own: the part of its own values that each row falls into (rows, columns).
        others: per column its ranks (rows, 1), or a 0 or 1 for each category (rows, categories).

    Returns:
        per column at most MOST pairs of (other column, share explained).
    """
    which = np.repeat(np.arange(len(others)), [f.shape[1] for f in others])
    features = np.concatenate(others, axis=1)
    classes = np.isin(which, [j for j, f in enumerate(others) if f.shape[1] > 1])
    found = []
    for i, spread in enumerate(values.T):
        explained, whole = np.zeros(len(which)), 0.0
        for part in np.unique(own[:, i]):
            here = own[:, i] == part
            if here.sum() < FEWEST:
                continue
            means = features[here].mean(0)
            centred, left = features[here] - means, spread[here] - spread[here].mean()
            squares = (centred**2).sum(0)
            line = np.divide((left @ centred) ** 2, squares, out=np.zeros_like(squares), where=squares > 0)
            all_of_it = float(left @ left)
            weight = np.where(classes, 1 - means, 1.0)  # of categories: between their means
            explained += weight * (squares > 0) * (line - all_of_it / (len(left) - 1))
            whole += all_of_it
        shares = np.bincount(which, explained / (whole or 1.0), minlength=len(others))
        best = [int(j) for j in np.argsort(-shares, kind="stable") if j != i and shares[j] > 0]
        found.append([(j, float(shares[j])) for j in best[:MOST]])
    return found
