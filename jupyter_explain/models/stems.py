"""The gradient that a picture gets from a convolution with a large stride: torch's is slow for its few channels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import handle_torch_function, has_torch_function

MOST_CHANNELS, KERNEL = 4, 7  # measured (CPU): half of torch's time for ResNet's and AlexNet's first layers


class Stem(nn.Conv2d):
    """A convolution whose gradient to its input is quicker; to whoever watches operations it is a `conv2d`."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """What torch's gives."""
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


def quicken(net: nn.Module) -> None:
    """Have the stems of a private network be `Stem`s."""
    for module in net.modules():
        zeros = type(module) is nn.Conv2d and module.padding_mode == "zeros" and not isinstance(module.padding, str)
        if zeros and suits(module.weight, module.stride, module.dilation, module.groups):
            module.__class__ = Stem


def suits(weight: Tensor, stride: Any, dilation: Any, groups: Any) -> bool:
    """Whether `to_input` is worth it."""
    pairs = {tuple(v) if isinstance(v, (tuple, list)) else (v, v) for v in (dilation, groups)} == {(1, 1)}
    steps = set(stride) if isinstance(stride, (tuple, list)) else {stride}
    few = weight.shape[1] <= MOST_CHANNELS and weight.dtype in (torch.float32, torch.float64)
    return few and pairs and len(steps) == 1 < min(steps) and min(weight.shape[2:]) >= max(KERNEL, 2 * min(steps))


def conv2d(
    input: Tensor,  # noqa: A002  (torch's name)
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """torch's `conv2d`, with another way back where that is quicker."""
    if has_torch_function((input,)):
        return handle_torch_function(  # type: ignore[no-any-return]
            conv2d, (input,), input, weight, bias, stride, padding, dilation, groups
        )
    back = input.requires_grad and not weight.requires_grad and torch.is_grad_enabled() and input.device.type == "cpu"
    if not (back and suits(weight, stride, dilation, groups)):
        return torch.conv2d(input, weight, bias, stride, padding, dilation, groups)
    return _Quick.apply(input, weight, bias, stride, padding)  # type: ignore[no-any-return]


class _Quick(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.shape, ctx.stride, ctx.padding = x.shape, stride, padding
        return torch.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        found = to_input(ctx.shape, ctx.saved_tensors[0], grad, ctx.stride, ctx.padding)
        return found, None, None, None, None


def to_input(shape: Any, weight: Tensor, grad: Tensor, stride: Any, padding: Any) -> Tensor:
    """The gradient (n, channels, height, width) to what was convolved.

    Every `stride`-th row and column of it is a plain convolution of `grad` with every `stride`-th of the weights; all
    of these are taken at once, as channels, and put where they belong.
    """
    step = int(stride[0] if isinstance(stride, (tuple, list)) else stride)
    before = tuple(padding) if isinstance(padding, (tuple, list)) else (padding, padding)
    reads = [_reads(k, p, step) for k, p in zip(weight.shape[2:], before, strict=True)]
    (rows, above, below), (columns, left, right) = reads
    wide = functional.pad(weight, (0, 1, 0, 1))  # a zero for every place that reads nothing
    parts = wide[:, :, rows[:, None, :, None], columns[None, :, None, :]].permute(1, 2, 3, 0, 4, 5)
    kernel = parts.reshape(-1, len(weight), rows.shape[1], columns.shape[1]).contiguous(
        memory_format=torch.channels_last
    )
    high, across = (-(-n // step) for n in shape[2:])
    down, beside = high + below - grad.shape[2], across + right - grad.shape[3]
    found = torch.conv2d(functional.pad(grad, (left, beside, above, down)), kernel)
    return torch.pixel_shuffle(found, step)[:, :, : shape[2], : shape[3]]


@lru_cache(maxsize=64)
def _reads(kernel: int, padding: int, step: int) -> tuple[Tensor, int, int]:
    """Which weights each of `step` neighbours reads (step, taps), and how far `grad` is read before and after."""
    before, after = (kernel - 1 - padding) // step, (step - 1 + padding) // step
    taps = torch.arange(before + after + 1) - before
    at = torch.arange(step)[:, None] + padding - step * taps
    return at.where((at >= 0) & (at < kernel), torch.tensor(kernel)), before, after
