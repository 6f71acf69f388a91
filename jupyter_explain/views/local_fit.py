"""A local fit under the microscope: neighbours as dots, darker and larger the more they weigh, and the fitted line."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..explanation import LocalFit
from ..words import number, shorten
from .canvas import DPI, WIDTH
from .colors import DARK, LIGHT, Ink, ink, sign_color
from .fonts import minus, write

Array = NDArray[np.float64]
HEIGHT = 3.6  # inches
JITTER = 0.16  # of the step between 0 and 1


def plot_fit(fit: LocalFit, ax: Any = None, feature: str | int | None = None, alone: bool = False) -> Any:
    """Draw a local fit into the axes, or on a new figure; returns the figure."""
    ax = _new_axes(LIGHT) if ax is None else ax
    draw_fit(fit, ax, feature, alone)
    return ax.figure.figure


def png_fit(fit: LocalFit, dpi: int, dark: bool) -> bytes:
    """The picture of a local fit as PNG bytes, on light or dark paper."""
    drawn, out = _new_axes(DARK if dark else LIGHT), BytesIO()
    draw_fit(fit, drawn)
    drawn.figure.set_dpi(dpi)
    drawn.figure.canvas.print_png(out)
    return out.getvalue()


def _new_axes(paper: Ink) -> Any:
    from .drawing import Drawing

    return Drawing((WIDTH, HEIGHT), dpi=DPI, facecolor=paper.paper, layout="constrained").add_subplot()


def draw_fit(fit: LocalFit, ax: Any, feature: str | int | None = None, alone: bool = False) -> None:
    """The dots, the input as a ring, the line, and what they are."""
    if feature is None:
        feature = "fitted" if fit.kind == "present" else int(fit.order[0])
    x, y, line, here, name = _seen(fit, feature, alone)
    paper = ink(ax)
    _axes(ax)
    share = fit.weights / max(float(fit.weights.max(initial=0.0)), 1e-300)
    order = np.argsort(share, kind="stable")  # the heavy ones on top
    look: dict[str, Any] = {"s": 6 + 26 * share[order], "alpha": 0.06 + 0.6 * share[order], "linewidths": 0}
    ax.scatter(x[order], y[order], color=paper.text, **look)
    if line is not None:
        ends, heights, colour = line
        ax.plot(ends, heights, color=colour, linewidth=2.2, zorder=3)
    ring = {"s": 58, "facecolors": paper.paper, "edgecolors": paper.text, "linewidths": 1.8, "zorder": 4}
    ax.scatter([here], [fit.output], **ring)
    _words(fit, ax, name, feature, alone)


Line = tuple[list[float], list[float], str]


def _seen(fit: LocalFit, feature: str | int, alone: bool) -> tuple[Array, Array, Line | None, float, str]:
    """(x, y, line with its colour, x of the input, what x is)."""
    if feature == "fitted" and feature not in fit.names:
        both = [float(v) for v in _ends(np.concatenate([fit.fitted, fit.outputs, [fit.output]]))]
        return fit.fitted, fit.outputs, (both, both, "#8a8f98"), fit.fitted_here, "output of the fit"
    if feature == "distance" and feature not in fit.names:
        return fit.distances, fit.outputs, None, 0.0, f"distance from the input ({fit.distance})"
    k = fit.find(feature)
    steps, slope = fit.features[:, k], float(fit.slopes[k])
    y = fit.outputs - fit.fitted + fit.fitted_here + slope * (steps - fit.here[k]) if alone else fit.outputs
    ends = [float(v) for v in _ends(np.append(steps, fit.here[k]))]
    heights = [fit.fitted_here + slope * (e - fit.here[k]) for e in ends]
    if np.isnan(fit.scale[k]):
        x = steps + JITTER * (np.arange(len(steps)) * 0.6180339887 % 1 - 0.5)  # beside each other, the same every time
        return x, y, (ends, heights, sign_color(slope)), float(fit.here[k]), fit.names[k]
    shown = [float(fit.origin[k] + fit.scale[k] * e) for e in ends]
    return fit.values(k), y, (shown, heights, sign_color(slope)), float(fit.origin[k]), fit.names[k]


def _ends(values: Array) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _axes(ax: Any) -> None:
    paper = ink(ax)
    ax.grid(False)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(paper.line)
    ax.tick_params(colors=paper.soft, labelsize=8, length=3)
    ax.yaxis.grid(True, color=paper.line, linewidth=0.6)
    ax.set_axisbelow(True)


def _words(fit: LocalFit, ax: Any, name: str, feature: str | int, alone: bool) -> None:
    paper = ink(ax)
    ax.set_xlabel(minus(shorten(name)), fontsize=9, color=paper.text)
    held = isinstance(feature, int) or feature in fit.names
    ax.set_ylabel("output, others held by the fit" if alone and held else "output", fontsize=9, color=paper.text)
    if held and np.isnan(fit.scale[fit.find(feature)]):
        ax.set_xlim(-0.4, 1.4)
        ax.set_xticks([0, 1], ["hidden", "shown"] if fit.kind == "present" else ["other", "as in the input"])
    write(ax, (0, 1), facts(fit), xycoords="axes fraction", shift=(0, 6), fontsize=8, color=paper.soft, va="bottom")


def facts(fit: LocalFit) -> str:
    """How good the fit is, and what is drawn."""
    good = "output is the same everywhere" if fit.explained is None else f"local R² {number(fit.explained)}"
    drawn = "" if fit.count == len(fit.outputs) else f", {len(fit.outputs):,} drawn"
    mass = f"{fit.count:,} neighbours{drawn}, weighing as much as {fit.mass:,.0f}"
    return minus(f"{good}; intercept {number(fit.intercept)}; kernel width {number(fit.width)}; {mass}")
