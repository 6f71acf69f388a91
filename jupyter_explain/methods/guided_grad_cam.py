"""Guided backpropagation where Grad-CAM points."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ..explanation import Attribution
from ..inside.cam import enlarged, over_plane
from ..inside.places import places, plane
from ..inside.rectified import gradient
from ..method import Stream, method
from ..params import Free
from ..question import Question
from .grad_cam import VARIANTS


@method(
    "Guided Grad-CAM",
    needs=("gradient", "layers", "plane"),
    cites=("Selvaraju et al. 2017 arXiv:1610.02391",),
    exact=True,
    baseline=False,
)
def guided_grad_cam(
    q: Question,
    *,
    at: Annotated[Any, Free("a layer's name or the module", text=True)] = None,
) -> Stream:
    """Guided backpropagation times the positive part of Grad-CAM: fine detail where the layer speaks for the target.

    Two passes. The rectified map belongs to the definition (the product of two negatives would read as evidence);
    the numbers are signed but have no unit of their own. What holds for guided backpropagation holds here too.

    Settings:
        at: Grad-CAM's layer; the last convolution by default.
    """
    found = places(q, at)
    output, to_layer = q.activations(q.x, [found.layer], gradients=True)[found.layer]
    raw = VARIANTS["grad-cam"](found.maps(output), found.maps(to_layer))
    where = np.maximum(enlarged(raw, plane(q)), 0)
    score, detail = gradient(q, q.x, guided=True)
    q.require_change(bool(np.any(to_layer)))
    if not where.any():
        q.note("Grad-CAM is nowhere positive for this target, so the product is zero.")
    values = np.asarray(detail, float) * over_plane(q, where)
    yield Attribution(values=values, output=float(score[0]), error=0.0, error_kind="exact")
