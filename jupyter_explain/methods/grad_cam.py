"""Class-activation maps from one layer and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..inside.cam import answer
from ..inside.places import places
from ..method import Stream, method
from ..params import Choice, Free
from ..question import Question

Array = NDArray[np.float64]
Variant = Callable[[Array, Array], Array]


def _weighted(weights: Array, maps: Array) -> Array:
    return np.tensordot(weights, maps, 1)


def _sum(a: Array) -> Array:
    return np.einsum(f"{'abcdef'[: a.ndim]}->a", a)  # quicker than `sum` where channels come last in memory


def _grad(maps: Array, grads: Array) -> Array:
    """Channels weighted by their mean gradient."""
    return _weighted(_sum(grads) / grads[0].size, maps)


def _plus(maps: Array, grads: Array) -> Array:
    """Grad-CAM++'s closed form for an exponential score: positive gradients weighted by their own curvature."""
    total = _sum(maps).reshape(-1, *[1] * (maps.ndim - 1))
    below = 2 * grads**2 + total * grads**3
    alpha = np.divide(grads**2, below, out=np.zeros_like(below), where=np.abs(below) > 1e-12 * grads**2)
    return _weighted(_sum(alpha * np.maximum(grads, 0)), maps)


def _hires(maps: Array, grads: Array) -> Array:
    """Gradient times activation, place by place."""
    return (grads * maps).sum(0)


def _layer(maps: Array, grads: Array) -> Array:
    """Positive gradients times activation, place by place."""
    return (np.maximum(grads, 0) * maps).sum(0)


def _xgrad(maps: Array, grads: Array) -> Array:
    """Channels weighted by their gradients averaged over where they are active."""
    total = _sum(maps)
    weights = np.divide(_sum(grads * maps), total, out=np.zeros_like(total), where=total != 0)
    return _weighted(weights, maps)


def _eigen(maps: Array, grads: Array) -> Array:
    """The activation along its first singular vector, with the sign of the activations' own sum."""
    flat = maps.reshape(len(maps), -1)
    direction = np.linalg.svd(flat, full_matrices=False)[0][:, 0]
    out = direction @ flat
    return np.copysign(1, np.dot(out, flat.sum(0))) * out.reshape(maps.shape[1:])


VARIANTS: dict[str, Variant] = {
    "grad-cam": _grad,
    "++": _plus,
    "hires": _hires,
    "layer": _layer,
    "xgrad": _xgrad,
    "eigen": _eigen,
}


@method(
    "Grad-CAM",
    needs=("gradient", "layers", "plane"),
    cites=(
        "Selvaraju et al. 2017 arXiv:1610.02391",
        "Chattopadhay et al. 2018 arXiv:1710.11063",
        "Draelos and Carin 2020 arXiv:2011.08891",
        "Jiang et al. 2021 doi:10.1109/TIP.2021.3089943",
        "Fu et al. 2020 arXiv:2008.02312",
        "Muhammad and Yeasin 2020 arXiv:2008.00299",
    ),
    exact=True,
    baseline=False,
)
def grad_cam(
    q: Question,
    *,
    at: Annotated[Any, Free("a layer's name or the module", text=True)] = None,
    variant: Annotated[str, Choice(*VARIANTS)] = "grad-cam",
) -> Stream:
    """Where a layer's channels speak for the target: its activations, weighted by the target's gradient to them.

    Costs one forward pass. Use it for a first look at a convolutional network or a vision transformer (whose tokens
    are put back on their grid). It is as coarse as the layer, and says where, not what: the numbers are raw (neither
    rectified nor stretched, so classes and layers can be compared), but promise no sum. "eigen" ignores the target.

    Settings:
        at: the layer; the last convolution by default (of a transformer, its last useful normalisation).
        variant: how channels are weighted.
    """
    found = places(q, at)
    output, gradient = q.activations(q.x, [found.layer], gradients=variant != "eigen")[found.layer]
    if gradient is not None:
        q.require_change(bool(np.any(gradient)))
    maps = found.maps(output)
    raw = VARIANTS[variant](maps, maps if gradient is None else found.maps(gradient))
    yield answer(q, found, raw, len(maps))
