"""The deconvolution network."""

from __future__ import annotations

import numpy as np

from ..explanation import Attribution
from ..inside.layered import LAYER, at_layer
from ..inside.rectified import gradient
from ..method import Stream, method
from ..question import Question
from ..rows import each


@method(
    "Deconvolution",
    needs=("gradient", "layers"),
    cites=(
        "Zeiler and Fergus 2014 arXiv:1311.2901",
        "Springenberg et al. 2015 arXiv:1412.6806",
        "Nie et al. 2018 arXiv:1805.07039",
    ),
    exact=True,
    baseline=False,
)
def deconvolution(q: Question, *, at: LAYER = None) -> Stream:
    """The gradient, with every ReLU passing only positive gradients back, whatever its input was.

    One gradient. Because it forgets which ReLUs were open, it depends on the input only through max-pooling and
    the like, and on a network without those not at all: it shows what could excite the output, not what did. Like
    guided backpropagation it changes little when the weights of higher layers are randomised (Adebayo et al. 2018,
    Nie et al. 2018).

    Settings:
        at: a layer, whose output is then explained instead of the input.
    """
    at_layer(q, at)
    output, found = gradient(q, q.x, guided=False)
    q.require_reaction(found)
    values = each(lambda g: np.asarray(g, float), found)
    yield Attribution(values=values, output=float(output[0]), error=0.0, error_kind="exact")
