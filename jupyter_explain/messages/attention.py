"""Attention as it travels: the mean over heads of every layer, and single heads of as many layers as fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Attention

TYPES[Attention] = "attention"
BYTES = 190_000  # of all weights together


@drawn.register(Attention)
def _attention(e: Attention) -> tuple[dict[str, Any], list[Array]]:
    """`weights`: (layers + full × heads, tokens, tokens): means over heads, then the heads of the last `full` layers.

    They are numbers, or bytes where numbers would be too many (`top` × (byte / 255)²: finest near zero). Where even
    these would be, `step` tokens (of a picture: a square of them) are taken together: what the group takes on average
    from the whole of another group, so that rows still sum to 1.
    """
    layers, heads = e.matrices.shape[:2]
    step = _step(e)
    group, names, grid = grouped(e, step)
    count = len(names)
    maps = together(e.matrices, group, count)
    means = maps.mean(1)
    spare = BYTES // count**2 - layers
    small = 4 * count**2 * layers * (heads + 1) <= BYTES
    full = layers if small else 0 if heads == 1 else min(layers, spare // heads)
    sent = np.concatenate([means, maps[layers - full :].reshape(-1, count, count)]) if heads > 1 else means
    top = float(sent.max(initial=0)) or 1.0
    coded = sent if small else np.sqrt(sent.clip(0) / top).clip(0, 1) * 255
    layout = {"kind": "attention", "layers": list(e.layers), "heads": heads, "tokens": names, "full": full}
    layout |= {"grid": grid, "prefix": e.prefix, "step": step, "top": top, "causal": e.causal}
    weights = np.ascontiguousarray(coded, "<f4") if small else np.ascontiguousarray(coded.round(), np.uint8)
    return layout | {"arrays": ["weights"]}, [weights]


def _step(e: Attention) -> int:
    """Tokens a side that become one, so that the means of all layers and the heads of one fit as bytes."""
    layers, heads = e.matrices.shape[:2]
    step = 1
    while len(grouped(e, step)[1]) ** 2 * (layers + heads * (heads > 1)) > BYTES:
        step += 1
    return step


def grouped(e: Attention, step: int) -> tuple[Array, list[str], list[int] | None]:
    """(group of each token, names of the groups, the groups' grid); tokens before those of the input stay single."""
    grid = None if e.grid is None else list(e.grid)
    if step == 1:
        return np.arange(len(e.tokens)), list(e.tokens), grid
    before, own = list(e.tokens[: e.prefix]), list(e.tokens[e.prefix :])
    if e.grid is None:
        at = np.arange(len(own)) // step
    else:
        row, column = np.divmod(np.arange(len(own)), e.grid[1])
        grid = [-(-n // step) for n in e.grid]
        at = row // step * grid[1] + column // step
    members = [np.flatnonzero(at == g) for g in range(at.max() + 1)]
    names = [own[m[0]] if len(m) == 1 else _span(own[m[0]], own[m[-1]]) for m in members]
    return np.concatenate([np.arange(e.prefix), at + e.prefix]), [*before, *names], grid


def _span(first: str, last: str) -> str:
    """`patch 0,0–1,1`."""
    word, space, number = last.rpartition(" ")
    return f"{first}–{number}" if space and first.startswith(f"{word} ") else f"{first} … {last}"


def together(matrices: Array, group: Array, count: int) -> Array:
    """Means over the tokens of a group that look, sums over those looked at: (…, count, count)."""
    if count == matrices.shape[-1]:
        return matrices
    belongs = (group == np.arange(count)[:, None]).astype(matrices.dtype)
    return (belongs / belongs.sum(1, keepdims=True)) @ matrices @ belongs.T
