"""Static drawings: a Matplotlib figure, a PNG, a self-contained HTML page.

Every answer type registers how it is drawn, in a file of its own:

    @draw.register(Curves)          # into the axes that it is given
    def curves(e, ax): ...
    @size.register(Curves)          # inches that the drawing wants; optional
"""

from . import attention, attribution, curves, graph, maps, scores  # registers the drawings of all answer types
from . import cohorts as cohorts
from . import distributions as distributions
from . import matrix as matrix
from . import surface as surface
from . import tree as tree
from . import rules as rules
from . import examples as examples
from . import cloud as cloud
from .canvas import draw, plot, png, size
from .page import page

__all__ = ["attention", "attribution", "curves", "draw", "graph", "maps", "page", "plot", "png", "scores", "size"]
