"""LRP and DeepLIFT written out for a plain sequence of layers: what their own arithmetic costs at the least."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

aten = torch.ops.aten
EPSILON = 1e-6


def _run(net: nn.Sequential, x: Tensor) -> tuple[list[Tensor], list[Any]]:
    """What each layer reads, and at the end what the last puts out; places of maxima."""
    seen, places = [x.contiguous(memory_format=torch.channels_last)], []
    for layer in net:
        at = None
        if isinstance(layer, nn.MaxPool2d):
            out, at = functional.max_pool2d(seen[-1], layer.kernel_size, return_indices=True)
        else:
            out = layer(seen[-1])
        seen.append(out)
        places.append(at)
    return seen, places


def _back(layer: nn.Module, x: Tensor, grad: Tensor, at: Any) -> Tensor:
    """The layer's gradient to what it reads."""
    if isinstance(layer, nn.Linear):
        return grad @ layer.weight
    if isinstance(layer, nn.Conv2d):
        way = (list(layer.stride), list(layer.padding), list(layer.dilation), False, [0, 0], 1, (True, False, False))
        return aten.convolution_backward(grad, x, layer.weight, None, *way)[0]
    if isinstance(layer, nn.MaxPool2d):
        k = [layer.kernel_size] * 2
        return aten.max_pool2d_with_indices_backward(grad, x, k, k, [0, 0], [1, 1], False, at)
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        return aten._adaptive_avg_pool2d_backward(grad.contiguous(memory_format=torch.channels_last), x)
    return grad.reshape(x.shape)


def lrp(net: nn.Sequential, x: Tensor, target: int) -> Tensor:
    """Relevance of the input by the epsilon rule."""
    with torch.no_grad():
        seen, places = _run(net, x)
        relevance = torch.zeros_like(seen[-1])
        relevance[:, target] = seen[-1][:, target]
        for k in range(len(net) - 1, -1, -1):
            layer = net[k]
            if isinstance(layer, nn.ReLU):
                continue
            if isinstance(layer, (nn.Linear, nn.Conv2d, nn.AdaptiveAvgPool2d)):
                z = seen[k + 1]
                relevance = relevance / torch.copysign(z.new_tensor(EPSILON), z).add_(z)
                relevance = _back(layer, seen[k], relevance, None).mul_(seen[k])
            else:
                relevance = _back(layer, seen[k], relevance, places[k])
    return relevance


def deep_lift(net: nn.Sequential, x: Tensor, base: Tensor, target: int) -> Tensor:
    """Contributions by the rescale rule (where nothing changes, multipliers are left out)."""
    with torch.no_grad():
        (before, then), (seen, places) = _run(net, base), _run(net, x)
        grad = torch.zeros_like(seen[-1])
        grad[:, target] = 1
        for k in range(len(net) - 1, -1, -1):
            layer, rise = net[k], None
            if isinstance(layer, nn.ReLU):
                rise = seen[k + 1] - before[k + 1]
                grad = grad * rise.div_(seen[k] - before[k])
            elif isinstance(layer, nn.MaxPool2d):
                at = (places[k] ^ then[k]).mul_(seen[k + 1] >= before[k + 1]).bitwise_xor_(then[k])
                flat = at.flatten(2)
                step = (seen[k] - before[k]).flatten(2).gather(2, flat).view(at.shape)
                grad = _back(layer, seen[k], grad * (seen[k + 1] - before[k + 1]).div_(step).nan_to_num_(nan=1.0), at)
            else:
                grad = _back(layer, seen[k], grad, None)
    return grad * (x - base)
