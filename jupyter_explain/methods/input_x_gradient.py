"""The input times the gradient."""

from __future__ import annotations

import numpy as np

from ..explanation import Attribution
from ..inside.layered import LAYER, at_layer
from ..method import Stream, method
from ..question import Question
from ..rows import any_change, each


@method(
    "Input × gradient",
    needs=("gradient",),
    axioms=("dummy", "linearity"),
    cites=("Shrikumar et al. 2016 arXiv:1605.01713", "Ancona et al. 2018 arXiv:1711.06104"),
    exact=True,
    baseline=False,
)
def input_x_gradient(q: Question, *, at: LAYER = None) -> Stream:
    """Every number of the input times the gradient of the output to it.

    One gradient. On a network of linear layers and ReLUs without biases it is the exact share of each number against
    an all-zero input; elsewhere it is a first guess at that, promises no sum, and says nothing about numbers that
    are zero (black pixels) or where the output is saturated.

    Settings:
        at: a layer, whose output is then explained instead of the input (layer gradient × activation).
    """
    at_layer(q, at)
    output, gradient = q.gradient(q.x)
    q.require_change(any_change(gradient))
    values = each(lambda x, g: np.multiply(x, g, dtype=float), q.x, gradient)
    yield Attribution(values=values, output=float(output[0]), error=0.0, error_kind="exact")
