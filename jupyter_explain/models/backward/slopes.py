"""Differences over differences."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

Old = tuple[Tensor, ...]  # what an operation's inputs were for the baseline


def slopes(rise: Tensor, x: Tensor, start: Tensor, derivative: Any) -> Tensor:
    """`rise / (x - start)`, and `derivative` where the two are the same up to rounding.

    The limit is relative to both, so that a step across zero, however short, is never taken for no step.
    """
    change = x - start
    still = change.abs() <= torch.finfo(x.dtype).eps ** 0.5 * (x.abs() + start.abs())
    return torch.where(still, derivative, rise / torch.where(still, 1, change))
