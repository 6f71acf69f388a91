"""A Matplotlib figure that shows itself. (Imported only when something is drawn: it imports Matplotlib.)"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class Drawing(Figure):
    """A figure that pyplot knows nothing of; notebooks show it whether pyplot was imported or not."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        self.canvas.print_png(out)  # type: ignore[attr-defined]
        return out.getvalue()
