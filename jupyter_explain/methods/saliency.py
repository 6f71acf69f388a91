"""The gradient."""

from ..explanation import Attribution
from ..inside.layered import LAYER, at_layer
from ..method import Stream, method
from ..question import Question
from ..rows import any_change


@method(
    "Saliency",
    needs=("gradient",),
    axioms=("dummy", "linearity"),
    cites=("Simonyan et al. 2013 arXiv:1312.6034",),
    exact=True,
    baseline=False,
)
def saliency(q: Question, *, at: LAYER = None) -> Stream:
    """The gradient of the output with respect to the input, signed: the effect of a small change of each number.

    It needs no baseline and promises no sum; where the output is saturated it is small although the input matters.

    Settings:
        at: a layer, whose output is then explained instead of the input.
    """
    at_layer(q, at)
    output, gradient = q.gradient(q.x)
    q.require_change(any_change(gradient))
    yield Attribution(values=gradient, output=float(output[0]), error=0.0, error_kind="exact")
