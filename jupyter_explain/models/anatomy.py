"""The nodes and edges of a network: what ran, grouped where it ran over and over, with its parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from torch import nn

from ..explanation import Node
from .tracing import Step, is_layer

if TYPE_CHECKING:
    from .torch import Net

REPEATS = 6  # runs in one place that are drawn one by one
Edge = tuple[int, int, str]


@dataclass(frozen=True)
class Weights:
    """Parameters of every layer by name, as (own, total, trainable), and what layers have in common."""

    counts: dict[str, tuple[int, int, int]]
    shared: dict[str, tuple[str, ...]]

    @property
    def all(self) -> tuple[int, int]:
        """Parameters of the whole network, and how many of them are trained."""
        _, total, trainable = self.counts[""]
        return total, trainable


def weights(net: Net, source: nn.Module) -> Weights:
    """Count parameters, each once, however many names it has; what is trained is the user's module's to say."""
    flags = {_plain(n): p.requires_grad for n, p in source.named_parameters(remove_duplicate=False)}
    trained = {id(p) for n, p in net.plain.named_parameters(remove_duplicate=False) if flags.get(n, p.requires_grad)}
    counts = {}
    for name, module in net.plain.named_modules():
        own = {id(p): p.numel() for p in module.parameters(recurse=False)}
        every = {id(p): p.numel() for p in module.parameters()}
        moving = sum(size for key, size in every.items() if key in trained)
        counts[name] = sum(own.values()), sum(every.values()), moving
    return Weights(counts, _shared(net.plain))


def _plain(name: str) -> str:
    return name.replace("_orig_mod.", "")  # torch.compile's; the twin is without


def _shared(net: nn.Module) -> dict[str, tuple[str, ...]]:
    """Other names of a layer, and layers with a parameter in common."""
    names: dict[int, list[str]] = {}
    for name, module in net.named_modules(remove_duplicate=False):
        names.setdefault(id(module), []).append(name)
        for p in module.parameters(recurse=False):
            names.setdefault(id(p), []).append(name)
    together: dict[str, list[str]] = {}
    for some in names.values():
        for name in some:
            together.setdefault(name, []).extend(n for n in some if n != name)
    return {name: tuple(dict.fromkeys(others)) for name, others in together.items() if others}


def anatomy(steps: list[Step], net: Net, found: Weights) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """Nodes in the order in which they began, then the layers that never ran; edges join those that are no blocks."""
    keys = _keys(steps)
    place = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    total, seen = Counter((s.kind, s.name) for s in steps), Counter[tuple[str, str]]()
    nodes: dict[int, Node] = {}
    for step, key in zip(steps, keys, strict=True):
        seen[step.kind, step.name] += 1
        if place[key] in nodes:  # one node for many runs
            before = nodes[place[key]]
            more = 0 if before.kind in ("layer", "block") else 1
            nodes[place[key]] = replace(before, call=0, calls=before.calls + more)
            continue
        parent = None if step.parent is None else place[keys[step.parent]]
        node = Node(name=step.name, kind=step.kind, type=step.type, shape=step.shape, parent=parent)  # type: ignore[arg-type]
        if step.kind in ("layer", "block"):
            calls, call = total[step.kind, step.name], seen[step.kind, step.name]
            node = replace(node, calls=calls, call=call, **_facts(step.name, found))
        nodes[place[key]] = node
    edges = {(place[keys[a]], place[keys[i]], words): None for i, s in enumerate(steps) for a, words in s.sources}
    return (*nodes.values(), *_idle(steps, net, found)), tuple(e for e in edges if e[0] != e[1])


def _keys(steps: list[Step]) -> list[Any]:
    """What each step is drawn as: itself, or all of its runs in that place where there are many."""
    often = Counter((s.parent, s.kind, s.name) for s in steps)
    runs: Counter[Any] = Counter()
    keys: list[Any] = []
    for s in steps:
        spot = (s.parent, s.kind, s.name)
        runs[spot] += 1
        within = () if s.parent is None else keys[s.parent]
        keys.append((within, s.kind, s.name, 0 if often[spot] > REPEATS else runs[spot]))
    return keys


def _facts(name: str, found: Weights) -> dict[str, Any]:
    own, total, trainable = found.counts[name]
    return {"own": own, "total": total, "trainable": trainable, "shared": found.shared.get(name, ())}


def _idle(steps: list[Step], net: Net, found: Weights) -> Iterator[Node]:
    """Layers that never ran, nor belong to one that did."""
    ran = {s.name for s in steps if s.kind == "layer"}
    for name, module in net.plain.named_modules():
        above = name.split(".")
        inside = any(".".join(above[:k]) in ran for k in range(1, len(above) + 1))
        if name and is_layer(module) and not inside and not isinstance(module, (nn.ModuleList, nn.ModuleDict)):
            facts = _facts(name, found) | {"calls": 0, "call": 0}
            yield Node(name=name, kind="layer", type=type(module).__name__, **facts)
