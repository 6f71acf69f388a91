"""What of each answer type travels to the front end: one file per type."""

from . import curves, scores  # registers them

__all__ = ["curves", "scores"]
