"""Guided backpropagation and the deconvolution network: another backward for rectifiers."""

from __future__ import annotations

from math import inf
from typing import Any

import torch
from torch import Tensor

from .names import SMOOTH
from .rule import Rule, bend, carriers

RECTIFIERS = frozenset({"relu", "relu6", "clamp", "clamp_min"})


class ReluRule(Rule):
    """Rectifiers hand back only positive gradients: where the input was positive too (guided), or anywhere."""

    ruled = RECTIFIERS

    def __init__(self, title: str, guided: bool) -> None:
        super().__init__(title)
        self._guided = guided

    def pools_first(self, apart: bool) -> bool:
        """Nothing is added up between the two where every number is in one window only, and zeros pass nothing."""
        return self._guided and apart

    def own(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """Nothing but another activation would need a rule."""
        if name in SMOOTH:
            self.plain.add(name)
        return func(*args, **kwargs)

    def act(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        if not (name in RECTIFIERS and _rectifies(name, args, kwargs)):
            return self.own(name, func, args, kwargs)
        self.acted.add(name)
        x = carriers(args, kwargs)[0]
        out = func(x.detach(), *args[1:], **kwargs)
        if not self._guided:
            return bend(out, lambda grad: (grad.clamp(min=0),), x)
        top, kept = 6.0 if name == "relu6" else inf, self.keep(out)

        def back(grad: Tensor) -> tuple[Tensor]:
            passed = torch.ops.aten.hardtanh_backward(grad, kept.tensor, 0.0, top)  # where 0 < output < top
            return (passed.clamp_(min=0),)

        return bend(out, back, x)


def _rectifies(name: str, args: Any, kwargs: Any) -> bool:
    """`clamp` is a rectifier when it cuts at zero from below and nowhere else."""
    if not name.startswith("clamp"):
        return True
    given = dict(zip(("min", "max"), args[1:], strict=False)) | kwargs
    return isinstance(given.get("min"), (int, float)) and given["min"] == 0 and given.get("max") is None
