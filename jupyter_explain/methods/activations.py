"""What a layer puts out."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..explanation import Maps
from ..explanation.maps import dead_channels, ends
from ..inside.places import BLOCKS, convolutions, grid_of, last_call, token_norms
from ..method import Stream, method
from ..params import Free
from ..question import Question

Array = NDArray[np.float64]
FOLLOWERS = ("Norm", "ReLU", "GELU", "SiLU", "ELU", "Sigmoid", "Tanh", "Activation", "Mish", "Hardswish")


@method(
    "Activations",
    needs=("layers",),
    cites=("Zeiler and Fergus 2014 arXiv:1311.2901", "Bau et al. 2017 arXiv:1704.05796"),
    exact=True,
    baseline=False,
    alone=True,
)
def activations(q: Question, *, at: Annotated[Any, Free("a layer's name or the module", text=True)] = None) -> Stream:
    """What a layer puts out for the input: one map per channel, in the layer's own numbers and on one scale.

    One forward pass. It shows what a layer reacts to, not what matters for the output: it does not depend on the
    target. Channels that are the same everywhere or nowhere above zero are marked as dead; single units that are zero
    are. Tokens of a picture are put back on their grid.

    Settings:
        at: the layer; by default the last convolution with what follows it directly (norm, activation).
    """
    name = _chosen(q) if at is None or at == "" else q.layer(at)
    call = last_call(q, name)
    output = np.asarray(q.activations(q.x, [name])[name][0], float)
    maps, over = _arranged(q, call, output)
    if not np.isfinite(ends(maps)).all():
        bad = maps.size - int(np.isfinite(maps).sum())
        q.note(f"{bad} of {maps.size} numbers are not finite.")
    yield Maps(
        maps=maps,
        names=tuple(f"unit {i}" if over == "unit" else str(i) for i in range(len(maps))),
        layer=name,
        shape=output.shape[1:],
        dead=dead_channels(maps),
        over=over,
        layout=q.input.describe(),
        target=f"layer {name}" if name else "the output",
        error=0.0,
        error_kind="exact",
    )


def _chosen(q: Question) -> str:
    """A layer that is worth a look, without asking the model."""
    seen = [c for c in q.model.net.calls if c.name]  # type: ignore[union-attr]
    calls = [c for c in seen if c.rows] or seen
    if not calls:
        rule = "looks at layers, which torch.jit and torch.export hide (pass the module as it was before)"
        raise refuse(q.who, rule, Phrase(f"{q.model.title}, none of whose layers can be seen"))
    found = convolutions(q) if q.input.kind in ("image", "series") else []
    norms = token_norms(q, found[-1]) if found else []
    name = _followed(calls, found[-1]) if found else _last_hidden(calls)
    name = norms[-1].layer if len(norms) >= BLOCKS else name
    q.note(f"Layer chosen for you: {name}.")
    return name


def _followed(calls: list[Any], start: Any) -> str:
    """The convolution, or the norm and activation right behind it, as long as each runs once."""
    at = next(i for i, c in enumerate(calls) if c is start)
    names = [c.name for c in calls]
    for c in calls[at + 1 :]:
        if c.shape != start.shape or names.count(c.name) > 1 or not any(w in c.kind.__name__ for w in FOLLOWERS):
            break
        at += 1
    return str(names[at])


def _last_hidden(calls: list[Any]) -> str:
    """The last layer before the one that ends the network."""
    leaves = [c.name for c in calls if not any(o.name.startswith(f"{c.name}.") for o in calls)]
    before = [n for n in leaves if n != leaves[-1]]
    return str((before or leaves)[-1])


def _arranged(q: Question, call: Any, output: Array) -> tuple[Array, Any]:
    """The output (1, …) as (channels, height, width), and what the places are."""
    a, kind = output[0], q.input.kind
    found = grid_of(q, call) if kind in ("image", "series") and a.ndim > 1 else None
    if found is not None:
        if found.prefix:
            q.note(f"The first {found.prefix} of {len(a)} tokens have no place on the picture and are left out.")
        maps = found.maps(output)
        return (maps, "image") if kind == "image" else (maps[:, None], "steps")
    if a.ndim < 2:
        return a.reshape(-1, 1, 1), "unit"
    if a.ndim == 2:
        first = "1d" in call.kind.__name__.lower()
        return (a if first else a.T)[:, None].copy(), "steps" if first else "tokens"
    return a.reshape(len(a), -1, a.shape[-1]), "image"
