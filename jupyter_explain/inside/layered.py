"""Gradient methods at a layer: the question is then about what the layer puts out, instead of the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Layout
from ..inputs import CHANNELS, Input
from ..params import Free
from ..question import Question
from ..rows import length
from .places import grid_of, last_call

LAYER = Annotated[Any, Free("a layer's name or the module", text=True)]


@dataclass(frozen=True)
class LayerInput(Input):
    """A layer's output (1, …) as an input: what was explained is not a picture of its own."""

    def describe(self) -> Layout:
        """Names for the views."""
        return Layout(self.kind, self.names, None, CHANNELS.get(self.layout))  # type: ignore[arg-type]


def at_layer(q: Question, at: Any, against: bool = False) -> None:
    """Move the question to the layer `at` where one is given; to its last run where it runs several times.

    From then on `x` is what the layer puts out for the input, `reference` what it puts out for the baseline, and the
    model what follows the layer, everything else in the network being as for the input. So "absent" means that the
    layer says what it says for the baseline, and completeness holds against that.

    Args:
        q: the question, which is changed.
        at: a layer's name or the module; None or "" for the input.
        against: whether the method compares with the baseline, so that its rows are needed there too.
    """
    if at is None or at == "":  # an empty text field
        return
    from ..models.after import after

    name = q.layer(at)
    call = last_call(q, name)
    here = np.asarray(q.activations(q.x, [name])[name][0])
    if here.dtype.kind != "f":
        raise refuse(q.who, "at must name a layer that puts out floating-point numbers", Phrase(f"{name!r}"))
    there, absent = here, ""
    if against:
        q.claim(length(q.reference) * here.nbytes, f"the baseline's rows at {name}", "give fewer baseline rows")
        there = np.asarray(q.activations(q.reference, [name])[name][0])
        absent = '; "absent" means that only this layer says what it says for the baseline'
    shape = " × ".join(map(str, here.shape[1:])) or "1"
    q.note(f"About the output of layer {name} ({shape}), not about the input{absent}.")
    q.move(after(q.model, q.x, name), _input(q, call, here), there, f" at layer {name}")


def _input(q: Question, call: Any, here: NDArray[Any]) -> LayerInput:
    """How the layer's output is shown: on a plane where it has one, else by token or unit."""
    shape = here.shape[1:]
    found = grid_of(q, call) if q.input.kind in ("image", "series") and len(shape) > 1 else None
    kind, names, layout = "table", tuple(f"unit {i}" for i in range(int(np.prod(shape)))), "rows"
    if q.input.kind == "image" and len(shape) == 3 and found is not None:
        kind, names, layout = "image", (), "CHW" if found.order == "first" else "HWC"
    elif q.input.kind == "series" and found is not None and found.order in ("first", "last"):
        kind, names, layout = "series", (), "CT" if found.order == "first" else "TC"
    elif len(shape) == 2 and "1d" not in call.kind.__name__.lower():
        names = tuple(f"token {i}" for i in range(shape[0]))
    base = Input(here, kind, names, False, _same, _same, layout)
    return LayerInput(**vars(base))


def _same(a: NDArray[Any]) -> NDArray[Any]:
    return a
