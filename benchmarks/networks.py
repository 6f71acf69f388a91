"""Networks: time against captum at its best and against the bare passes that the method cannot do without."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import by_hand
import captum.attr as peer
import models
import numpy as np
import torch
from timing import interleave, ratio, row
from torch import Tensor, nn

import jupyter_explain as jx
from jupyter_explain.inside.hiding import Hiding

WINDOW = 16
Calls = dict[str, Callable[[], Any]]


def best(times: Any, who: str) -> str:
    """The fastest of a kind."""
    return max((name for name in times if name.startswith(who)), key=lambda name: ratio(times, "ours", name)[0])


def report(case: str, calls: Calls, goals: dict[str, str], rounds: int) -> None:
    """Rows of one case: ours against the fastest of each kind."""
    times = interleave(calls, rounds, 0.1)
    for kind, goal in goals.items():
        name = best(times, kind)
        cpu, wall = ratio(times, "ours", name)
        row(case, name, cpu, goal, f"wall {wall:.2f}")


def gradient(net: nn.Module, points: Tensor, target: int) -> Tensor:
    """Bare: one forward and one backward pass to the input."""
    leaf = points.contiguous(memory_format=torch.channels_last).requires_grad_(True)
    return torch.autograd.grad(net(leaf)[:, target].sum(), leaf)[0]


def forward(net: nn.Module, points: Tensor) -> Tensor:
    """Bare: one forward pass without a graph."""
    with torch.no_grad():
        return net(points.contiguous(memory_format=torch.channels_last))


class Case:
    """A network, a picture, and what the methods are compared with."""

    def __init__(self, name: str, net: nn.Module, x: Tensor, rounds: int) -> None:
        self.name, self.net, self.x, self.rounds = name, net, x, rounds
        self.target = int(net(x).argmax())
        self.fast = models.bare_twin(net, x)
        self.bare = partial(gradient, self.fast, x, self.target)
        self.deep = any(isinstance(m, models.Block) for m in net.modules())

    def ours(self, method: str, **settings: Any) -> Callable[[], Any]:
        """Our call."""
        return partial(jx.explain, self.net, self.x.numpy(), method, target=self.target, **settings)

    def report(self, method: str, calls: Calls, goals: dict[str, str]) -> None:
        """Measure one method."""
        report(f"{method}, {self.name}", calls, goals, self.rounds)

    def once(self) -> None:
        """Methods that take one forward and one backward pass."""
        captum = {
            "input_x_gradient": peer.InputXGradient(self.net).attribute,
            "guided_backprop": peer.GuidedBackprop(self.net).attribute,
            "lrp": None,
        }
        for method, attribute in captum.items():
            calls: Calls = {"ours": self.ours(method), "bare pass": self.bare}
            goals = {"bare": "≤ 1.05"}
            if method == "lrp" and not self.deep:
                calls["by hand"] = partial(by_hand.lrp, self.fast, self.x, self.target)
                goals["by hand"] = "-"
            if attribute is not None:
                calls["captum"] = lambda a=attribute: a(self.x.clone(), target=self.target)
                goals["captum"] = "-"
            self.report(method, calls, goals)

    def deep_lift(self, goal: str) -> None:
        """Two forward passes and one backward pass."""
        zeros = torch.zeros_like(self.x)

        def bare() -> None:
            forward(self.fast, zeros)
            self.bare()

        captum = peer.DeepLift(self.net)
        calls: Calls = {"ours": self.ours("deep_lift", baseline="zeros"), "bare passes": bare}
        calls["captum"] = lambda: captum.attribute(self.x.clone(), zeros, target=self.target)
        goals = {"captum": goal, "bare": "≤ 1.1"}
        if not self.deep:
            calls["by hand"] = partial(by_hand.deep_lift, self.fast, self.x, zeros, self.target)
            goals["by hand"] = "-"
        self.report("deep_lift", calls, goals)

    def inside(self, methods: dict[str, dict[str, Any]]) -> None:
        """What one forward pass is enough for."""
        for method, settings in methods.items():
            calls: Calls = {"ours": self.ours(method, **settings), "bare forward": partial(forward, self.fast, self.x)}
            self.report(method, calls, {"bare": "≤ 1.05"})

    def sampled(self, method: str, goal: str, batches: tuple[int, ...]) -> None:
        """Fifty gradients, at noisy points that are drawn meanwhile."""
        n, size, random = 50, float(np.ptp(self.x.numpy())), torch.Generator().manual_seed(0)
        more = {"baseline": "zeros"} if method == "expected_gradients" else {}
        calls: Calls = {"ours": self.ours(method, samples=n + 1, **more)}

        def bare(batch: int) -> None:
            for start in range(0, n, batch):
                noise = torch.randn(min(batch, n - start), *self.x.shape[1:], generator=random)
                gradient(self.fast, self.x + 0.15 * size * noise, self.target)

        for b in batches:
            calls[f"bare {b}"] = partial(bare, b)
        if method == "smoothgrad":
            tunnel = peer.NoiseTunnel(peer.Saliency(self.net))
            for b in batches:
                settings = {"nt_samples": n, "nt_samples_batch_size": b, "stdevs": 0.15 * size, "abs": False}
                calls[f"captum {b}"] = lambda s=settings: tunnel.attribute(self.x.clone(), target=self.target, **s)
        goals = {"captum": goal, "bare": "≤ 1.05"} if method == "smoothgrad" else {"bare": "≤ 1.05"}
        self.report(f"{method} 50", calls, goals)

    def grad_cam(self, at: str) -> None:
        """One forward pass and the gradient to a late layer, with no graph below it."""
        captum = peer.LayerGradCam(self.net, self.net.get_submodule(at))
        layer, k = self.fast.get_submodule(at), int(at) + 1
        assert self.fast[k - 1] is layer, "the benchmark's networks are sequences"

        def bare() -> None:
            with torch.no_grad():
                below = self.fast[:k](self.x.contiguous(memory_format=torch.channels_last))
            leaf = below.requires_grad_(True)
            torch.autograd.grad(self.fast[k:](leaf.clone())[:, self.target].sum(), leaf)

        calls: Calls = {"ours": self.ours("grad_cam", at=at), "bare": bare}
        calls["captum"] = lambda: captum.attribute(self.x, target=self.target)
        self.report("grad_cam", calls, {"captum": "≤ 1.02", "bare": "≤ 1.05"})

    def occlusion(self, batches: tuple[int, ...], goal: str) -> None:
        """Windows side by side, by whole passes and by what they change."""
        settings = {"window": WINDOW, "stride": WINDOW, "baseline": "zeros"}
        calls: Calls = {"ours": self.ours("occlusion", **settings)}
        captum = peer.Occlusion(self.net)
        for b in batches:
            calls[f"captum {b}"] = lambda b=b: captum.attribute(
                self.x, (3, WINDOW, WINDOW), (3, WINDOW, WINDOW), 0, target=self.target, perturbations_per_eval=b
            )
            calls[f"bare {b}"] = partial(self._hidden, b)
        self.report("occlusion, layer by layer", calls, {"captum": "≤ 0.1", "bare": "≤ 0.1"})
        follows, Hiding._may_follow = Hiding._may_follow, lambda self: False  # type: ignore[method-assign]
        try:
            self.report("occlusion, whole passes", calls, {"captum": goal, "bare": "≤ 1.1"})
        finally:
            Hiding._may_follow = follows  # type: ignore[method-assign]

    def _hidden(self, batch: int) -> None:
        places = [(i, j) for i in range(0, 224, WINDOW) for j in range(0, 224, WINDOW)]
        for start in range(0, len(places), batch):
            some = places[start : start + batch]
            rows = self.x.repeat(len(some), 1, 1, 1)
            for r, (i, j) in zip(rows, some, strict=True):
                r[:, i : i + WINDOW, j : j + WINDOW] = 0
            forward(self.fast, rows)


def main() -> None:
    """Print the table rows."""
    small = Case("small CNN, 224²", models.small_cnn(), models.picture(), 7)
    resnet = Case("ResNet-18 shape, 224²", models.resnet18(), models.picture(), 5)
    for case, last, goal in ((small, "3", "≤ 0.4"), (resnet, "11", "≤ 0.65")):
        case.once()
        case.deep_lift(goal)
        case.grad_cam(last)
        case.inside({"activations": {"at": last}})
    attends = Case("small ViT, 224²", models.vit(), models.picture(), 7)
    attends.inside({"attention": {}, "attention_rollout": {}, "activations": {"at": "blocks.5"}})
    small.sampled("smoothgrad", "≤ 0.68", (2, 4, 8))
    small.sampled("expected_gradients", "", (2, 4, 8))
    small.occlusion((4, 7), "≤ 0.85")
    resnet.rounds = 3
    resnet.occlusion((4, 8), "≤ 0.85")


if __name__ == "__main__":
    main()
