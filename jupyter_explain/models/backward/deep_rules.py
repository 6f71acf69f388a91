"""DeepLIFT's rule of each operation: what it did for the input (`args`) and for the baseline (`old`, `was`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .names import POINTWISE, PRODUCTS
from .rule import bend, carriers, swapped
from .weighted import Weighted

Old = tuple[Tensor, ...]


def rule_for(name: str) -> Callable[..., Any]:
    """The rule `(func, args, kwargs, old inputs, old output) -> output` of an operation."""
    if name == "relu":
        return rectifier
    if name in POINTWISE:
        return pointwise
    if name in PRODUCTS:
        return quotient if name == "div" else product
    return {"softmax": softmax, "log_softmax": log_softmax, "amax": largest, "max": largest}.get(name, pool)


def rectifier(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """`pointwise` for the ReLU, in fewer passes over memory: subtraction is exact where the quotient is delicate."""
    x = args[0]
    out = func(x.detach(), *args[1:], **kwargs)
    change = x.detach() - old[0]
    still = change == 0
    slope = (out - was).div_(change)
    slope[still] = (x.detach()[still] > 0).to(out.dtype)
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


def slopes(rise: Tensor, x: Tensor, start: Tensor, derivative: Any) -> Tensor:
    """`rise / (x - start)`, and `derivative` where the two are the same up to rounding.

    The limit is relative to both, so that a step across zero, however short, is never taken for no step.
    """
    change = x - start
    still = change.abs() <= torch.finfo(x.dtype).eps ** 0.5 * (x.abs() + start.abs())
    return torch.where(still, derivative, rise / torch.where(still, 1, change))


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


def _softmax_facts(args: Any, kwargs: Any, old: Old) -> tuple[int, Tensor, Tensor, Tensor]:
    """Axis, input, old input, and the change of the log of the sum of exponentials."""
    axis = kwargs.get("dim", args[1] if len(args) > 1 else None)
    x, start = args[0].detach(), old[0]
    return axis, x, start, torch.logsumexp(x, axis, keepdim=True) - torch.logsumexp(start, axis, keepdim=True)


def softmax(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """By its parts: exponentials (rescale), their sum (linear), and the quotient (product rule).

    A softmax does not change when the same number is added to all scores; the number here makes the two sums
    reciprocal, so that neither overflows.
    """
    axis, x, start, rise = _softmax_facts(args, kwargs, old)
    if axis is None or x.dtype != was.dtype:
        return NotImplemented
    out = func(x, *args[1:], **kwargs)
    total = torch.exp(rise / 2)
    new, before = out * total, was / total
    slope = slopes(new - before, x, start, new)

    def back(grad: Tensor) -> Any:
        direct = grad * (total + 1 / total) / 2
        shared = (grad * (new + before)).sum(axis, keepdim=True) / 2
        return (slope * (direct - shared),)

    return bend(out, back, args[0])


def log_softmax(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """By its parts: exponentials, their sum, and its logarithm."""
    axis, x, start, rise = _softmax_facts(args, kwargs, old)
    if axis is None or x.dtype != was.dtype:
        return NotImplemented
    out = func(x, *args[1:], **kwargs)
    total = torch.exp(rise / 2)
    new, before = out.exp() * total, was.exp() / total
    slope = slopes(new - before, x, start, new)
    log_slope = torch.where(rise.abs() < 1e-6, 1, rise / (total - 1 / total))
    return bend(out, lambda grad: (grad - slope * log_slope * grad.sum(axis, keepdim=True),), args[0])


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
