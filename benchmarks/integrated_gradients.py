"""Integrated gradients: time against captum and against the bare loop, and error at equal gradients."""

from __future__ import annotations

import models
import numpy as np
import torch
from captum.attr import IntegratedGradients
from sklearn.datasets import load_breast_cancer
from timing import interleave, ratio, row
from torch import Tensor, nn

import jupyter_explain as jx
from jupyter_explain.models.threads import one_thread
from jupyter_explain.stats import gauss_legendre


def bare(net: nn.Module, x: Tensor, target: int, n: int, batch: int) -> np.ndarray:
    """The loop nobody can do without: n gradients on the path from zero, in batches."""
    nodes, weights = gauss_legendre(n)
    total = torch.zeros_like(x)
    for start in range(0, n, batch):
        alphas = torch.as_tensor(nodes[start : start + batch], dtype=x.dtype).view(-1, 1, 1, 1)
        points = (alphas * x).contiguous(memory_format=torch.channels_last).requires_grad_(True)
        grads = torch.autograd.grad(net(points)[:, target].sum(), points)[0]
        total += (torch.as_tensor(weights[start : start + batch], dtype=x.dtype).view(-1, 1, 1, 1) * grads).sum(0)
    return (total * x).numpy()


def alone(net: nn.Module, x: Tensor, target: int, n: int) -> np.ndarray:
    """All gradients at once, on one thread."""
    with one_thread(True):
        return bare(net, x, target, n, n)


def speed(
    case: str, net: nn.Module, x: Tensor, batches: tuple[int, ...], targets: tuple[str, str, str], rounds: int
) -> None:
    """CPU ratios at 50 gradients."""
    target, n = int(net(x).argmax()), 50
    fast = models.bare_twin(net, x) if x.shape[-1] >= 32 else net
    shown = x.numpy()
    settings = {"rule": "gauss-legendre", "steps": n, "target": target, "baseline": "zeros"}
    captum = IntegratedGradients(net)
    calls = {"ours": lambda: jx.explain(net, shown, "integrated_gradients", **settings)}
    calls["captum"] = lambda: captum.attribute(x, target=target, n_steps=n)
    for b in batches:
        calls[f"captum {b}"] = lambda b=b: captum.attribute(x, target=target, n_steps=n, internal_batch_size=b)
        calls[f"bare {b}"] = lambda b=b: bare(fast, x, target, n, b)
    if x.shape[-1] < 32:
        calls[f"bare {n}, one thread"] = lambda: alone(fast, x, target, n)
    times = interleave(calls, rounds, 0.1)

    def best(who: str) -> str:
        """The fastest of a kind."""
        return max((name for name in calls if name.startswith(who)), key=lambda name: ratio(times, "ours", name)[0])

    for against, goal in zip(("captum", best("captum"), best("bare")), targets, strict=True):
        cpu, wall = ratio(times, "ours", against)
        row(f"Integrated gradients, {case}", against, cpu, goal, f"wall {wall:.2f}")


def truth(net: nn.Module, x: np.ndarray, target: int, probability: bool, n: int = 5000) -> np.ndarray:
    """A long midpoint sum."""
    link = {"link": "probability"} if probability else {}
    parts = [_midpoint(net, x, target, link, n, k, 5) for k in range(5)]
    return np.mean(parts, axis=0)


def _midpoint(net: nn.Module, x: np.ndarray, target: int, link: dict, n: int, k: int, of: int) -> np.ndarray:
    alphas = torch.as_tensor((np.arange(k, n, of) + 0.5) / n, dtype=torch.float64)
    points = (alphas.view(-1, *[1] * (x.ndim - 1)) * torch.as_tensor(x)).requires_grad_(True)
    out = net(points)
    out = torch.softmax(out, 1) if link else out
    return x * torch.autograd.grad(out[:, target].sum(), points)[0].mean(0, keepdim=True).numpy()


def accuracy(case: str, net: nn.Module, inputs: list[np.ndarray], probability: bool, n: int, goal: str) -> None:
    """Error at n gradients, ours (adaptive) / captum's default rule: geometric mean over inputs."""
    model = nn.Sequential(net, nn.Softmax(1)) if probability else net
    ours, peer = [], []
    for x in inputs:
        target = int(net(torch.as_tensor(x)).argmax())
        exact = truth(net, x, target, probability)
        e = jx.explain(model, x, "integrated_gradients", baseline="zeros", target=target, samples=n + 2)
        found = IntegratedGradients(model).attribute(torch.as_tensor(x), target=target, n_steps=n).numpy()
        size = np.linalg.norm(exact)
        ours.append(np.linalg.norm(e.values - exact) / size)
        peer.append(np.linalg.norm(found - exact) / size)
    mean = lambda v: float(np.exp(np.mean(np.log(np.maximum(v, 1e-16)))))  # noqa: E731
    row(
        f"IG error, {case}, {n} gradients",
        "captum's default",
        mean(ours) / mean(peer),
        goal,
        f"{mean(ours):.2g} / {mean(peer):.2g}",
    )


def mlp() -> tuple[nn.Module, np.ndarray]:
    """A ReLU network on breast cancer."""
    pixels, labels = load_breast_cancer(return_X_y=True)
    inputs = torch.tensor((pixels - pixels.mean(0)) / pixels.std(0), dtype=torch.float32)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    return models.train(net, inputs, torch.tensor(labels), 30, 1e-2).double(), inputs.double().numpy()


def main() -> None:
    """Print the table rows."""
    cnn, digits, _ = models.digits_cnn()
    speed("ResNet-18 shape, 224²", models.resnet18(), models.picture(), (4, 8), ("≤ 0.70", "≤ 0.85", "≤ 1.05"), 3)
    speed("small CNN, 224²", models.small_cnn(), models.picture(), (2, 4, 16), ("≤ 0.60", "≤ 0.85", "≤ 1.05"), 5)
    speed("digits CNN, 8²", cnn, digits[:1], (50,), ("≤ 0.40", "≤ 0.40", "≤ 1.15"), 9)
    shown = [digits[i : i + 1].double().numpy() for i in range(10)]
    net, rows = mlp()
    for n in (64, 128):
        accuracy("digits CNN (ReLU), logit", cnn.double(), shown, False, n, "≤ 0.8")
        accuracy("digits CNN (ReLU), probability", cnn.double(), shown, True, n, "≤ 0.4")
        accuracy("MLP (ReLU), probability", net, [rows[i : i + 1] for i in range(0, 100, 10)], True, n, "≤ 0.4")


if __name__ == "__main__":
    main()
