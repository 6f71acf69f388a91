"""Between torch and numpy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def native(t: Tensor) -> NDArray[Any]:
    """As numpy in the precision it was computed in (half precisions, which numpy lacks or is slow at, as single)."""
    return t.detach().to("cpu", torch.float64 if t.dtype == torch.float64 else torch.float32).numpy()


def doubles(t: Tensor) -> NDArray[np.float64]:
    """As numpy in double precision."""
    return t.detach().to("cpu", torch.float64).numpy()


def laid_back(out: Tensor) -> Tensor:
    """The same, its gradient put into the memory order of `out` where that has channels last: operations that average
    are slow (CPU: four times) where a gradient lies in another order than what they averaged."""
    if out.ndim == 4 and out.requires_grad and out.is_contiguous(memory_format=torch.channels_last):
        out.register_hook(lambda grad: grad.contiguous(memory_format=torch.channels_last))
    return out


@contextlib.contextmanager
def clean() -> Iterator[None]:
    """Ordinary autograd whatever mode the caller is in; these switches are thread-local and restored on exit."""
    if not (torch.is_inference_mode_enabled() or torch.is_autocast_enabled("cpu")):
        yield
        return
    with torch.inference_mode(False), torch.autocast("cpu", enabled=False):
        yield


@contextlib.contextmanager
def same_draws(device: torch.device) -> Iterator[Callable[[], bool]]:
    """Inside, torch's generators begin where they always begin; afterwards they are what they were.

    Gives a function that tells whether anything was drawn.
    """
    seeded = _generators(device)
    before = [g.get_state() for g in seeded]
    for g in seeded:
        g.manual_seed(0)
    begun = [g.get_state() for g in seeded]

    def drawn() -> bool:
        return any(not torch.equal(g.get_state(), b) for g, b in zip(seeded, begun, strict=True))

    try:
        yield drawn
    finally:
        for g, state in zip(seeded, before, strict=True):
            g.set_state(state)


def _generators(device: torch.device) -> list[torch.Generator]:
    own = [torch.cuda.default_generators[device.index or 0]] if device.type == "cuda" else []
    return [torch.default_generator, *own]
