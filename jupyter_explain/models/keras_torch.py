"""Keras 3 on the torch backend: a model is a torch module, and is asked like one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import Phrase, refuse
from . import Model
from .keras import unit_of
from .torch import Net, _frozen

TRAINING = ("_optimizer", "optimizer", "loss", "_loss_tracker", "_metrics", "_compile_loss", "_compile_metrics")


class KerasNet(Net):
    """A Keras model, which takes several inputs as a list and is told that it is not being trained."""

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Outputs (n, outputs) or (n, …), after the link."""
        if getattr(self._here, "feed", None) is not None:
            return super().forward(inputs)
        with self.fed(self._feed):
            return super().forward(inputs)

    def _feed(self, net: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
        given = inputs[0] if len(inputs) == 1 else list(inputs)
        more = {"training": False} if getattr(net, "_call_has_training_arg", False) else {}
        return net(given, *(self._arg(a, len(inputs[0])) for a in self.args), **more)


def network_of(net: Any, link: str, args: tuple[Any, ...]) -> Model:
    """A Keras model on torch: gradients and layers of a private twin over the same weights.

    Raises:
        ValueError: for a model that was never built, or a link that it has no use for.
    """
    if not net.built:
        rule = "must be built: call it once, or begin it with keras.Input"
        raise refuse(type(net).__name__, rule, Phrase("a Keras model without weights"))
    unit = unit_of(net)
    if link not in ("identity", "probability"):
        raise refuse("link", "must be 'identity' or 'probability' for a Keras model", link)
    twin = twin_of(net)
    weight = next((p for p in twin.parameters() if p.is_floating_point()), None)
    device = weight.device if weight is not None else torch.device("cpu")
    dtype = weight.dtype if weight is not None else None
    given = "identity" if unit == "probability" else link
    asked = KerasNet(twin, given, args, device, dtype)
    unit = "probability" if link == "probability" else unit
    return Model(type(net).__name__, asked.predict, unit, classes=True, net=asked, source=net)


def twin_of(net: Any) -> Any:
    """A private copy of the tree of layers over the very same numbers; `net` itself is only read.

    Keras copies a layer by saving and loading it, with new weights. So every layer is made anew here from what it
    holds, each variable with a frozen view of its own numbers, and what belongs to training is left out.
    """
    layers = list({id(part): part for part in _parts(net)}.values())
    memo: dict[int, Any] = {id(op): op for layer in layers for op in getattr(layer, "_operations", ())}
    memo |= {id(g): g for layer in layers for g in getattr(layer, "_seed_generators", ())}
    # What layers of preprocessing compute with; holds a name, and cannot be copied.
    memo |= {id(layer.backend): layer.backend for layer in layers if "backend" in vars(layer)}
    memo |= {id(layer): layer.__class__.__new__(layer.__class__) for layer in layers}
    memo |= {id(p): _frozen(p) for p in net.parameters()} | {id(b): b for b in net.buffers()}
    for variable in _variables(layers):
        memo[id(variable)] = _variable(variable, memo)
    memo |= {id(net.__dict__[k]): None for k in TRAINING if net.__dict__.get(k) is not None}
    for layer in layers:
        _filled(layer, memo)
    twin = memo[id(net)]
    for layer in layers:
        _registered(memo[id(layer)])
    if {p.data_ptr() for p in twin.parameters()} != {p.data_ptr() for p in net.parameters()}:
        given = Phrase("parts that Keras does not list as layers; pass a function that calls the model")
        raise refuse(type(net).__name__, "must be made of layers, so that a private copy shares their weights", given)
    return twin


def _parts(net: Any) -> Iterator[Any]:
    """Layers as Keras lists them, and what torch alone knows of each."""
    for layer in net._flatten_layers(include_self=True, recursive=True):
        yield from layer.modules()


def _variables(layers: list[Any]) -> list[Any]:
    found = {id(v): v for layer in layers for v in getattr(layer, "variables", ())}
    return list(found.values())


def _variable(variable: Any, memo: dict[int, Any]) -> Any:
    """The same variable over a frozen view of its numbers."""
    made = object.__new__(type(variable))
    made.__dict__.update(variable.__dict__)
    value = variable.value
    memo.setdefault(id(value), _frozen(value))
    made.__dict__["_value"] = memo[id(value)]
    return made


def _filled(layer: Any, memo: dict[int, Any]) -> None:
    """What a layer holds, copied, into its twin."""
    made = memo[id(layer)]
    try:
        made.__dict__.update({k: copy.deepcopy(v, memo) for k, v in layer.__dict__.items()})
    except Exception as error:
        name = type(layer).__name__
        error.add_note(f"jupyter_explain works on a copy of your model (weights shared), and could not copy {name}.")
        raise


def _registered(made: Any) -> None:
    """Sub-layers by their Keras names, where torch's own list of modules does not have them."""
    known = getattr(made, "_layers", None)
    if not isinstance(known, list) or not hasattr(made, "_modules"):
        return
    have = {id(m) for m in made._modules.values()}
    new = {layer.name: layer for layer in known if isinstance(layer, nn.Module) and id(layer) not in have}
    made.__dict__["_modules"] = {**new, **made._modules}
