"""Networks: how much memory an explanation takes at its peak, against the bare passes at the same batch size.

Counted are the bytes of tensors (torch's profiler sees each one come and go) and of arrays (tracemalloc).
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import models
import networks
import torch
from timing import row
from torch.profiler import ProfilerActivity, profile

import jupyter_explain as jx

STEPS, WINDOW = 50, 16
SETTINGS: dict[str, dict[str, Any]] = {
    "saliency": {},
    "guided_backprop": {},
    "lrp": {},
    "deep_lift": {"baseline": "zeros"},
    "grad_cam": {},
    "integrated_gradients": {"baseline": "zeros", "rule": "gauss-legendre", "steps": STEPS},
    "smoothgrad": {"samples": STEPS + 1},
    "occlusion": {"baseline": "zeros", "window": WINDOW, "stride": WINDOW},
}


def peak(call: Callable[[], Any]) -> int:
    """The most bytes that tensors held at a time, and the most that arrays did; a sum, so an upper bound of both."""
    tracemalloc.start()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        call()
    arrays = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = most = 0
    events = [e for e in found.profiler.kineto_results.events() if e.name() == "[memory]"]
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most + arrays


def bare(case: networks.Case, batch: int) -> dict[str, Callable[[], Any]]:
    """What each method cannot do without."""

    def many() -> None:
        for start in range(0, STEPS, batch):
            points = case.x.repeat(min(batch, STEPS - start), 1, 1, 1)
            networks.gradient(case.fast, points, case.target)

    def both() -> None:
        pair = torch.cat([case.x, torch.zeros_like(case.x)])  # what the baseline's pass gave is needed at every step
        networks.gradient(case.fast, pair, case.target)

    hidden = partial(case._hidden, batch)
    return {"integrated_gradients": many, "smoothgrad": many, "occlusion": hidden, "deep_lift": both}


def main() -> None:
    """Print the table rows."""
    for name, make in (("ResNet-18 shape", models.resnet18), ("small CNN", models.small_cnn)):
        case = networks.Case(name, make(), models.picture(), 1)
        jx.explain(case.model, case.x.numpy(), "saliency")  # the twin is made once
        others = bare(case, case.model.net.batch())
        for method, settings in SETTINGS.items():
            ours, theirs = peak(case.ours(method, **settings)), peak(others.get(method, case.bare))
            note = f"{ours / 2**20:.0f} / {theirs / 2**20:.0f} MB"
            row(f"peak memory, {method}, {name}, 224²", "bare passes", ours / theirs, "≤ 1.2", note)


if __name__ == "__main__":
    main()
