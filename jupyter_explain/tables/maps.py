"""Feature maps as a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explanation import Maps
from .frames import _pandas, frame

if TYPE_CHECKING:
    import pandas as pd


@frame.register(Maps)
def _maps(e: Maps) -> pd.DataFrame:
    """channel, min, mean, max, active (share of its places above zero), dead; in the layer's order."""
    numbers = {"min": e.maps.min((1, 2)), "mean": e.maps.mean((1, 2)), "max": e.maps.max((1, 2))}
    columns = {"channel": list(e.names)} | numbers | {"active": e.active, "dead": e.dead}
    return _pandas().DataFrame(columns)
