"""The gradient."""

import numpy as np

from ..explanation import Attribution
from ..method import Stream, method
from ..question import Question


@method(
    "Saliency",
    needs=("gradient",),
    axioms=("dummy", "linearity"),
    cites=("Simonyan et al. 2013 arXiv:1312.6034",),
    exact=True,
    baseline=False,
)
def saliency(q: Question) -> Stream:
    """The gradient of the output with respect to the input, signed: the effect of a small change of each number.

    It needs no baseline and promises no sum; where the output is saturated it is small although the input matters.
    """
    output, gradient = q.gradient(q.x)
    if not any(np.any(g) for g in (gradient if isinstance(gradient, tuple) else (gradient,))):
        q.note("The gradient is exactly zero everywhere: the output does not react to small changes here.")
    yield Attribution(values=gradient, output=float(output[0]), error=0.0, error_kind="exact")
