"""Static drawings: a Matplotlib figure, a PNG, a self-contained HTML page.

Every answer type registers how it is drawn, in a file of its own (importing this folder registers all of them):

    @draw.register(Curves)          # into the axes that it is given
    def curves(e, ax): ...
    @size.register(Curves)          # inches that the drawing wants; optional
"""

from importlib import import_module
from pkgutil import iter_modules

from .canvas import draw, plot, png, size
from .local_fit import plot_fit
from .page import page

__all__ = ["draw", "page", "plot", "plot_fit", "png", "size"]

for _module in sorted(m.name for m in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
