"""DeepLIFT through maxima: the change belongs to the place that held the larger of the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .rule import bend
from .slopes import Old


def pool(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """Max-pooling: the change of each maximum belongs to the place that held the larger of the two maxima."""
    x, start = args[0].detach(), old[0]
    ask = getattr(functional, func.__name__)
    given = {**kwargs, "return_indices": True}
    if kwargs.get("return_indices"):
        return NotImplemented
    out, at = ask(x, *args[1:], **given)
    before = ask(start, *args[1:], **given)[1]
    spatial = out.ndim - (2 if "1d" in func.__name__ else 3 if "2d" in func.__name__ else 4) + 1
    where = torch.where(out >= was, at, before)
    if x.ndim == 4 and spatial == 2 and x.is_contiguous(memory_format=torch.channels_last):
        made = _moved(*(t.permute(0, 2, 3, 1) for t in (args[0], start, out, was, where)), first=1, last=3)
        return made.permute(0, 3, 1, 2)  # as they lie in memory
    return _moved(args[0], start, out, was, where, first=spatial, last=out.ndim)


def _moved(x: Tensor, start: Tensor, out: Tensor, was: Tensor, where: Tensor, *, first: int, last: int) -> Tensor:
    """Send each output's multiplier to the input place `where` (an index into the axes from `first` up to `last`)."""
    flat: Callable[[Tensor], Tensor] = lambda t: t.flatten(first, last - 1)  # noqa: E731
    to, shape = flat(where), x.shape
    step = flat(x.detach()).gather(first, to).sub_(flat(start).gather(first, to))
    slope = flat(out - was).div_(step)
    if slope.sum().isnan():  # 0 / 0, where nothing changed
        slope = slope.nan_to_num_(nan=1.0)

    def back(grad: Tensor) -> Any:
        spread = slope.new_zeros(flat(x).shape)
        return (spread.scatter_add_(first, to, flat(grad) * slope).reshape(shape),)

    return bend(out, back, x)


def largest(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """The maximum over some axes: as max-pooling over all of them at once."""
    x = args[0]
    if func.__name__ == "max" and (len(args) > 1 or kwargs):
        return NotImplemented  # with indices, or of two tensors
    axes = kwargs.get("dim", args[1] if len(args) > 1 else ())
    axes = tuple(a % x.ndim for a in ((axes,) if isinstance(axes, int) else axes)) or tuple(range(x.ndim))
    rest = [a for a in range(x.ndim) if a not in axes]
    turned = x.permute(*rest, *axes).flatten(len(rest))
    before = old[0].permute(*rest, *axes).flatten(len(rest))
    (out, at), (top, then) = turned.detach().max(-1), before.max(-1)
    where = torch.where(out >= top, at, then)
    made = _moved(turned, before, out[..., None], top[..., None], where[..., None], first=len(rest), last=turned.ndim)
    return made.reshape(was.shape)


PEAKS = {"amax": largest, "max": largest}
