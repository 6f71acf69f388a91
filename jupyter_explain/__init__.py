"""Ask any model *why*, live, in the notebook.

import jupyter_explain as jx

jx.explore(model, x)                  # the live widget
e = jx.explain(model, x)              # the value, for scripts and tests
for e in jx.stream(model, x): ...     # every refinement, each a complete answer with its error
jx.methods()                          # what there is
"""

from . import methods as _methods  # noqa: F401  (before the function of that name)
from .explaining import explain, stream
from .explanation import Attribution, Curves, Explanation, Scores
from .menu import methods

__all__ = ["Attribution", "Curves", "Explanation", "Explorer", "Scores", "explain", "explore", "methods", "stream"]


def __getattr__(name: str) -> object:
    # The widget brings ipywidgets; scripts that only explain do not pay for it.
    if name in ("Explorer", "explore"):
        from . import widget

        return getattr(widget, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("jupyter-explain")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), "Explorer", "explore"])
