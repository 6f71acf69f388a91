"""What a private copy of a module does not share with the user's: buffers, and tensors that remember a computation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

LARGE = 2**16  # numbers of a buffer from which torch's count of changes is believed


def version(t: Tensor) -> int:
    """How often the tensor was written into, as far as torch counts: not for those made in inference mode."""
    return -1 if t.is_inference() else t._version


def usual(t: Tensor) -> Tensor:
    """The tensor, or a copy if it was made in inference mode: autograd refuses those."""
    if not t.is_inference():
        return t
    with torch.inference_mode(False):
        return t.clone()


class Buffers:
    """Copies of a module's buffers, so that a forward pass that writes into some (a count, a running mean, a cache)
    leaves the user's alone; `renew` brings them up to date."""

    def __init__(self, net: nn.Module) -> None:
        with torch.inference_mode(False):
            self._pairs = [(theirs, theirs.detach().clone()) for theirs in net.buffers()]
        self._seen: dict[int, Any] = {}

    def memo(self) -> dict[int, Any]:
        """Which copy stands for which buffer, as `copy.deepcopy` takes it."""
        return {id(theirs): ours for theirs, ours in self._pairs}

    def renew(self) -> None:
        """Take over what the user's buffers hold now, where that is something else."""
        for theirs, ours in self._pairs:
            stamp = version(theirs), theirs.data_ptr(), ours._version
            if theirs.numel() >= LARGE and self._seen.get(id(ours)) == stamp:
                continue
            if not torch.equal(ours, theirs):
                with torch.no_grad(), torch.inference_mode(False):
                    ours.copy_(theirs)
            self._seen[id(ours)] = (*stamp[:2], ours._version)


class loose_ends(TorchFunctionMode):  # noqa: N801  (used as a function)
    """Inside, `copy.deepcopy` also takes tensors that remember how they were computed, which it refuses otherwise: the
    weight that `torch.nn.utils.weight_norm` keeps, feature maps that the last training step left behind."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.__deepcopy__ and not args[0].is_leaf:
            tensor, memo = args
            memo[id(tensor)] = copied = tensor.detach().clone()
            return copied
        return func(*args, **(kwargs or {}))
