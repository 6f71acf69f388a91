"""A torch network with random weights from the output down to some layer: always a copy, never the user's."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from . import Model
from .torch import Net

STAGES = 12  # of a cascade; deeper networks lose several layers at a time


def stages(net: Net) -> list[list[str]]:
    """Names of the parts with weights of their own, those next to the output first, in at most STAGES steps."""
    parts = [n for n, m in net.plain.named_modules() if any(p.is_floating_point() for p in m.parameters(recurse=False))]
    started = {name: _place(net, name) for name in parts}
    order = sorted((n for n in parts if started[n] >= 0), key=lambda n: -started[n])
    return [list(map(str, some)) for some in np.array_split(np.array(order, object), min(STAGES, len(order)) or 1)]


def _place(net: Net, name: str) -> int:
    """When the part, or the first part inside it, ran; -1: never."""
    inside = [i for i, c in enumerate(net.calls) if not name or f"{c.name}.".startswith(f"{name}.")]
    return min(inside, default=-1)


class Cascade:
    """A copy of a network that loses its weights step by step.

    Args:
        model: the model; its weights are copied.
        rng: where the random weights come from.
    """

    def __init__(self, model: Model, rng: np.random.Generator) -> None:
        assert model.net is not None  # noqa: S101  (methods with layers need a net)
        whole, self._rng = model.net, rng
        fresh = type(whole)(copy.deepcopy(whole.plain), whole.link, whole.args, whole.device, whole.dtype)
        fresh.calls = whole.calls
        fresh.row_bytes, fresh.tensor_bytes, fresh.row_work = whole.row_bytes, whole.tensor_bytes, whole.row_work
        fresh.row_seconds = whole.row_seconds
        self.model = replace(model, net=fresh, predict=fresh.predict, source=None)
        self._net = fresh.plain

    def forget(self, names: list[str]) -> None:
        """Draw the weights of these parts anew: normal, with the mean and spread that each tensor had."""
        with torch.no_grad():
            for name in names:
                for p in self._net.get_submodule(name).parameters(recurse=False):
                    if p.is_floating_point():
                        p.copy_(self._like(p))

    def _like(self, p: nn.Parameter | torch.Tensor) -> torch.Tensor:
        numbers = p.detach().double()
        mean, spread = float(numbers.mean()), float(numbers.std(unbiased=False))
        drawn = self._rng.normal(mean, spread or 0.0, size=tuple(p.shape))
        return torch.from_numpy(np.asarray(drawn)).to(p.device, p.dtype)
