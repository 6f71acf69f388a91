"""Layers whose outputs have places on the input's plane: which to take, and how their outputs are laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..question import Question

Array = NDArray[np.float64]
CONVOLUTIONS = {  # torch's and Keras's base classes
    *("_ConvNd", "BaseConv", "BaseConvTranspose", "BaseDepthwiseConv", "BaseSeparableConv"),
}
FIRST = ("1d", "2d", "BatchNorm", "InstanceNorm", "GroupNorm")  # in the names of layers that want channels first
LAST = ("Norm", "LSTM", "GRU", "RNN", "Linear", "Encoder", "Attention", "Embedding")  # and last
MOST_PREFIX = 16  # class, distillation and register tokens before those of the picture
BLOCKS = 3  # so many normalisations after the last convolution make a transformer


@dataclass(frozen=True)
class Places:
    """How a layer's output (1, …) is laid out over the input's plane.

    Attributes:
        layer: its name.
        grid: places per axis.
        order: "first" (channels, *grid), "last" (*grid, channels) or "tokens" (prefix + places, channels).
        prefix: tokens before those of the grid.
    """

    layer: str
    grid: tuple[int, ...]
    order: str
    prefix: int = 0

    def maps(self, output: NDArray[Any]) -> Array:
        """The output (1, …) as (channels, *grid), in its own precision."""
        a = np.asarray(output[0])
        if self.order == "tokens":
            a = a[self.prefix :].reshape(*self.grid, -1)
        return a if self.order == "first" else np.moveaxis(a, -1, 0)

    def channels(self, shape: tuple[int, ...]) -> int:
        """How many channels an output (1, …) of that shape has."""
        return shape[1] if self.order == "first" else shape[-1]

    def without(self, output: Any, which: NDArray[np.intp]) -> Any:
        """Copies (m, …) of an output (1, …) or (m, …), copy i with channel `which[i]` at zero."""
        out = output.expand(len(which), *output.shape[1:]).clone()
        for row, channel in enumerate(which):
            out[row][channel if self.order == "first" else (..., channel)] = 0
        return out


def plane(q: Question) -> tuple[int, ...]:
    """Height and width of a picture, or the steps of a series."""
    shape = q.input.to_user(q.x)[0].shape
    if q.input.kind == "series":
        return shape[:1] if q.input.layout == "TC" else shape[-1:]
    return shape[:2] if q.input.layout in ("HWC", "HW") else shape[-2:]


def places(q: Question, at: Any) -> Places:
    """The layer to look at: the one asked for, or the last convolution (of a transformer, its last useful norm)."""
    if at is not None and at != "":  # an empty text field
        name = q.layer(at)
        return _laid_out(q, name, last_call(q, name))
    last = _last_convolution(q)
    tokens = token_norms(q, last)
    found = _reached(q, tokens) if len(tokens) >= BLOCKS else _laid_out(q, last.name, last_call(q, last.name))
    q.note(f"Layer chosen for you: {found.layer}.")
    return found


def last_call(q: Question, name: str) -> Any:
    """The last run of a layer; said so when there were several.

    Raises:
        ValueError: if the output has not one row for each input, so that nobody knows what its first axis counts.
    """
    calls = [c for c in q.model.net.calls if c.name == name]  # type: ignore[union-attr]
    if not calls[-1].rows:
        rule = "at must name a layer whose output has the inputs along its first axis"
        raise refuse(q.who, rule, Phrase(f"{name!r}, which has something else there (steps, windows, frames)"))
    if len(calls) > 1:
        q.note(f"{name} runs {len(calls)} times; this is its last run.")
    return calls[-1]


def _hidden(q: Question) -> str:
    """What hides layers of the network, so that they are not seen to run."""
    net = q.model.net
    assert net is not None  # noqa: S101 (methods with layers need a net)
    if any("Script" in type(m).__name__ for m in net.plain.modules()):
        return "a scripted module"
    bare = not any(c.name for c in net.calls)
    return "an exported module" if bare and type(net.plain).__name__ == "GraphModule" else ""


def _is_convolution(call: Any) -> bool:
    return bool({c.__name__ for c in call.kind.__mro__} & CONVOLUTIONS)


def _last_convolution(q: Question) -> Any:
    found = convolutions(q)
    if not found and (hidden := _hidden(q)):
        rule = "sees no layers inside torch.jit and torch.export; pass the module as it was before"
        raise refuse(q.who, rule, Phrase(hidden))
    if not found and _convolutions(q, len(plane(q)), False):
        rule = "needs a convolution whose output has the inputs along its first axis, or at= such a layer"
        given = Phrase(f"{q.model.title}, whose convolutions have something else there (steps, windows, frames)")
        raise refuse(q.who, rule, given)
    if not found:
        rule = f"needs a convolution over the {q.input.kind}, or at= a layer whose output has places"
        raise refuse(q.who, rule, Phrase(f"{q.model.title}, which runs none"))
    return found[-1]


def convolutions(q: Question) -> list[Any]:
    """The convolutions over the input's plane, as they run; of a single place only where there are no others."""
    found = _convolutions(q, len(plane(q)), True)
    return [c for c in found if np.prod(c.shape[1:]) > 1] or found


