"""The attributions of all rows of a dataset together."""

from __future__ import annotations

from typing import Annotated

from ..dataset.columns import check_table, column, own_value
from ..dataset.each_row import EachRow, chosen
from ..explanation import Cloud
from ..method import Stream, method
from ..params import Between, Choice, Needs
from ..question import Question
from ..rows import length, take

OF = ("auto", "tree_shap", "linear_shap", "permutation_shap", "kernel_shap", "exact_shap", "integrated_gradients")


@method(
    "Attribution summary",
    needs=("predict", "data", "table"),
    cites=("Lundberg et al. 2020 doi:10.1038/s42256-019-0138-9",),
    usual=100_000,
)
def attribution_summary(
    q: Question,
    *,
    of: Annotated[
        str,
        Choice(*OF),
        Needs("tree_shap", "ensemble"),
        Needs("linear_shap", "linear"),
        Needs("integrated_gradients", "gradient"),
        Needs("exact_shap", "few"),
    ] = "auto",
    each: Annotated[int, Between(32, 100_000, log=True)] = 512,
) -> Stream:
    """How much each column contributes in each row of a dataset, and where the explained row is among them.

    Rows are taken in random order and explained one way (`of`); every answer is about the rows done so far, and the
    standard error says how far the mean |value| over these may be from the mean over all rows. All rows are explained
    for the same target. A mean |value| says how much the model uses a column, not whether it is right to; a column
    that decides in few rows has a small mean and long tails, which the cloud shows. Where each row is sampled,
    its noise makes small means larger than they are; the standard error contains that.

    Settings:
        of: the method that explains each row; "auto" takes the exact one for trees or linear models, else sampling.
        each: evaluations for each row, where the method samples.
    """
    check_table(q)
    name = chosen(q, of)
    some = EachRow(q, name, each)
    here = None if q.whole else some.alone(q.x)
    own = None if q.whole else tuple(own_value(q, column(q, j)) for j in range(len(q.input.names)))
    for _ in some.rounds():
        some.name_baseline()
        means, stderr, exact = some.found()
        rows = some.order[: some.done]
        yield Cloud(
            names=tuple(q.input.names),
            values=some.values,
            rows=rows,
            data=take(q.data, rows),
            total=length(q.data),
            means=means,
            stderr=stderr,
            of=name,
            here=here,
            own=own,
            error=float(stderr.max(initial=0)),
            error_kind="exact" if exact else "stderr" if some.done > 1 else "unknown",
        )
