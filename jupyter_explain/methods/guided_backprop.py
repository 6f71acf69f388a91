"""Guided backpropagation."""

from __future__ import annotations

import numpy as np

from ..explanation import Attribution
from ..inside.layered import LAYER, at_layer
from ..inside.rectified import gradient
from ..method import Stream, method
from ..question import Question
from ..rows import each


@method(
    "Guided backpropagation",
    needs=("gradient", "layers"),
    cites=("Springenberg et al. 2015 arXiv:1412.6806", "Adebayo et al. 2018 arXiv:1810.03292"),
    exact=True,
    baseline=False,
)
def guided_backprop(q: Question, *, at: LAYER = None) -> Stream:
    """The gradient, with every ReLU passing only positive gradients back, and only where its input was positive.

    One gradient; sharp pictures of what excites the network. It tells little about why *this* output was chosen:
    it partly restores the input, and changes little between targets or when higher layers' weights are randomised
    (Adebayo et al. 2018). ReLUs are met wherever they are: module, function, in place, used again.

    Settings:
        at: a layer, whose output is then explained instead of the input.
    """
    at_layer(q, at)
    output, found = gradient(q, q.x, guided=True)
    q.require_reaction(found)
    values = each(lambda g: np.asarray(g, float), found)
    yield Attribution(values=values, output=float(output[0]), error=0.0, error_kind="exact")
