"""What follows a layer, as a model whose input is the layer's output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from ..rows import Rows, each
from . import Model
from .layers import replaced, splits
from .torch import Net


class After(Net):
    """A network after a layer's last run. Everything else in it is as for one fixed row of its input."""

    def __init__(self, whole: Net, row: Rows, layer: str) -> None:
        super().__init__(whole.plain, whole.link, whole.args, whole.device, whole.dtype)
        self._whole, self._row, self._layer = whole, row, layer
        self._runs = sum(c.name == layer for c in whole.calls)
        self._here = whole._here  # whether layers are asked as written is said once for both
        self.row_bytes, self.tensor_bytes, self.row_work = whole.row_bytes, whole.tensor_bytes, whole.row_work
        if layer not in whole.splits:
            whole.splits[layer] = self._runs == 1 and splits(whole, row, layer)

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Outputs (n, …) for the layer's outputs (n, …); what comes before the layer runs once where that works."""
        (given,) = inputs
        n = len(given)
        once = self._whole.splits[self._layer]
        rows = self._row if once else each(lambda a: np.repeat(np.asarray(a), n, axis=0), self._row)
        with self._whole.as_written(rows=n), replaced(self._whole.plain, {self._layer: self._at_last(given)}):
            return self._whole.forward(self._whole.tensors(each(np.copy, rows)))

    def _at_last(self, given: Tensor) -> Callable[[Tensor], Tensor]:
        left = self._runs

        def change(out: Tensor) -> Tensor:
            nonlocal left
            left -= 1
            return out if left else given

        return change

    def predict(self, rows: Rows) -> Any:
        """Outputs of the layer's outputs."""
        return _asked(self, rows)


def _asked(net: After, rows: Rows) -> Any:
    import torch

    from .tensors import clean, doubles

    with clean(), torch.no_grad():
        return doubles(net.forward(net.tensors(rows)))


def after(model: Model, row: Rows, layer: str) -> Model:
    """The model after a layer of it (see `After`)."""
    assert model.net is not None  # noqa: S101 (a layer was found in it)
    net = After(model.net, row, layer)
    return replace(model, predict=net.predict, net=net)
