"""DeepLIFT through maxima: the change belongs to the place that held the larger of the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .rule import bend
from .slopes import Old

EXACT = (torch.float32, torch.float64)


def indexed(name: str, args: Any, kwargs: Any) -> Any:
    """Maxima and where they are, for a pooling that is asked for maxima only; else None."""
    if "max_pool" not in name or kwargs.get("return_indices") or len(args) > 6:
        return None
    return getattr(functional, name)(*args, **{**kwargs, "return_indices": True})


def pool(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """Max-pooling: the change of each maximum belongs to the place that held the larger of the two maxima."""
    if len(old) < 2:
        return NotImplemented
    (x, (start, before)), name = (args[0], old), func.__name__
    out, at = indexed(name, (x.detach(), *args[1:]), kwargs)
    # In the processor `torch.where` guesses which to take, and is wrong half the time: four times slower than this.
    where = (at ^ before).bitwise_and_((out >= was).to(at.dtype).neg_()).bitwise_xor_(before)
    if name == "max_pool2d" and x.ndim == 4 and (x.is_contiguous() or _last(x)) and x.dtype in EXACT:
        return _windows(x, start, out, was, where, _settings(args, kwargs))
    spatial = out.ndim - (2 if "1d" in name else 3 if "2d" in name else 4) + 1
    return _moved(x, start, out, was, where, first=spatial, last=out.ndim)


def _last(x: Tensor) -> bool:
    return x.is_contiguous(memory_format=torch.channels_last)


def _settings(args: Any, kwargs: Any) -> list[Any]:
    """Kernel, stride, padding, dilation and ceil mode of a pooling."""
    given = dict(zip(("kernel_size", "stride", "padding", "dilation", "ceil_mode"), args[1:], strict=False)) | kwargs
    kernel = given["kernel_size"]
    sizes = (kernel, given.get("stride") or kernel, given.get("padding", 0), given.get("dilation", 1))
    return [*(list(v) if isinstance(v, (tuple, list)) else [v, v] for v in sizes), given.get("ceil_mode", False)]


def _windows(x: Tensor, start: Tensor, out: Tensor, was: Tensor, where: Tensor, settings: list[Any]) -> Tensor:
    """`_moved` for pictures, whose numbers are read and written in the order in which they lie in memory."""
    (n, channels), plane, order = x.shape[:2], x.shape[2] * x.shape[3], (0, 2, 3, 1) if _last(x) else (0, 1, 2, 3)
    between, channel = (channels, 1) if _last(x) else (1, plane)  # steps from place to place, from map to map
    first = channels * plane * torch.arange(n, device=x.device)[:, None] + channel * torch.arange(
        channels, device=x.device
    )
    place = torch.add(first[..., None, None], where, alpha=between).permute(order).reshape(-1)
    step, base = (t.permute(order).reshape(-1).index_select(0, place) for t in (x.detach(), start))
    step = step.sub_(base)
    slope = _slope((out - was).permute(order), step)
    slope = slope.permute(0, 3, 1, 2) if _last(x) else slope
    shape, strides = x.shape, x.stride()

    def back(grad: Tensor) -> Any:
        like = torch.empty_strided(shape, strides, dtype=grad.dtype, device=grad.device)
        return (torch.ops.aten.max_pool2d_with_indices_backward(grad * slope, like, *settings, where),)

    return bend(out, back, x)


def _slope(rise: Tensor, step: Tensor) -> Tensor:
    """Changes of maxima over changes of the places they belong to."""
    slope = rise.div_(step.view_as(rise))
    if slope.sum().isnan():  # 0 / 0, where nothing changed
        slope = slope.nan_to_num_(nan=1.0)
    return slope


def _moved(x: Tensor, start: Tensor, out: Tensor, was: Tensor, where: Tensor, *, first: int, last: int) -> Tensor:
    """Send each output's multiplier to the input place `where` (an index into the axes from `first` up to `last`)."""
    flat: Callable[[Tensor], Tensor] = lambda t: t.flatten(first, last - 1)  # noqa: E731
    to, shape = flat(where), x.shape
    step = flat(x.detach()).gather(first, to).sub_(flat(start).gather(first, to))
    slope = _slope(flat(out - was), step)

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
