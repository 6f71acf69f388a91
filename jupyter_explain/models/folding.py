"""Batch norms folded into the convolutions before them: the same function in fewer passes over memory."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch import Tensor, nn

from .tape import Ref, Step, Tape


def fold_batch_norms(twin: nn.Module, inputs: tuple[Any, ...]) -> frozenset[str]:
    """Fold each batch norm that is the only reader of a convolution, where each of both runs once.

    Args:
        twin: a private module in eval mode.
        inputs: what it is called with; shows which layer follows which. Where what follows depends on numbers,
            nothing is folded.

    Returns:
        names of the layers that put out something else now.
    """
    if not any(type(m) is nn.BatchNorm2d for m in twin.modules()):
        return frozenset()
    pairs = _pairs(twin, inputs)
    for conv, norm in pairs:
        fused = torch.nn.utils.fusion.fuse_conv_bn_eval(twin.get_submodule(conv), twin.get_submodule(norm))
        _replace(twin, conv, fused)
        _replace(twin, norm, nn.Identity())
    return frozenset(conv for conv, _ in pairs)


def _replace(root: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, leaf = name.rpartition(".")
    setattr(root.get_submodule(parent), leaf, module)


def _pairs(twin: nn.Module, inputs: tuple[Any, ...]) -> list[tuple[str, str]]:
    """Names (convolution, batch norm)."""
    with torch.no_grad(), Tape(inputs[0]) as tape:
        twin(*inputs)
    if tape.broken:
        return []
    convs, norms = _owners(twin, nn.Conv2d, "weight"), _owners(twin, nn.BatchNorm2d, "running_mean")
    runs = Counter(_owned(s) for s in tape.steps)
    readers = Counter(r.at for s in tape.steps for r in s.refs)
    out = []
    for step in tape.steps:
        source = step.args[0] if step.name == "batch_norm" and step.args else None
        if not isinstance(source, Ref) or tape.steps[source.at].name != "conv2d" or readers[source.at] > 1:
            continue
        keys = _owned(tape.steps[source.at]), _owned(step)
        if keys[0] in convs and keys[1] in norms and runs[keys[0]] == runs[keys[1]] == 1:
            out.append((convs[keys[0]], norms[keys[1]]))
    return out


def _owned(step: Step) -> int:
    """Identity of the tensor by which a layer is told: a convolution's weight, a batch norm's mean."""
    found = step.args[1] if step.name in ("conv2d", "batch_norm") and len(step.args) > 1 else None
    return id(found) if isinstance(found, Tensor) else 0


def _owners(twin: nn.Module, kind: type, attribute: str) -> dict[int, str]:
    """Names of the layers of exactly that kind, by the identity of a tensor that no other module has."""
    named = [(id(getattr(m, attribute)), n) for n, m in twin.named_modules() if type(m) is kind]
    shared = Counter(id(t) for m in twin.modules() for t in (*m._parameters.values(), *m._buffers.values()))
    return {key: name for key, name in named if shared[key] == 1 and name}
