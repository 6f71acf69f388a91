"""Static drawings: a Matplotlib figure, a PNG, a self-contained HTML page.

Every answer type registers how it is drawn, in a file of its own:

    @draw.register(Curves)          # into the axes that it is given
    def curves(e, ax): ...
    @size.register(Curves)          # inches that the drawing wants; optional
"""

from . import attribution, curves, scores  # registers the drawings of all answer types
from .canvas import draw, plot, png, size
from .page import page

__all__ = ["attribution", "curves", "draw", "page", "plot", "png", "scores", "size"]
