"""Networks that look their tokens up in an embedding: the embeddings become the input, so that it has a gradient.

The lookup of the tokens' ids gives back the rows that are asked about instead of the rows of the table, in this thread
and for this call; all the rest of the network runs as it is written, with the ids that it may want for other things
(positions, the end of the text).
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ..errors import Phrase, refuse
from ..rows import Rows
from .tensors import clean, native, same_draws
from .torch import Net, Select, first_tensor

Reduce = Callable[[Tensor], Tensor]
LOOKUPS = {functional.embedding: (0, 1), torch.embedding: (1, 0), functional.embedding_bag: (0, 1)}
POOL = {"mean": lambda t: t.mean(1), "sum": lambda t: t.sum(1), "max": lambda t: t.amax(1)}


class _Lookups(TorchFunctionMode):
    """Sees the lookups of certain ids, in the order in which they run.

    Attributes:
        tables: the table of each.
    """

    def __init__(self, ids: Tensor, leaf: Tensor | None = None, which: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self._ids, self._leaf, self._which = ids, leaf, which
        self.tables: list[Tensor] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in LOOKUPS:
            table = self._table(func, args, kwargs)
            if table is not None:
                self.tables.append(table)
                if self._leaf is not None and len(self.tables) - 1 in self._which:
                    return self._instead(func, args, kwargs)
        return func(*args, **kwargs)

    def _table(self, func: Any, args: Any, kwargs: Any) -> Tensor | None:
        """The table, where it is our ids that are looked up."""
        at, table = LOOKUPS[func]
        asked = args[at] if len(args) > at else kwargs.get("input", kwargs.get("indices"))
        found = args[table] if len(args) > table else kwargs.get("weight")
        same = isinstance(asked, Tensor) and asked.shape == self._ids.shape and bool((asked == self._ids).all())
        return found if same else None

    def _instead(self, func: Any, args: Any, kwargs: Any) -> Tensor:
        assert self._leaf is not None  # noqa: S101 (asked only with a leaf)
        leaf = self._leaf.clone()  # what follows may work in place
        if func is not functional.embedding_bag:
            return leaf
        return POOL[kwargs.get("mode", args[6] if len(args) > 6 else "mean")](leaf)


@dataclass(frozen=True)
class Tokens:
    """One text as a network takes it.

    Attributes:
        ids: (tokens,).
        fixed: (tokens,) which are never absent.
        more: further arguments by name, one number for each token (attention mask, token types).
    """

    ids: NDArray[np.int64]
    fixed: NDArray[np.bool_]
    more: dict[str, NDArray[np.int64]]


class TextNet(Net):
    """A network asked about the embeddings (n, tokens, dimensions) of one text."""

    def __init__(self, outer: Net, tokens: Tokens, reduce: Reduce) -> None:
        super().__init__(outer.net, outer.link, outer.args, outer.device, outer.dtype)
        self._outer, self._here, self._reduce = outer, outer._here, reduce
        self._ids = torch.from_numpy(tokens.ids[None]).to(outer.device)
        self._fixed = torch.from_numpy(np.array(tokens.fixed)).to(outer.device)
        self._more = {k: torch.from_numpy(v[None]).to(outer.device) for k, v in tokens.more.items()}
        self._which: frozenset[int] = frozenset()
        self.table, self.others = self._find_table()
        self.own = native(functional.embedding(self._ids, self.table))

    def _find_table(self) -> tuple[Tensor, int]:
        """The embedding of the tokens, and how many other tables are looked up with the same ids."""
        with clean(), torch.no_grad(), same_draws(self.device), _Lookups(self._ids) as seen:
            self._call(self.plain, self._ids)
        if not seen.tables:
            rule = "must look the tokens up in an embedding (nn.Embedding), or be explained as a function of texts"
            raise refuse(type(self.plain).__name__, rule, Phrase("a network that looks up none of the ids"))
        first = _declared(self.plain, seen.tables)
        self._which = frozenset(i for i, t in enumerate(seen.tables) if t is first)
        return first.detach(), len(seen.tables) - len(self._which)

    def _call(self, net: nn.Module, ids: Tensor) -> Any:
        n = len(ids)
        given = parameters(net)
        more = {k: v.expand(n, -1) for k, v in self._more.items() if k in given and not self.args}
        more |= (
            {"use_cache": False} if "use_cache" in given and not self.args else {}
        )  # keys and values nobody asks for
        return net(ids, *(self._arg(a, n) for a in self.args), **more)

    def _feed(self, net: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        (leaf,) = inputs
        ids = self._ids.expand(len(leaf), -1)
        with _Lookups(ids, leaf, self._which):
            return self._reduce(first_tensor(self._call(net, ids)))

    def forward(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Outputs (n, outputs) or (n, …) of embeddings, after the link."""
        with self._outer.fed(self._feed):
            out = self._outer.forward(inputs)
        self.draws = self._outer.draws
        return out

    def _as_given(self, rows: Rows) -> tuple[Tensor, ...]:
        """Embeddings as a tensor; fixed tokens keep their own, whatever the rows say."""
        (leaf,) = super()._as_given(rows)
        own = torch.from_numpy(self.own).to(leaf.device, leaf.dtype)
        return (torch.where(self._fixed[:, None], own, leaf),)

    def gradient(self, rows: Rows, select: Select, *more: Any, **kwargs: Any) -> tuple[NDArray[np.float64], Rows]:
        """As for any network; nothing is said about fixed tokens."""
        values, grads = super().gradient(rows, select, *more, **kwargs)
        return values, np.where(self._fixed.cpu().numpy()[:, None], 0, grads)  # a copy: gradients may share memory


def _declared(net: nn.Module, tables: list[Tensor]) -> Tensor:
    """The table that the network itself calls its input embedding, else the first."""
    with contextlib.suppress(AttributeError, NotImplementedError, TypeError):
        own = net.get_input_embeddings().weight  # type: ignore[operator, union-attr]
        return next((t for t in tables if t is own), tables[0])
    return tables[0]


def parameters(net: nn.Module) -> Iterator[str]:
    """Names of the arguments of a network's forward."""
    return iter(inspect.signature(net.forward).parameters)
