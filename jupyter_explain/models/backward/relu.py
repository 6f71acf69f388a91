"""Guided backpropagation and the deconvolution network: another backward for rectifiers."""

from __future__ import annotations

from typing import Any

import torch

from .names import SMOOTH
from .rule import Rule, bend, carriers

RECTIFIERS = frozenset({"relu", "relu6", "clamp", "clamp_min"})


class ReluRule(Rule):
    """Rectifiers hand back only positive gradients: where the input was positive too (guided), or anywhere."""

    ruled = RECTIFIERS

    def __init__(self, title: str, guided: bool) -> None:
        super().__init__(title)
        self._guided = guided

    def act(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        if not (name in RECTIFIERS and _rectifies(name, args, kwargs)):
            if name in SMOOTH:
                self.plain.add(name)
            return func(*args, **kwargs)
        self.acted.add(name)
        x = carriers(args, kwargs)[0]
        out = func(x.detach(), *args[1:], **kwargs)
        if not self._guided:
            return bend(out, lambda grad: (grad.clamp(min=0),), x)
        open_ = (x > 0) & (out < 6) if name == "relu6" else x > 0
        return bend(out, lambda grad: (torch.where(open_, grad.clamp(min=0), 0),), x)


def _rectifies(name: str, args: Any, kwargs: Any) -> bool:
    """`clamp` is a rectifier when it cuts at zero from below and nowhere else."""
    if not name.startswith("clamp"):
        return True
    given = dict(zip(("min", "max"), args[1:], strict=False)) | kwargs
    return isinstance(given.get("min"), (int, float)) and given["min"] == 0 and given.get("max") is None
