"""Class-activation maps weighted by what is lost without each channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..inside.cam import answer
from ..inside.places import Places, places
from ..method import Stream, method
from ..params import Free
from ..question import Question


@method(
    "Ablation-CAM",
    needs=("layers", "plane"),
    cites=("Ramaswamy and Desai 2020 doi:10.1109/WACV45572.2020.9093360",),
    exact=True,
    baseline=False,
)
def ablation_cam(
    q: Question,
    *,
    at: Annotated[Any, Free("a layer's name or the module", text=True)] = None,
) -> Stream:
    """A layer's channels, each weighted by how much the output drops when that channel is set to zero.

    Uses no gradient, so it does not suffer where the output is saturated; one evaluation for each channel, of which
    only the part above the layer is computed. Largest activations come first; until all channels are in, the others
    count as nothing and the error is unknown. The weights are drops in output units: the paper divides all of them
    by the output, one factor that would turn the map around for a negative logit.

    Settings:
        at: the layer; the last convolution by default.
    """
    found = places(q, at)
    maps = found.maps(q.activations(q.x, [found.layer])[found.layer][0]).astype(float)
    order = np.argsort(-np.abs(maps.reshape(len(maps), -1)).sum(1), kind="stable")
    weights, done = np.zeros(len(maps)), 0
    for n in q.rounds(1, len(maps)):
        which = order[done : done + n]
        weights[which] = q.output - q.changed(found.layer, _removed(found, which), n)
        done += n
        raw = np.tensordot(weights, maps, 1)
        if done == len(maps):
            yield answer(q, found, raw, len(maps))
        else:
            yield answer(q, found, raw, len(maps), float(np.abs(raw).max() * 2), "unknown")


def _removed(found: Places, which: NDArray[np.intp]) -> Callable[[Any, slice], Any]:
    """The layer's output without channel `which[i]` in row i."""
    return lambda output, part: found.without(output, which[part])
