"""Ensembles of trees as plain arrays, whatever library grew them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ..rows import Rows
from .logarithmic import is_logarithmic

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
NODE_BYTES = 67  # of a node with one output: four numbers of places, three others, a flag, and how rows are compared
ALL = -1  # output of a tree whose leaves hold one number for every output


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree: arrays over its nodes, the root first; leaves have `left == -1`.

    Attributes:
        left, right: children.
        feature, threshold: a row goes left where its feature is at most the threshold.
        missing_left: whether a missing value goes left.
        cover: training weight that reached each node.
        value: (nodes, 1), or (nodes, outputs) where the tree adds to all outputs.
        categories: categories that go left, for the nodes that split by category.
        others_left: nodes that split by category and send every category not listed to the left.
    """

    left: Ints
    right: Ints
    feature: Ints
    threshold: Array
    missing_left: Flags
    cover: Array
    value: Array
    categories: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    others_left: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class TreeEnsemble:
    """A sum of trees: output k of a row is `base[k]` plus the values of the leaves it falls into.

    Node arrays are those of `Tree`, one tree after another.

    Attributes:
        roots, sizes: (trees,) node of each root, and number of nodes of each tree.
        output: (trees,) the output each tree adds to, or ALL.
        base: (outputs,) what is added to the trees.
        unit: "margin", "probability", "output" or "path length".
        encode: rows -> (n, features) numbers, rounded as the library rounds them, categories as codes.
        category: (nodes,) row of `sets` for splits by category, else -1.
        sets: (k, codes + 1) whether a code goes left; the last column stands for every larger code.
        memo: what was computed from these arrays before (tables), by key.
    """

    roots: Ints
    sizes: Ints
    left: Ints
    right: Ints
    feature: Ints
    threshold: Array
    missing_left: Flags
    cover: Array
    value: Array
    category: Ints
    sets: Flags
    output: Ints
    base: Array
    unit: str
    encode: Callable[[Rows], Array]
    memo: dict[Any, Any] = field(default_factory=dict)

    def scores(self, codes: Array) -> Array:
        """Outputs (n, outputs) of encoded rows."""
        node = np.broadcast_to(self.roots, (len(codes), len(self.roots))).copy()
        rows = np.arange(len(codes))[:, None]
        while (inner := self.left[node] >= 0).any():
            goes = self.goes_left(codes[rows, np.maximum(self.feature[node], 0)], node)
            node = np.where(inner, np.where(goes, self.left[node], self.right[node]), node)
        out = np.tile(self.base, (len(codes), 1))
        for k in range(len(self.base)):
            mine = (self.output == k) | (self.output == ALL)
            column = k if self.value.shape[1] > 1 else 0
            out[:, k] += self.value[node[:, mine], column].sum(1)
        return out

    def goes_left(self, codes: Array, node: Ints) -> Flags:
        """Whether each number goes left at its node."""
        left = codes <= self.threshold[node]
        split = self.category[node]
        by_set = split >= 0
        if by_set.any():
            last = self.sets.shape[1] - 1
            with np.errstate(invalid="ignore"):
                code = np.where((codes >= 0) & (codes < last), codes, last)
            left = np.where(by_set, self.sets[split, code.astype(np.intp)], left)
        return np.where(np.isnan(codes), self.missing_left[node], left)

    def single(self, output: int) -> TreeEnsemble:
        """The trees of one output, with scalar leaves."""
        mine = np.flatnonzero((self.output == output) | (self.output == ALL))
        column = output if self.value.shape[1] > 1 else 0
        return replace(
            self,
            roots=self.roots[mine],
            sizes=self.sizes[mine],
            value=self.value[:, column : column + 1],
            output=np.zeros(len(mine), np.intp),
            base=self.base[output : output + 1],
            memo={},
        )


