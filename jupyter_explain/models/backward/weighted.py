"""Operations with weights, as things that can be asked again with other inputs and weights."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..stems import suits, to_input
from .names import WEIGHTED
from .rule import carriers

STEPS = (("stride", 1), ("padding", 0), ("dilation", 1))  # of a convolution, and what they are where they are not given
Apply = Callable[[Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Weighted:
    """`apply(x, weight, bias)`: a linear layer, a convolution, or a product with a fixed matrix.

    Attributes:
        x: what depends on the input.
        rows: whether the weight's first axis is the output's channels (so a batch norm can be folded in).
        back: the transposed operation (weight, grad) -> grad, where it is known without a forward pass.
    """

    name: str
    x: Tensor
    weight: Tensor
    bias: Tensor | None
    apply: Apply
    rows: bool = True
    back: Callable[[Tensor, Tensor], Tensor] | None = None

    def scaled(self, scale: Tensor, shift: Tensor) -> Weighted:
        """The same followed by `scale · out + shift` for each channel."""
        weight = self.weight * scale.reshape(-1, *[1] * (self.weight.ndim - 1))
        bias = shift if self.bias is None else self.bias * scale + shift
        return replace(self, weight=weight, bias=bias)

    def pull(self, weight: Tensor, grad: Tensor) -> Tensor:
        """`grad` of the output taken back to the input, with this weight."""
        if self.back is not None:
            return self.back(weight, grad)
        with torch.enable_grad():
            leaf = torch.zeros_like(self.x).requires_grad_(True)
            return torch.autograd.grad(self.apply(leaf, weight, None), leaf, grad)[0]


def weighted(name: str, func: Any, args: Any, kwargs: Any) -> Weighted | None:
    """The operation as a Weighted, or None where its weights depend on the input or it has none."""
    if name == "matmul":
        return _product(func, args)
    if name not in WEIGHTED:
        return None
    if name == "addmm":
        return _addmm(func, args, kwargs)
    given = dict(zip(("input", "weight", "bias"), args, strict=False)) | kwargs
    x, weight, bias = given.pop("input"), given.pop("weight"), given.pop("bias", None)
    if weight.requires_grad or not x.requires_grad:
        return None
    rest = args[3:]

    def apply(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
        return func(x, w, b, *rest, **given)

    return Weighted(name, x, weight, bias, apply, "transpose" not in name, _transposed(name, x, weight, rest, given))


def _transposed(name: str, x: Tensor, own: Tensor, rest: Any, given: Any) -> Callable[[Tensor, Tensor], Tensor] | None:
    if name == "linear":
        return lambda weight, grad: grad @ weight
    more = dict(zip(("stride", "padding", "dilation", "groups"), rest, strict=False)) | given
    if name not in ("conv1d", "conv2d", "conv3d") or isinstance(more.get("padding"), str) or x.ndim != own.ndim:
        return None
    if name == "conv2d" and _stem(own, more):
        return lambda weight, grad: to_input(x.shape, weight, grad, more["stride"], more.get("padding", 0))
    axes = own.ndim - 2
    stride, padding, dilation = (_per_axis(more.get(k, d), axes) for k, d in STEPS)
    way = (stride, padding, dilation, False, [0] * axes, more.get("groups", 1), (True, False, False))
    return lambda weight, grad: torch.ops.aten.convolution_backward(grad, x, weight, None, *way)[0]


def _per_axis(value: Any, axes: int) -> list[int]:
    many = list(value) if isinstance(value, (tuple, list)) else [value]
    return many * axes if len(many) == 1 else many


def _stem(weight: Tensor, more: Any) -> bool:
    settled = weight.device.type == "cpu" and weight.is_contiguous(memory_format=torch.channels_last)
    return settled and suits(weight, more.get("stride", 1), more.get("dilation", 1), more.get("groups", 1))


def _product(func: Any, args: Any) -> Weighted | None:
    """`x @ W` with a fixed matrix W."""
    if len(args) != 2 or args[1].requires_grad or args[1].ndim != 2 or not args[0].requires_grad:
        return None
    return Weighted("matmul", args[0], args[1], None, lambda x, w, b: func(x, w) + (0 if b is None else b), rows=False)


def _addmm(func: Any, args: Any, kwargs: Any) -> Weighted | None:
    """`b + x @ W` as Hugging Face's Conv1D has it."""
    bias, x, weight = args[:3]
    if kwargs or bias.requires_grad or weight.requires_grad or not x.requires_grad:
        return None
    return Weighted("addmm", x, weight, bias, lambda x, w, b: x @ w + (0 if b is None else b), rows=False)


def norm_factors(args: Any, kwargs: Any) -> tuple[Tensor, Tensor] | None:
    """(scale, shift) of a batch norm in eval mode, or None where it uses the batch's own statistics."""
    names = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    given = dict(zip(names, args, strict=False)) | kwargs
    mean, var = given["running_mean"], given["running_var"]
    if given.get("training") or mean is None or carriers((mean, var)):
        return None
    scale = torch.rsqrt(var + given.get("eps", 1e-5))
    scale = scale if given.get("weight") is None else scale * given["weight"]
    bias = given.get("bias")
    return scale, -mean * scale if bias is None else bias - mean * scale


class Chain:
    """Remembers which tensor a weighted operation gave, as long as it is there, so that what follows can be joined."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Tensor], Weighted, Any]] = {}

    def add(self, out: Tensor, by: Weighted, more: Any = None) -> None:
        """Remember that `by` gave `out`."""
        self._made[id(out)] = (weakref.ref(out), by, more)

    def of(self, tensor: Any) -> tuple[Weighted, Any] | None:
        """What gave the tensor, or None."""
        found = self._made.get(id(tensor))
        return found[1:] if found and found[0]() is tensor else None

    def move(self, old: Tensor, new: Tensor | None) -> None:
        """`old` is overwritten; `new`, if any, is a copy of what it was."""
        found = self.of(old)
        self._made.pop(id(old), None)
        if found is not None and new is not None:
            self.add(new, *found)

    def clear(self) -> None:
        """Forget everything."""
        self._made.clear()
