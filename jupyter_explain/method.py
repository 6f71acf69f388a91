"""Methods are generator functions; this file registers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from threading import RLock
from typing import Any

from .errors import listed, refuse
from .explanation import Explanation
from .inputs import Input
from .models import Model
from .params import Param, settings_of
from .rows import Rows

Stream = Iterator[Explanation]


@dataclass(frozen=True)
class Method:
    """A method and what is known about it.

    Attributes:
        name, title: registry name and title.
        needs: capabilities without which it does not apply ("predict", "gradient", "image", …).
        settings: its settings by name.
        axioms: what its answers promise ("completeness", "dummy", "symmetry", "linearity", …).
        cites: references, as DOI or arXiv id.
        exact: whether there is nothing to sample (no sample count).
        baseline: whether the answer depends on the baseline.
        batch: whether it explains many rows (of one target) at once.
        alone: whether it can do without a baseline where none is given and none can be chosen.
        row: whether its answer is about a single row, or shows one among all rows.
        blocks: whether `groups=` are blocks whose members keep values of their own.
        usual: samples that a widget begins with, where the usual number is too few.
        most: players that it takes at most.
    """

    name: str
    title: str
    fn: Callable[..., Stream]
    needs: frozenset[str]
    settings: dict[str, Param]
    axioms: frozenset[str]
    cites: tuple[str, ...]
    exact: bool = False
    baseline: bool = True
    batch: bool = False
    alone: bool = False
    row: bool = True
    blocks: bool = False
    usual: int | None = None
    most: int | None = None

    @property
    def over_data(self) -> bool:
        """Whether it explains a whole dataset instead of one input."""
        return "data" in self.needs

    @property
    def judges(self) -> bool:
        """Whether it is about an explanation."""
        return "of" in self.settings and not self.over_data

    @property
    def family(self) -> str:
        """Where a menu lists it: "data" (a whole dataset), "quality" (of an explanation), "exact" (read off the
        model), "network" or "any"."""
        if self.over_data:
            return "data"
        if self.judges:
            return "quality"
        if self.needs & {"tree", "ensemble", "linear"}:
            return "exact"
        return "network" if self.needs & {"gradient", "layers", "attention"} else "any"

    @property
    def help(self) -> str:
        """The first sentence of the docstring."""
        return " ".join((self.fn.__doc__ or "").split("\n\n")[0].split())

    def reason(self, model: Model, x: Input, data: Rows | None = None) -> str | None:
        """Why the method does not apply, or None when it does."""
        have = model.can | {x.kind} | ({"data"} if data is not None else set())
        have |= {"plane"} if x.kind in ("image", "series") else set()
        have |= {"pieces"} if x.kind in ("table", "image", "text", "series") else set()
        have |= {"numbers"} if x.fractions else set()
        have |= {"pair"} if x.kind == "table" and len(x.names) > 1 else set()
        if self.over_data and isinstance(x.rows, tuple):
            return f"{self.title} needs one table (rows, columns), not several inputs"
        missing = sorted(self.needs - have)
        return f"{self.title} needs {wanted(missing)}" if missing else None

    def checked(self, settings: dict[str, Any]) -> dict[str, Any]:
        """All settings, with defaults; an unknown name or a bad value is a ValueError."""
        strange = [k for k in settings if k not in self.settings]
        if strange:
            known = f"settings are {listed(self.settings)}" if self.settings else "has no settings"
            raise refuse(self.title, known, strange[0])
        return {k: p.check(self.title, settings.get(k, p.default)) for k, p in self.settings.items()}


class Registry(MutableMapping[str, Method]):
    """Methods by name; the package's own are imported when somebody first reads it, from whichever thread."""

    def __init__(self) -> None:
        self._known: dict[str, Method] = {}
        self._waiting: list[Callable[[], None]] = []
        self._lock = RLock()

    def later(self, register: Callable[[], None]) -> None:
        """What to call before the first read."""
        self._waiting.append(register)

    def _read(self) -> dict[str, Method]:
        with self._lock:
            while self._waiting:
                self._waiting.pop()()
            return self._known

    def __getitem__(self, name: str) -> Method:
        return self._read()[name]

    def __setitem__(self, name: str, record: Method) -> None:
        self._known[name] = record

    def __delitem__(self, name: str) -> None:
        del self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


METHODS = Registry()
NEEDS = {  # of methods, and of single choices of their settings
    "predict": "a model that predicts",
    "gradient": "a model with gradients (a torch module)",
    "layers": "a model with layers (a torch module)",
    "structure": "a model of parts (a torch module, or a scikit-learn Pipeline or ColumnTransformer)",
    "attention": "a model with attention (a transformer in torch)",
    "image": "an image",
    "plane": "an image or a series",
    "table": "a table",
    "pieces": "a table, an image, a text or a series",
    "numbers": "floating-point numbers",
    "data": "a dataset (rows)",
    "pair": "two columns or more",
    "columns": "the columns of a table (without groups=)",
    "parts": "parts that are hidden (of an image, a series or a text, or those of groups=)",
    "labels": "labels= (the true outcomes of the rows)",
    "training": "training rows (a dataset, or many rows as baseline=)",
    "background": "many baseline rows",
    "few": "at most 14 players (join some with groups=, or set segments=)",
    "dozen": "at most 12 players (join some with groups=)",
    "linear": "a linear model, and an output that is linear in its columns (classifiers and models of counts: "
    "link='margin')",
    "tree": "a decision tree, or an ensemble of trees that can be read (alone or at the end of a Pipeline)",
    "trees": "an output that is a sum over trees (boosted classifiers and models of counts: link='margin')",
    "ensemble": "a tree ensemble (alone, or after steps of a Pipeline that treat every column by itself; "
    "permutation_shap takes any model), and an output that is a sum over its trees (boosted classifiers and models of "
    "counts: link='margin') or, with two classes, its probability",
}


def wanted(missing: Sequence[str]) -> str:
    """What is missing, in words."""
    return "; ".join(NEEDS.get(n, n) for n in missing)


def method(
    title: str,
    *,
    needs: Sequence[str] = ("predict",),
    axioms: Sequence[str] = (),
    cites: Sequence[str] = (),
    exact: bool = False,
    baseline: bool = True,
    batch: bool = False,
    alone: bool = False,
    row: bool = True,
    blocks: bool = False,
    usual: int | None = None,
    most: int | None = None,
) -> Callable[[Callable[..., Stream]], Callable[..., Stream]]:
    """Register a generator function `f(q, *, setting=default)` as a method under its own name."""

    def register(fn: Callable[..., Stream]) -> Callable[..., Stream]:
        name = fn.__name__
        names = (frozenset(needs), settings_of(fn), frozenset(axioms), tuple(cites))
        METHODS[name] = Method(name, title, fn, *names, exact, baseline, batch, alone, row, blocks, usual, most)
        return fn

    return register


def find(name: Any) -> Method:
    """The method of that name.

    Raises:
        ValueError: for an unknown name.
    """
    if not isinstance(name, str) or name not in METHODS:
        near = get_close_matches(str(name).lower(), METHODS, 3)
        nearest_first = [*near, *(m for m in METHODS if m not in near)]
        raise refuse("method", f"must be 'auto' or one of {listed(nearest_first, 80)}", name)
    return METHODS[name]