def join(
    trees: Sequence[Tree],
    output: Sequence[int],
    base: Array,
    unit: str,
    encode: Callable[[Rows], Array],
) -> TreeEnsemble:
    """One ensemble of many trees."""
    sizes = np.array([len(t.left) for t in trees], np.intp)
    roots = np.cumsum(sizes) - sizes

    def moved(children: Ints, root: int) -> Ints:
        return np.where(children >= 0, children + root, -1).astype(np.intp)

    def column(name: str, dtype: Any) -> Any:
        return np.concatenate([np.asarray(getattr(t, name)) for t in trees]).astype(dtype)

    category, sets = _sets(trees, roots, int(sizes.sum()))
    return TreeEnsemble(
        roots,
        sizes,
        np.concatenate([moved(t.left, r) for t, r in zip(trees, roots, strict=True)]),
        np.concatenate([moved(t.right, r) for t, r in zip(trees, roots, strict=True)]),
        column("feature", np.intp),
        column("threshold", np.float64),
        column("missing_left", bool),
        column("cover", np.float64),
        column("value", np.float64),
        category,
        sets,
        np.asarray(output, np.intp),
        np.asarray(base, np.float64),
        unit,
        encode,
    )


def _sets(trees: Sequence[Tree], roots: Ints, nodes: int) -> tuple[Ints, Flags]:
    """Splits by category as one table of flags."""
    splits = [
        (r + n, c, n in t.others_left) for t, r in zip(trees, roots, strict=True) for n, c in t.categories.items()
    ]
    width = max((int(c.max()) + 1 for _, c, _ in splits if len(c)), default=0)
    category, sets = np.full(nodes, -1, np.intp), np.zeros((len(splits), width + 1), bool)
    for k, (node, codes, others) in enumerate(splits):
        category[node] = k
        sets[k] = others
        sets[k, codes] = not others
    return category, sets


# Reading a model: which reader knows a class, by its name and package, so that no library is imported to find out.

READERS = {
    "xgboost": ("xgboost", ("XGBModel", "Booster")),
    "lightgbm": ("lightgbm", ("LGBMModel", "Booster")),
    "histogram": ("sklearn", ("BaseHistGradientBoosting",)),
    "sklearn": ("sklearn", ("BaseDecisionTree", "BaseForest", "BaseGradientBoosting", "IsolationForest")),
}
_READ: WeakKeyDictionary[Any, tuple[Any, TreeEnsemble]] = WeakKeyDictionary()


def reader_of(source: Any) -> str | None:
    """Name of the reader that knows this model, or None."""
    kinds = {(cls.__module__.partition(".")[0], cls.__name__) for cls in type(source).__mro__}
    for reader, (package, names) in READERS.items():
        if any((package, name) in kinds for name in names):
            return reader
    return None


def sums_trees(source: Any, unit: str, classes: bool) -> bool:
    """Whether the trees can be read and the output in this unit is their sum (told by the type alone)."""
    if reader_of(source) is None:
        return False
    if not _boosted(source):
        return unit in ("probability", "output")
    return unit == "margin" or not (classes or is_logarithmic(source))


def bends_trees(source: Any, unit: str, outputs: int) -> bool:
    """Whether the output may be the logistic function of such a sum: a boosted classifier's, of two classes.

    Where the model does not tell how many classes it has (`outputs` is 0), that shows when its trees are read.
    """
    return unit == "probability" and outputs in (0, 2) and reader_of(source) is not None and _boosted(source)


def _boosted(source: Any) -> bool:
    kinds = [c.__name__ for c in type(source).__mro__]
    return reader_of(source) != "sklearn" or "BaseGradientBoosting" in kinds


def read(source: Any) -> TreeEnsemble:
    """The trees of a fitted model; read once, and again when the model was fitted again.

    Raises:
        ValueError: for an ensemble that is not a plain sum of trees.
    """
    name = reader_of(source)
    if name is None:
        raise TypeError(f"trees: must be a tree ensemble that can be read; got {type(source).__name__}")
    reader = import_module(f".readers.{name}", __package__)
    stamp = reader.stamp(source)
    known = _READ.get(source)
    if known is None or not _same(known[0], stamp):
        known = (stamp, reader.read(source))
        _READ[source] = known
    return known[1]


def nodes(source: Any) -> int:
    """Number of nodes of a fitted model's trees; of a model that was not read yet, at least so many."""
    known = _READ.get(source)
    if known is not None:
        return len(known[1].left)
    return int(import_module(f".readers.{reader_of(source)}", __package__).nodes(source))


def forget(source: Any) -> None:
    """Read the model afresh next time."""
    _READ.pop(source, None)


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Equal numbers, and the very same objects: fitting again makes new ones."""
    return len(a) == len(b) and all(
        x is y or (isinstance(x, (int, float)) and x == y) for x, y in zip(a, b, strict=True)
    )