def _convolutions(q: Question, axes: int, rows: bool) -> list[Any]:
    calls = q.model.net.calls  # type: ignore[union-attr]
    return [c for c in calls if _is_convolution(c) and len(c.shape) == axes + 1 and c.rows == rows]


def token_norms(q: Question, after: Any) -> list[Places]:
    """Normalisations after the last convolution that still have a grid, each in the order in which they run."""
    calls = q.model.net.calls  # type: ignore[union-attr]
    start = max(i for i, c in enumerate(calls) if c is after)
    norms = [c for c in calls[start:] if "Norm" in c.kind.__name__ and c.rows]
    return [p for c in norms if (p := _grid_of(q, c.name, c)) is not None and p.order != "first"]


def _reached(q: Question, candidates: list[Places]) -> Places:
    """The last of them through which the picture's own places reach the output (a last block often reads one token)."""
    last = candidates[-2 * BLOCKS :]
    found = q.activations(q.x, [p.layer for p in last], gradients=True)
    useful = [p for p in last if np.any(p.maps(found[p.layer][1]))]
    return useful[-1] if useful else last[-1]


def _laid_out(q: Question, name: str, call: Any) -> Places:
    found = _grid_of(q, name, call)
    if found is None:
        rule = f"at must name a layer whose output has places on the {q.input.kind}"
        raise refuse(q.who, rule, Phrase(f"{name!r}, whose output has the shape {call.shape}"))
    return found


def grid_of(q: Question, call: Any) -> Places | None:
    """How the output of a layer's run lies over the input's plane, or None where it has no places on it."""
    return _grid_of(q, call.name, call)


def has_places(q: Question, call: Any) -> bool:
    """Whether the output of a layer's run has places on the input's plane."""
    axes = len(call.shape)
    if not call.rows or len(plane(q)) == 1:
        return bool(call.rows) and axes == 2
    return axes == 3 or (axes == 2 and _tokens(q, call.name, call.shape[0]) is not None)


def _grid_of(q: Question, name: str, call: Any) -> Places | None:
    shape, size = call.shape, plane(q)
    if len(size) == 1:
        if len(shape) != 2:
            return None
        return Places(name, shape[:1], "last") if _order(q, call) == "last" else Places(name, shape[1:], "first")
    if len(shape) == 3:
        first, last = Places(name, shape[1:], "first"), Places(name, shape[:2], "last")
        if (known := _order(q, call)) is not None:
            return last if known == "last" else first
        return last if _fits(shape[:2], size) and not _fits(shape[1:], size) else first
    return _tokens(q, name, shape[0]) if len(shape) == 2 else None


def _order(q: Question, call: Any) -> str | None:
    """Whether a layer's output has its channels "first" or "last", where kinds of layers tell: sizes may be alike.

    What says nothing itself (an activation, dropout, a block) goes by the layers before it with an output of this
    shape, where they agree.
    """
    own = _told(q, call)
    if own is not None:
        return own
    calls = q.model.net.calls  # type: ignore[union-attr]
    before = calls[: next(i for i, c in enumerate(calls) if c is call)]
    others = {_told(q, c) for c in before if c.shape == call.shape} - {None}
    return others.pop() if len(others) == 1 else None


def _told(q: Question, call: Any) -> str | None:
    """What the kind of a layer says of its output's channels."""
    name = call.kind.__name__
    if call.kind.__module__.startswith("keras"):
        return "first" if q.input.layout in ("CHW", "CT") else "last"
    layer = q.model.net.plain.get_submodule(call.name)  # type: ignore[union-attr]
    if _is_convolution(call) or any(word in name for word in FIRST) or _over_places(layer):
        return "first"
    picture = len(call.shape) == 3
    if not any(word in name for word in LAST) or (picture and not _fits(call.shape[:2], plane(q))):
        return None
    return "last" if len(getattr(layer, "normalized_shape", (0,))) == 1 else None  # else a norm over the places, too


def _over_places(layer: Any) -> bool:
    """Whether a layer says that it takes channels first (as ConvNeXt's norms do)."""
    return getattr(layer, "data_format", None) == "channels_first"


def _fits(grid: tuple[int, ...], size: tuple[int, ...]) -> bool:
    """Whether a grid has the picture's proportions, give or take a place for edges."""
    return all(abs(g * size[1 - i] - grid[1 - i] * size[i]) <= 2 * max(size) for i, g in enumerate(grid))


def _tokens(q: Question, name: str, count: int) -> Places | None:
    """The grid behind a row of tokens: that of the convolution that cut the patches, else the picture's proportions."""
    calls = q.model.net.calls  # type: ignore[union-attr]
    cuts = [c for c in calls if _is_convolution(c) and len(c.shape) == 3 and c.rows]
    cut = [c.shape[:2] if _told(q, c) == "last" else c.shape[1:] for c in cuts]
    for grid in reversed(cut):
        if 0 <= count - int(np.prod(grid)) <= MOST_PREFIX:
            return Places(name, grid, "tokens", count - int(np.prod(grid)))
    height, width = plane(q)
    for prefix in range(1 if cut else min(MOST_PREFIX, count)):  # merged patches keep no token before them
        rows = round(((count - prefix) * height / width) ** 0.5)
        if rows and (count - prefix) % rows == 0 and _fits((rows, (count - prefix) // rows), (height, width)):
            return Places(name, (rows, (count - prefix) // rows), "tokens", prefix)
    return None
