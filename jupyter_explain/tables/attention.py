"""Attention as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..explanation import Attention
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


def pairs(matrix: Any, most: int) -> list[tuple[int, int, float]]:
    """The strongest weights of a matrix (tokens, tokens): (from, to, weight)."""
    order = np.argsort(-matrix, axis=None, kind="stable")[:most]
    rows, columns = np.unravel_index(order, matrix.shape)
    return [(int(i), int(j), float(matrix[i, j])) for i, j in zip(rows, columns, strict=True)]


@frame.register(Attention)
def _attention(e: Attention) -> pd.DataFrame:
    """layer, head, from, to (numbers of the tokens), from_token, to_token, weight; one row per weight."""
    pandas = _pandas()
    layer, head, source, target = (i.ravel() for i in np.indices(e.matrices.shape))
    tokens = [f"{i}: {n}" for i, n in enumerate(e.tokens)] if len(set(e.tokens)) < len(e.tokens) else list(e.tokens)
    columns = {"layer": pandas.Categorical.from_codes(layer, list(e.layers)), "head": head}
    columns |= {"from": source, "to": target}
    columns |= {f"{n}_token": pandas.Categorical.from_codes(columns[n], tokens) for n in ("from", "to")}
    return pandas.DataFrame(columns | {"weight": e.matrices.ravel()})
