"""Backward rules: what a network's operations hand back instead of, or beside, their gradient.

A rule is a `TorchFunctionMode` that is active during one forward pass. It sees every operation of its thread, called
through a module, a function, a method or in place, and puts its own backward where it has one. Nothing is hooked
onto a user's module, so nothing has to be restored.
"""

from .deep import DeepLift
from .lrp import Lrp
from .relu import ReluRule
from .rule import Rule

__all__ = ["DeepLift", "Lrp", "ReluRule", "Rule"]
