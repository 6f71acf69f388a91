"""DeepLIFT through softmax and its relatives: exponentials, their sum, and a quotient or a logarithm."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .rule import bend
from .slopes import Old, slopes


def _softmax_facts(args: Any, kwargs: Any, old: Old) -> tuple[int, Tensor, Tensor, Tensor]:
    """Axis, input, old input, and the change of the log of the sum of exponentials."""
    axis = kwargs.get("dim", args[1] if len(args) > 1 else None)
    x, start = args[0].detach(), old[0]
    return axis, x, start, torch.logsumexp(x, axis, keepdim=True) - torch.logsumexp(start, axis, keepdim=True)


def _finite(x: Tensor) -> Tensor:
    """Scores, where those that a mask puts to minus infinity are as low as a difference of two can be."""
    return x.clamp(min=torch.finfo(x.dtype).min / 4)


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
    slope = slopes(new - before, _finite(x), _finite(start), new)

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
    slope = slopes(new - before, _finite(x), _finite(start), new)
    slope = slope * _log_slope(rise, total)
    return bend(out, lambda grad: (grad - slope * grad.sum(axis, keepdim=True),), args[0])


def log_sum(func: Any, args: Any, kwargs: Any, old: Old, was: Tensor) -> Any:
    """The logarithm of a sum of exponentials, by the same parts."""
    axis, x, start, rise = _softmax_facts(args, kwargs, old)
    if axis is None or x.dtype != was.dtype:
        return NotImplemented
    total = torch.exp(rise / 2)
    new = torch.exp(x - torch.logsumexp(x, axis, keepdim=True)) * total
    before = torch.exp(start - torch.logsumexp(start, axis, keepdim=True)) / total
    slope = slopes(new - before, _finite(x), _finite(start), new) * _log_slope(rise, total)
    return bend(func(x, *args[1:], **kwargs), lambda grad: (slope * grad.reshape(rise.shape),), args[0])


def _log_slope(rise: Tensor, total: Tensor) -> Tensor:
    """Slope of the logarithm between the two sums, `total` and its reciprocal."""
    return torch.where(rise.abs() < 1e-6, 1, rise / (total - 1 / total))


EXPONENTIALS = {"softmax": softmax, "log_softmax": log_softmax, "logsumexp": log_sum}
