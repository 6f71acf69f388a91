"""DeepLIFT's rule of each operation: what it did for the input (`args`) and for the baseline (`old`, `was`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .deep_exponentials import EXPONENTIALS
from .deep_peaks import PEAKS, pool
from .names import POINTWISE, PRODUCTS
from .rule import bend, carriers, swapped
from .slopes import Old, slopes
from .weighted import Weighted


def rule_for(name: str) -> Callable[..., Any]:
    """The rule `(func, args, kwargs, old inputs, old output) -> output` of an operation."""
    if name == "relu":
        return rectifier
    if name in POINTWISE:
        return pointwise
    if name in PRODUCTS:
        return quotient if name == "div" else product
    return EXPONENTIALS.get(name) or PEAKS.get(name, pool)


def rectifier(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor, spare: bool) -> Any:
    """`pointwise` for the ReLU, in fewer passes over memory: subtraction is exact where the quotient is delicate.

    `spare`: whether the memory of the old input may be used.
    """
    x = args[0]
    out = func(x.detach(), *args[1:], **kwargs)
    spare = spare and x.shape == old[0].shape and x.dtype == old[0].dtype
    slope = (out - was).div_(torch.sub(x.detach(), old[0], out=old[0] if spare else None))
    if slope.sum().isnan():  # 0 / 0, where nothing changed: quicker to see in the sum than number by number
        rising = slope.isnan() & (out > 0)
        slope = slope.nan_to_num_(nan=0.0).add_(rising)
    return bend(out, lambda grad: (grad * slope,), x)


def pointwise(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """Rescale: the change of the output over the change of the input; the derivative where nothing changes."""
    found = carriers(args, kwargs)
    if len(found) != 1 or found[0].shape != was.shape:
        return NotImplemented
    with torch.enable_grad():
        x = found[0].detach().requires_grad_(True)
        new = {id(found[0]): x}
        out = func(*swapped(args, new), **swapped(kwargs, new))
        derivative = torch.autograd.grad(out.sum(), x)[0]
    slope = slopes(out.detach() - was, x.detach(), old[0], derivative)
    return bend(out.detach(), lambda grad: (grad * slope,), found[0])


def product(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """Each factor changes while the other stands half way: the two Shapley values of the product's change."""
    factors = [a for a in args if isinstance(a, Tensor)]
    found = carriers(factors)
    if len(found) < 2:
        return func(*args, **kwargs)  # a fixed factor: linear
    if kwargs or len(factors) != 2 or len(factors) != len(old):
        return NotImplemented
    middle = [((a.detach() + b) / 2).requires_grad_(True) for a, b in zip(factors, old, strict=True)]
    places = iter(middle)
    half = [next(places) if isinstance(a, Tensor) else a for a in args]

    def back(grad: Tensor) -> Any:
        with torch.enable_grad():
            return torch.autograd.grad(func(*half), middle, grad)

    return bend(func(*(a.detach() if isinstance(a, Tensor) else a for a in args)), back, *factors)


def quotient(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """A product with the reciprocal."""
    top, below = args[:2]
    if not (isinstance(below, Tensor) and below.requires_grad):
        return func(*args, **kwargs)
    if kwargs or not isinstance(top, Tensor):
        return NotImplemented
    upper, lower = old
    out = func(top.detach(), below.detach())
    slope = (1 / below.detach() + 1 / lower) / 2
    bend_below = -(top.detach() + upper) / 2 / (below.detach() * lower)

    def back(grad: Tensor) -> Any:
        return _summed(grad * slope, top), _summed(grad * bend_below, below)

    return bend(out, back, top, below)


def _summed(grad: Tensor, like: Tensor) -> Tensor:
    """Undo broadcasting."""
    return grad.sum_to_size(like.shape)


def reveal_cancel(func: Any, args: Any, kwargs: Any, by: Weighted, start: Tensor) -> Any:
    """Positive and negative parts of the change before the activation get multipliers of their own.

    The parts are averaged over the two orders in which they can be added (Shrikumar et al. 2017, section 3.5.2).
    """
    change = by.x.detach() - start
    up, down = by.weight.clamp(min=0), by.weight.clamp(max=0)
    more, less = change.clamp(min=0), change.clamp(max=0)
    plus = by.apply(more, up, None) + by.apply(less, down, None)
    minus = by.apply(more, down, None) + by.apply(less, up, None)
    at = by.apply(start, by.weight, by.bias)

    def f(z: Tensor) -> Tensor:
        return func(z, *args[1:], **kwargs)

    low, high, only_plus, only_minus = f(at), f(at + plus + minus), f(at + plus), f(at + minus)
    zero = torch.zeros_like(plus)
    slope_plus = slopes((only_plus - low + high - only_minus) / 2, plus, zero, 0.0)
    slope_minus = slopes((only_minus - low + high - only_plus) / 2, minus, zero, 0.0)

    def back(grad: Tensor) -> Any:
        a, b = grad * slope_plus, grad * slope_minus
        rising = by.pull(up, a) + by.pull(down, b)
        falling = by.pull(up, b) + by.pull(down, a)
        return (torch.where(change > 0, rising, torch.where(change < 0, falling, (rising + falling) / 2)),)

    return bend(f(args[0].detach()), back, by.x)
