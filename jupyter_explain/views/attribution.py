"""Which drawing an attribution gets."""

from __future__ import annotations

from typing import Any

from ..explanation import Attribution
from ..tables import cases, count_of
from . import attribution_bars as bars
from . import attribution_batch as batch
from . import attribution_heatmap as heatmap
from . import attribution_series as series
from . import attribution_text as text
from .canvas import draw, size

SINGLE = {"image": heatmap, "series": series, "text": text}
MANY = {"image": heatmap, "series": series, "text": text}
MOST = 9  # pictures of a batch


@draw.register(Attribution)
def _draw(e: Attribution, ax: Any) -> None:
    count = count_of(e)
    if count is None:
        SINGLE.get(e.layout.kind, bars).one(cases(e)[0], ax)  # type: ignore[attr-defined]
    else:
        MANY.get(e.layout.kind, batch).many(cases(e, MOST), count, ax)  # type: ignore[attr-defined]


@size.register(Attribution)
def _size(e: Attribution) -> tuple[float, float]:
    if count_of(e) is None:
        return SINGLE.get(e.layout.kind, bars).size_one(cases(e)[0])  # type: ignore[attr-defined]
    return MANY.get(e.layout.kind, batch).size_many(cases(e, MOST))  # type: ignore[attr-defined]
