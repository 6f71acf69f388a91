"""One file per method; they are imported, which registers them, when the registry is first read."""

from importlib import import_module
from pkgutil import iter_modules

from ..method import METHODS


def _register() -> None:
    for name in sorted(m.name for m in iter_modules(__path__)):
        import_module(f"{__name__}.{name}")


METHODS.later(_register)
