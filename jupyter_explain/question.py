"""A question: model × input × target × baseline. The only door to the model.

Words used everywhere: the *target* is the one scalar that is explained; a *player* is a part of the input that can be
present or absent (a raw column, a patch, a token); the *reference* rows are what an absent player shows instead.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .baselines import Baseline
from .errors import Phrase, refuse
from .explanation import parts
from .inputs import Input
from .maskers import Masker, masker_for
from .models import Model
from .pace import CHUNK_ROWS, Pace
from .rows import Rows, any_change, copied, each, length, row_bytes, take
from .targets import Target

if TYPE_CHECKING:
    from .models.attention import Attended
    from .models.backward import Rule

Array = NDArray[np.float64]
MEMORY = 512 * 2**20  # bytes one request may hold at a time, checked before anything is allocated
GROWTH = 8  # a round adds an eighth of what is there: answers come often, and budgets are nearly used up


class Cancelled(BaseException):
    """Raised between batches of a cancelled question; not an Exception, so that no handler swallows it."""


class Question:
    """What a method may ask.

    Attributes:
        model, target: what is asked, of what.
        x: the input as one row (1, …) in the model's axis order.
        input: the same with its names and the way back to the user's shape.
        baseline, reference: against what, and its rows (n, …).
        data: rows of the dataset the input comes from, or None.
        truth: the true outcomes of these rows, where the user gave them.
        whole: whether the dataset itself is asked about, so that `x` is only its first row.
        evals: rows evaluated so far (one gradient counts as one).
        notes: remarks for the reader of the answer.
        scores, names: all outputs of the model for the input (outputs,), and their names.
        upcoming: evaluations that the method's next answer will cost, where it said so.
        unseen: evaluations before whose end nobody looks at an answer; a method may leave those answers out, as long
            as the later ones stay the same.
        groups, segments: which features hide together, as the user gave them, and about how many parts else.
        blocks: the groups the user gave, where their members keep values of their own.
        where: " at layer", where the question was moved to one.
    """

    def __init__(
        self,
        model: Model,
        input: Input,  # noqa: A002  (the word for it everywhere)
        baseline: Baseline | Callable[[], Baseline],
        target: Target,
        *,
        who: str = "explain",
        seed: int = 0,
        groups: Any = None,
        blocks: Any = None,
        segments: int = 64,
        data: Rows | None = None,
        output: float | None = None,
        extra: dict[str, Any] | None = None,
        truth: NDArray[Any] | None = None,
        whole: bool = False,
    ) -> None:
        self.model, self.input, self._baseline, self.target = model, input, baseline, target
        self.who, self.seed, self.data, self.extra = who, seed, data, extra or {}
        self.x, self._reference = input.rows, None
        self.truth, self.whole, self.where, self.blocks = truth, whole, "", blocks
        self.evals = self.upcoming = self.unseen = 0
        self.notes: list[str] = []
        self.groups, self.segments, self._output = groups, segments, output
        self._masker: Masker | None = None
        self._base: Array | None = None
        self._stop = threading.Event()
        fixed = model.net.batch() if model.net is not None else None
        self.pace = Pace(row_bytes(self.x), fixed)
        self.scores: Array = np.empty(0)
        self.names: tuple[str, ...] = ()

    def probed(self, scores: Any, names: tuple[str, ...]) -> None:
        """Keep the model's first answer about the input: all outputs (1, outputs) and their names."""
        self._output = float(self._scalar(scores, 1)[0])
        self.scores, self.names, self.evals = np.asarray(scores)[0], names, self.evals + 1

    @property
    def baseline(self) -> Baseline:
        """What "absent" means; made when first asked for, where nothing about it can be wrong."""
        if callable(self._baseline):
            self._baseline = self._baseline()
        return self._baseline

    @baseline.setter
    def baseline(self, baseline: Baseline) -> None:
        self._baseline = baseline

    @property
    def reference(self) -> Rows:
        """The reference rows (n, …)."""
        return self.baseline.rows if self._reference is None else self._reference

    @property
    def masker(self) -> Masker:
        """Players and how they are hidden; made when first asked for (superpixels take time)."""
        if self._masker is None:
            self._masker = masker_for(self.input, self.reference, self.groups, self.segments)
        return self._masker

    @property
    def grouped(self) -> bool:
        """Whether the user said which parts belong together."""
        return self.groups is not None

    def fold(self, values: Rows) -> Rows:
        """Numbers in the shape of rows (n, …) as numbers per token (n, tokens) of a text; others as they are.

        Whatever is averaged or has an error is folded first: a token is a sum over its embedding's dimensions.
        """
        return self.input.fold(values)

    @property
    def players(self) -> int:
        """Number of players."""
        return len(self.masker.players)

    @property
    def output(self) -> float:
        """The target's output for the input."""
        if self._output is None:
            self._output = float(self.outputs(self.x)[0])
        return self._output

    @property
    def base_outputs(self) -> Array:
        """The target's output for every reference row (n,); asked once."""
        if self._base is None:
            self._base = self.outputs(self.reference)
        return self._base

    def based(self, outputs: Array) -> None:
        """Keep the reference rows' outputs (n,) that a method asked for together with other rows."""
        self._base = outputs

    @property
    def knows_base(self) -> bool:
        """Whether the reference rows were asked already."""
        return self._base is not None

    def outputs(self, rows: Rows) -> Array:
        """The target's output for each row: (n,)."""
        return self._sweep(length(rows), lambda part: copied(take(rows, part)))

    def value(self, masks: NDArray[np.bool_], refs: NDArray[np.intp] | None = None) -> Array:
        """Output with the absent players hidden: (m,) for masks (m, players).

        Args:
            masks: True where a player is present.
            refs: reference row of each mask; None averages over all reference rows.
        """
        if refs is not None:
            return self._sweep(len(masks), lambda part: self.masker(masks[part], refs[part]))
        n = length(self.reference)

        def rows(part: slice) -> Rows:
            flat = np.arange(part.start, part.stop)
            return self.masker(masks[flat // n], flat % n)

        return self._sweep(len(masks) * n, rows).reshape(len(masks), n).mean(1)

    def outputs_of(self, n: int, rows: Callable[[slice], Rows]) -> Array:
        """The target's output for n rows that are made (as copies) chunk by chunk: (n,)."""
        return self._sweep(n, rows)

    def outputs_by(self, n: int, ask: Callable[[slice], Any], pace: Pace) -> Array:
        """The target's output (n,) from scores that `ask(slice)` finds in a way, and at a pace, of its own."""
        out = np.empty(n)

        def one(part: slice) -> None:
            out[part] = self._scalar(ask(part), part.stop - part.start)

        self._in_chunks(n, one, pace)
        return out

    def responses(
        self, n: int, rows: Callable[[slice], Rows], respond: Callable[[Rows], Any], pace: Pace | None = None
    ) -> NDArray[Any]:
        """What `respond(rows)` gives for n rows that are made chunk by chunk (labels, all outputs): (n, …)."""
        found: list[NDArray[Any]] = []
        self._in_chunks(n, lambda part: found.append(np.asarray(respond(rows(part)))), pace)
        return np.concatenate(found)

    def _sweep(self, n: int, rows: Callable[[slice], Rows]) -> Array:
        out = np.empty(n)

        def ask(part: slice) -> None:
            scores = self.model.predict(rows(part))
            self._check_count(np.shape(scores))
            out[part] = self._scalar(scores, part.stop - part.start)

        self._in_chunks(n, ask)
        return out

    def _check_count(self, shape: tuple[int, ...]) -> None:
        """Refuse another number of outputs than the input itself got: the target would be another one."""
        known = len(self.scores) if self.scores.ndim == 1 else 0
        if known and len(shape) == 2 and shape[1] != known:
            rule = f"must return {known} number{'s' * (known > 1)} for each row, as it did for the input"
            raise refuse(self.model.title, rule, Phrase(f"an array of shape {shape}"))

    def _scalar(self, scores: Any, n: int) -> Array:
        chosen = self.target(scores)
        try:
            chosen = np.asarray(chosen, float)
        except (ValueError, TypeError) as error:
            raise refuse(self.who, "a target callable must return numbers", chosen) from error
        if chosen.shape != (n,):
            raise refuse(self.who, f"a target callable must return ({n},) for {n} rows", chosen)
        return self._finite(chosen)

    def _finite(self, chosen: Array) -> Array:
        bad = int((~np.isfinite(chosen)).sum())
        if bad:
            given = Phrase(f"NaN or infinity for {bad} of {len(chosen)} rows")
            raise refuse(self.model.title, "must return finite numbers", given)
        return chosen

    def gradient(
        self, rows: Rows, select: Callable[[Any], Any] | None = None, rule: Rule | None = None, against: Any = None
    ) -> tuple[Array, Rows]:
        """Output (n,) and gradient (n, …) of each row, in the model's precision.

        Args:
            rows: inputs.
            select: outputs -> (n,), instead of the target.
            rule: a backward rule; what it hands back is neither a gradient nor always one number per row.
            against: rows that the rule compares with, one for each.
        """
        net = self._net("needs a model with gradients (a torch module)")
        whole = [str(a.dtype) for a in parts(self.x) if getattr(a, "dtype", None) is not None and a.dtype.kind != "f"]
        if whole:
            instead = "token ids: layout='tokens'; or hide parts of it instead: permutation_shap, …"
            words = f"x must be floating-point numbers for a gradient ({instead})"
            raise refuse(self.who, words, Phrase(f"{', '.join(whole)} input"))
        values, grads = [], []

        def ask(part: slice) -> None:
            others = None if against is None else take(against, part)
            value, grad = net.gradient(take(rows, part), select or self.target, rule, others)
            values.append(self._finite(value))
            grads.append(each(self._finite_gradient, grad))

        self._in_chunks(length(rows), ask)
        return _joined(values), each(lambda *many: _joined(many), *grads)

    def require_change(self, moved: bool, base: float | None = None) -> None:
        """Refuse a gradient that is exactly zero everywhere, where that cannot be the answer.

        Args:
            moved: whether any gradient so far was not zero.
            base: mean output of the baseline; an output equal to it needs no gradient to explain it.

        Raises:
            ValueError: if nothing moved, although the output is not the base.
        """
        if not moved and (base is None or abs(self.output - base) > 1e-6 * max(abs(self.output), abs(base))):
            rule = "the output must react to small changes of the input (hide parts of it instead: permutation_shap, …)"
            raise refuse(self.who, rule, Phrase("a gradient that is exactly zero everywhere"))

    def require_reaction(self, values: Rows) -> None:
        """Refuse an answer that is zero everywhere because the gradient at the input is (asked for only then)."""
        if not any_change(values):
            self.require_change(any_change(self.gradient(self.x)[1]))

    def _finite_gradient(self, grad: NDArray[Any]) -> NDArray[Any]:
        if np.isfinite(grad.sum()):  # no number can hide in a sum but by overflow, which the count then clears
            return grad
        bad = grad.size - int(np.isfinite(grad).sum())
        if bad:
            given = Phrase(f"NaN or infinity in {bad} of {grad.size} numbers")
            raise refuse(self.model.title, "must have a finite gradient (a square root or logarithm of 0?)", given)
        return grad

    def layer(self, at: Any) -> str:
        """The layer's name in the user's model; `at` is a name or the module itself."""
        from .models.layers import layer_name

        return layer_name(self.model, at, self.who)

    def move(self, model: Model, input: Input, reference: Rows, where: str) -> None:  # noqa: A002
        """Ask something else from here on: another part of the model, with its own input and reference rows.

        Costs, notes, target and the ways to stop stay.
        """
        self.model, self.input, self.x, self._reference, self.where = model, input, input.rows, reference, where
        self._masker = self._base = None

    def activations(self, rows: Rows, layers: Sequence[str], gradients: bool = False) -> dict[str, tuple[Any, Any]]:
        """What layers put out for each row, as (activation (n, …), gradient of the target to it or None) by name.

        A layer that runs several times gives its last output.
        """
        found: list[dict[str, tuple[Any, Any]]] = []

        def ask(part: slice) -> None:
            from .models.layers import activations

            net = self._net("needs a model with layers (a torch module)")
            found.append(activations(net, take(rows, part), layers, self.target if gradients else None))

        self._in_chunks(length(rows), ask)
        return {k: (_joined([f[k][0] for f in found]), _joined([f[k][1] for f in found])) for k in layers}

    def attention(self, inside: str = "", gradients: bool = False) -> tuple[list[Attended], list[str]]:
        """What attends to what for the input, in the order in which it runs, and the layers where anything does.

        One forward pass, and one backward pass with gradients.

        Args:
            inside: a layer's name; only what attends inside it is kept.
            gradients: whether the target's gradients to the weights are asked for too.

        Raises:
            ValueError: if the weights together are too large.
        """
        found: list[tuple[list[Attended], list[str]]] = []

        def ask(_: slice) -> None:
            from .models.attention import attended

            net = self._net("needs a model with attention (a torch module)")
            wanted = lambda name: not inside or f"{name}.".startswith(f"{inside}.")  # noqa: E731
            claim = lambda n: self.claim(n, "the attention of all layers", "at= keeps that of one")  # noqa: E731
            found.append(attended(net, self.x, self.target if gradients else None, wanted, claim))

        self._in_chunks(1, ask)
        return found[-1]

    def changed(self, layer: str, change: Callable[[Any, slice], Any], n: int) -> Array:
        """The target's output (n,) with the layer's output changed in n ways; `change(output, slice)` makes some.

        The output comes as a tensor (1, …) or (m, …), m the slice's length; the change gives (m, …).
        """
        out = np.empty(n)

        def ask(part: slice) -> None:
            from .models.layers import changed

            net = self._net("needs a model with layers (a torch module)")
            scores = changed(net, self.x, layer, lambda t: change(t, part), part.stop - part.start)
            out[part] = self._scalar(scores, part.stop - part.start)

        self._in_chunks(n, ask)
        return out

    def _net(self, rule: str) -> Any:
        if self.model.net is None:
            raise refuse(self.who, rule, Phrase(self.model.title))
        return self.model.net

    def _in_chunks(self, n: int, ask: Callable[[slice], None], pace: Pace | None = None) -> None:
        """Call `ask` for slices that cover n rows: counted, cancellable, smaller when memory runs out."""
        pace = pace or self.pace
        for part in pace.chunks(n):
            self._one_chunk(part, ask, pace)

    def _one_chunk(self, part: slice, ask: Callable[[slice], None], pace: Pace) -> None:
        self.check()
        size, started = part.stop - part.start, time.perf_counter()
        try:
            ask(part)
        except Exception as error:
            if not (_out_of_memory(error) and size > 1 and pace.halve()):
                error.add_note(f"This was while {self.who} asked {self.model.title} for {size} rows.")
                raise
            middle = part.start + size // 2
            self._one_chunk(slice(part.start, middle), ask, pace)
            self._one_chunk(slice(middle, part.stop), ask, pace)
            return
        pace.saw(size, time.perf_counter() - started)
        self.evals += size

    def rounds(
        self, cost: int, total: int | None = None, first: int = 1, growth: int = GROWTH, least: int = 1
    ) -> Iterator[int]:
        """How many draws to take for each answer, for ever or up to `total`; sizes never depend on the budget.

        Args:
            cost: evaluations of one draw; the largest round asks for at most CHUNK_ROWS of them, and for no more
                than a quarter of the memory ceiling (always for one draw).
            total: number of draws there are.
            first: draws of the first answer.
            growth: a round adds this part of what is there (8: an eighth).
            least: draws of any later answer.
        """
        done, size = 0, first if total is None else min(first, total)
        most = max(1, min(CHUNK_ROWS, MEMORY // 4 // row_bytes(self.x)) // cost)
        while size:
            done += size
            following = min(most, max(least, done // growth), most if total is None else total - done)
            self.upcoming = following * cost
            yield size
            size = following

    @property
    def looked_at(self) -> bool:
        """Whether somebody may look at an answer given now: not where the next one still fits an unseen budget."""
        return self.evals + self.upcoming > self.unseen

    def rng(self, name: str) -> np.random.Generator:
        """A generator that depends on the seed and the name only."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def claim(self, nbytes: float, what: str, way_out: str) -> None:
        """Refuse, before allocating, what would not fit the memory ceiling.

        Raises:
            ValueError: if `nbytes` is more than the ceiling.
        """
        if nbytes > MEMORY:
            given = Phrase(f"{nbytes / 2**20:,.0f} MB for {what}; {way_out}")
            raise refuse(self.who, f"may hold {MEMORY // 2**20} MB at a time", given)

    def note(self, text: str) -> None:
        """Tell the reader of the answer something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def check(self) -> None:
        """Raise Cancelled if the question was cancelled."""
        if self.stopped:
            raise Cancelled

    @property
    def stopped(self) -> bool:
        """Whether the question was cancelled."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Stop at the next batch; safe from any thread."""
        self._stop.set()

    def stop_with(self, other: Question) -> None:
        """Stop when another question, that this one is asked for, is stopped."""
        self._stop = other._stop


def _joined(many: Sequence[Any]) -> Any:
    """What came chunk by chunk, in one."""
    return many[0] if len(many) == 1 or many[0] is None else np.concatenate(many)


def _out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()
