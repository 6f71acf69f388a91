"""The first walks of sampled Shapley values: what each player gained, and the mean of that."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..explanation import OrderSteps
from ..words import CLEAR, Signed, several, shorten
from .canvas import WIDTH, ticks
from .colors import ink, sign_color
from .fonts import breadth, minus, write

ROW = 0.33  # inches
TOP = 12
JITTER = 0.5  # of a row's height


def room(found: OrderSteps) -> tuple[float, float]:
    """Inches."""
    return WIDTH, ROW * min(TOP, len(found.names)) + 0.8


def strips(found: OrderSteps, ax: Any) -> None:
    """A row per player: a dot for each walk, the mean of all with its interval."""
    which = found.order[:TOP]
    paper, mean, stderr = ink(ax), found.mean[which], found.stderr[which]
    known = np.where(np.isfinite(stderr), stderr, 0.0)
    ends = [0.0, *found.gains[:, which].ravel(), *(mean - CLEAR * known), *(mean + CLEAR * known)]
    air = 0.04 * (max(ends) - min(ends)) or 1.0
    ax.set_xlim(min(ends) - air, max(ends) + air)
    ax.set_ylim(len(which) - 0.3, -0.7)
    ticks(ax, *ax.get_xlim())
    ax.axvline(0, color=paper.text, linewidth=0.9)
    beside = JITTER * (np.arange(len(found.gains)) * 0.6180339887 % 1 - 0.5)
    for y, i in enumerate(which):
        gains = found.gains[:, i]
        colours = [sign_color(float(g)) if g else paper.soft for g in gains]
        ax.scatter(gains, y + beside, s=11, c=colours, alpha=0.45, linewidths=0, zorder=2)
        look = {"color": paper.text, "zorder": 4}
        ax.plot([mean[y]] * 2, [y - 0.36, y + 0.36], linewidth=2, **look)
        ax.plot([mean[y] - CLEAR * known[y], mean[y] + CLEAR * known[y]], [y, y], linewidth=1.2, **look)
    spell = Signed(mean, [float(k) for k in known])
    texts = [minus(spell(float(m), float(k) or None)) for m, k in zip(mean, known, strict=True)]
    right = breadth(texts, 9) + 10
    where = {"xycoords": ax.get_yaxis_transform(), "va": "center", "ha": "right", "color": paper.text}
    for y, (i, text) in enumerate(zip(which, texts, strict=True)):
        write(ax, (0, y), shorten(found.names[i]), shift=(-8, 0), **where)
        write(ax, (1, y), text, shift=(right, 0), **where)
    some = f", the strongest {len(which)} of {len(found.names)} features" if len(which) < len(found.names) else ""
    words = f"gains in {several(len(found.gains), 'walk')}, and their mean with a 95 % interval{some}"
    write(ax, (0, 1), words, xycoords="axes fraction", shift=(0, 5), va="bottom", fontsize=8, color=paper.soft)
