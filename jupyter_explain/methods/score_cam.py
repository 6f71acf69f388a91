"""Class-activation maps weighted by what each channel's own map lets through."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..inside.cam import answer, enlarged, over_plane
from ..inside.places import places, plane
from ..method import Stream, method
from ..params import Free
from ..question import Question
from ..rows import length

Array = NDArray[np.float64]


@method(
    "Score-CAM",
    needs=("layers", "plane"),
    cites=("Wang et al. 2020 arXiv:1910.01279",),
    exact=True,
)
def score_cam(
    q: Question,
    *,
    at: Annotated[Any, Free("a layer's name or the module", text=True)] = None,
) -> Stream:
    """A layer's channels, each weighted by how well the input does when seen only through that channel's map.

    Uses no gradient: one evaluation for each channel, largest activations first. The map of each channel, stretched to
    0…1, blends the input into the baseline; the weights are the softmax of the gains in output over the baseline's.
    As the softmax depends on the output's scale, so does the answer: with logits a few channels decide. Channels that
    are the same everywhere single out no place and are left out. The error is unknown until all channels are in.

    Settings:
        at: the layer; the last convolution by default.
    """
    found = places(q, at)
    maps = found.maps(q.activations(q.x, [found.layer])[found.layer][0]).astype(float)
    flat = maps.reshape(len(maps), -1)
    order = np.argsort(-np.abs(flat).sum(1), kind="stable")
    order = order[np.ptp(flat, axis=1)[order] > 0]
    if len(order) < len(maps):
        q.note(f"{len(maps) - len(order)} of {len(maps)} channels are the same everywhere and were left out.")
    if not len(order):
        yield answer(q, found, np.zeros(found.grid), len(maps))
        return
    base, gains = float(q.base_outputs.mean()), np.empty(0)
    for n in q.rounds(length(q.reference), len(order)):
        which = order[len(gains) : len(gains) + n]
        gains = np.append(gains, _seen_through(q, maps[which]) - base)
        weights = np.exp(gains - gains.max())
        raw = np.tensordot(weights / weights.sum(), maps[order[: len(gains)]], 1)
        if len(gains) == len(order):
            yield answer(q, found, raw, len(maps))
        else:
            yield answer(q, found, raw, len(maps), float(np.abs(raw).max() * 2), "unknown")


def _seen_through(q: Question, maps: Array) -> Array:
    """Outputs (m,) with the input blended into the baseline by each map (m, *grid), averaged over baseline rows."""
    x, out = np.asarray(q.x), np.empty((len(maps), length(q.reference)))
    for row, one in zip(out, maps, strict=True):
        large = enlarged(one, plane(q))
        mask = (large - large.min()) / np.ptp(large)
        rows = q.reference + over_plane(q, mask) * (x - q.reference)
        row[:] = q.outputs(rows.astype(x.dtype, copy=False))
    return out.mean(1)
