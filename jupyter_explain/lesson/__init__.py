"""What an instructor needs of an Explorer: its state as a value, presets, locks, quizzes and checks."""

from .teaching import Teaching

__all__ = ["Teaching"]
