"""Feature maps in words."""

from __future__ import annotations

from ..explanation import Maps
from .lines import sentence, title
from .numbers import number, several
from .plain import _closing, summary
from .text import joined

TOP = 8  # lines of the table
NAMED = 3  # channels in the sentence


@sentence.register(Maps)
def _sentence(e: Maps) -> str:
    """How many channels of what size, which are strongest, and how many are dead."""
    one = "unit" if e.over == "unit" else "channel"
    best = [int(i) for i in e.order if not e.dead[i]][:NAMED]
    head = several(len(e.maps), one) + ("" if e.over == "unit" else f" of {places(e)}")
    if not best:
        return f"{head}, all of them {'zero' if e.over == 'unit' else 'dead (nowhere above zero, or constant)'}."
    words = joined([f"{e.names[i].removeprefix('unit ')} ({number(float(e.strength[i]))})" for i in best])
    dead = int(e.dead.sum())
    end = f"; {dead} {'is' if dead == 1 else 'are'} {'zero' if e.over == 'unit' else 'dead'} here" if dead else ""
    return f"{head}, strongest on average: {words}{end}."


def places(e: Maps) -> str:
    """`8 × 8 places`, `12 steps`, `1 token`."""
    height, width = e.maps.shape[1:]
    if e.over in ("steps", "tokens"):
        return several(width, e.over.removesuffix("s"))
    return f"{height} × {width} places"


@summary.register(Maps)
def _summary(e: Maps) -> str:
    """Title, sentence, and the strongest channels."""
    order = e.order[:TOP]
    head = ("unit" if e.over == "unit" else "channel", "min", "mean", "max", "active")
    lines = [head, *(_line(e, int(i)) for i in order)]
    wide = [max(len(line[k]) for line in lines) for k in range(len(head))]
    table = ["  " + "  ".join(c.rjust(w) for c, w in zip(line, wide, strict=True)).rstrip() for line in lines]
    more = len(e.maps) - len(order)
    table += [f"  and {several(more, 'other')}"] if more else []
    return "\n".join([title(e), sentence(e), "", *table, "", *_closing(e)])


def _line(e: Maps, i: int) -> tuple[str, ...]:
    """Channel, smallest, mean and largest number, share of active places."""
    a = e.maps[i]
    dead = " dead" if e.dead[i] and e.over != "unit" else ""
    stats = (number(float(v)) for v in (a.min(), a.mean(), a.max()))
    return e.names[i].removeprefix("unit "), *stats, f"{100 * e.active[i]:.0f} %{dead}"
