"""LIME on an image against the original, on the same segments: CPU seconds for 1000 neighbours."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import torch
from lime.lime_image import LimeImageExplainer
from models import picture, small_cnn
from timing import interleave, ratio, row

import jupyter_explain as jx

SAMPLES, SIDE, BATCH = 1000, 224, 4
ROUNDS = 3


def squares(count: int) -> np.ndarray:
    """Numbers of `count` × `count` squares."""
    place = np.arange(SIDE) * count // SIDE
    return place[:, None] * count + place


def main() -> None:
    """Print the table rows."""
    net, image = small_cnn(), picture(SIDE)
    own = image[0].permute(1, 2, 0).numpy().astype(np.double)
    explainer, batch = LimeImageExplainer(random_state=0), torch.cat([image] * BATCH)

    @torch.no_grad()
    def proba(images: np.ndarray) -> np.ndarray:
        return net(torch.tensor(images.transpose(0, 3, 1, 2), dtype=torch.float32)).numpy()

    @torch.no_grad()
    def bare() -> None:
        for _ in range(SAMPLES // BATCH):
            net(batch)

    def lime(parts: np.ndarray) -> None:
        options = {"top_labels": 1, "hide_color": 0, "num_samples": SAMPLES, "segmentation_fn": lambda _: parts}
        with contextlib.redirect_stderr(io.StringIO()):  # a progress bar
            explainer.explain_instance(own, proba, **options)

    for count in (7, 3):
        parts = squares(count)
        calls = {
            "ours": lambda p=parts: jx.explain(net, image, "lime", baseline="zeros", groups=p, samples=SAMPLES),
            "lime": lambda p=parts: lime(p),
            "bare predictions": bare,
        }
        times, spent = interleave(calls, ROUNDS), calls["ours"]().evals
        for other, goal in (("lime", "≤ 0.68"), ("bare predictions", "≤ 1.2")):
            cpu, wall = ratio(times, "ours", other)
            case = f"lime, image 224², {count * count} segments, {SAMPLES} samples, small CNN"
            row(case, other, cpu, goal, f"wall {wall:.2f}, {spent} evaluations")


if __name__ == "__main__":
    main()
