"""DeepLIFT through maxima: the change belongs to the place that held the larger of the two."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .rule import bend
from .slopes import Old, slopes


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
    return _moved(args[0], start, out, was, torch.where(out >= was, at, before), spatial)


def _moved(x: Tensor, start: Tensor, out: Tensor, was: Tensor, where: Tensor, keep: int) -> Tensor:
    """Send each output's multiplier to the input place `where` (an index into the axes after the first `keep`)."""
    flat, to = (x.detach() - start).flatten(keep), where.flatten(keep)
    step = flat.gather(-1, to)
    slope = slopes((out - was).flatten(keep), step, torch.zeros_like(step), 1.0)
    shape = x.shape

    def back(grad: Tensor) -> Any:
        spread = torch.zeros_like(flat).scatter_add_(-1, to, grad.reshape(slope.shape) * slope)
        return (spread.reshape(shape),)

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
    made = _moved(turned, before, out[..., None], top[..., None], where[..., None], len(rest))
    return made.reshape(was.shape)


PEAKS = {"amax": largest, "max": largest}
