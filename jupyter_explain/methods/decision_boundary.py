"""Where the decision changes, in a plane through one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..dataset.columns import check_table, column, strongest
from ..dataset.planes import border, check_pair, dots, near_both, pair_of
from ..dataset.slices import Flat, projection, slice_through, typical_row
from ..errors import Phrase, refuse
from ..explanation import Surface
from ..explanation.surface import numeric
from ..method import Stream, method
from ..numerals import brief
from ..params import Between, Choice, Free, When
from ..question import Question
from ..rows import copied, length, take
from ..rules.decisions import by_class

Array = NDArray[np.float64]
ROWS = 5000  # of the dataset whose decision is asked for the dots
COARSE = 4  # grid steps of the first answer


@method(
    "Decision boundary",
    needs=("predict", "data", "table", "pair"),
    exact=True,
    baseline=False,
    cites=("Hastie, Tibshirani and Friedman 2009 doi:10.1007/978-0-387-84858-7", "Jolliffe 2002 doi:10.1007/b98835"),
)
def decision_boundary(
    q: Question,
    *,
    plane: Annotated[Literal["slice", "projection"], Choice("slice", "projection")] = "slice",
    features: Annotated[Any, Free("two columns by name or number", text=True), When("plane", "slice")] = None,
    window: Annotated[float, Between(0.02, 5.0, log=True)] = 1.0,
    grid: Annotated[int, Between(5, 100)] = 40,
    threshold: Annotated[Any, Free("a number of the output", text=True)] = None,
) -> Stream:
    """The output over a plane through the explained row, and the line along which the decision changes.

    A slice changes two columns and leaves all others as the row has them. A projection changes all columns of numbers
    together, along the two directions in which the standardised data vary most (principal components); every point of
    the picture is one full row that the model was asked about. Of the data only counts in squares are drawn: rows of
    a slice differ from the explained row in the other columns too, so a row on one side of the line may well be decided
    otherwise. The values at the grid points are exact; the line between them is straight.

    The decision is the class with the largest output; for an output that is no class, a side of `threshold`.

    Settings:
        plane: two columns, or the two main directions of all columns of numbers.
        features: the two columns of a slice, by name or number; by default the two that matter most.
        window: how much is shown: 1 is from the 1 % to the 99 % quantile of the data; less zooms in on the row.
        grid: points a side.
        threshold: the output at which the decision changes; by default 0 for margins, 0.5 for probabilities, else the
            mean over the data.
    """
    check_table(q)
    row = typical_row(q) if q.whole else q.x
    flat = projection(q, row, window, grid) if plane == "projection" else _slice(q, row, features, window, grid)
    sides = _sides(q, threshold)
    facts = _facts(q, flat, sides, float(q.outputs(row)[0]))
    if min(len(flat.x), len(flat.y)) > 2 * COARSE and numeric(flat.x) and numeric(flat.y):
        coarse = flat.thinned(COARSE)
        q.upcoming = flat.size
        yield _answer(q, coarse, sides, facts, rough=True)
    yield _answer(q, flat, sides, facts, rough=False)


def _slice(q: Question, row: Any, features: Any, window: float, grid: int) -> Flat:
    given = features if not isinstance(features, str) or features.strip() else None
    pair = None if given is None else pair_of(q, given) or check_pair(q, _named(given))
    if pair is None:
        every = [j for j in range(len(q.input.names)) if column(q, j).known.any()]
        chosen = strongest(q, every, 2)
        if len(chosen) < 2:
            raise refuse(q.who, "x must have two columns with values", Phrase(f"{len(chosen)}"))
        pair = chosen[0], chosen[1]
    return slice_through(q, row, pair, window, grid)


def _named(features: Any) -> list[Any]:
    if isinstance(features, str):
        return [f.strip() for f in features.split(",") if f.strip()]
    return list(features) if isinstance(features, (list, tuple)) else [features]


@dataclass(frozen=True)
class _Sides:
    """What is decided: class `index` or not; above `cut` or not."""

    index: int | None
    cut: float | None
    words: tuple[str, str]

    def margin(self, q: Question, scores: Array, z: Array) -> Array:
        """Above zero on the target's side."""
        if self.index is None:
            return z - (self.cut or 0.0)
        return scores[:, self.index] - np.delete(scores, self.index, axis=1).max(1)


def _sides(q: Question, threshold: Any) -> _Sides:
    if isinstance(threshold, str):
        threshold = _number(q, threshold) if threshold.strip() else None
    name = q.target.name
    if threshold is None and by_class(q):
        others = [n for k, n in enumerate(q.names) if k != q.target.index]
        return _Sides(q.target.index, None, (others[0] if len(others) == 1 else f"not {name}", name))  # type: ignore[arg-type]
    cut = _usual(q) if threshold is None else _number(q, threshold)
    return _Sides(None, cut, (f"{name} < {brief(cut)}", f"{name} ≥ {brief(cut)}"))


def _number(q: Question, threshold: Any) -> float:
    try:
        cut = float(threshold)
    except (TypeError, ValueError):
        cut = np.nan
    if not np.isfinite(cut):
        raise refuse(q.who, "threshold must be a number of the output, or None", threshold)
    return cut


def _usual(q: Question) -> float:
    if q.model.unit in ("margin", "logit"):
        return 0.0
    if q.model.unit == "probability":
        return 0.5
    cut = float(q.outputs(_some(q)).mean())
    q.note(f"Threshold chosen for you: the mean output over the data, {brief(cut)}.")
    return cut


def _some(q: Question) -> Any:
    """The dataset, or a random choice of its rows."""
    n = length(q.data)
    if n <= ROWS:
        return q.data
    return take(q.data, np.sort(q.rng("decision_boundary").choice(n, ROWS, replace=False)))


def _scores(q: Question, n: int, rows: Any) -> tuple[Array, Array]:
    """(all outputs, the target's output) of n rows."""
    scores = q.responses(n, rows, q.model.predict)
    z = np.asarray(q.target(scores), float)
    if not np.isfinite(scores).all() or z.shape != (n,):
        raise refuse(q.model.title, "must return finite numbers", Phrase("NaN or infinity"))
    return scores, z


def _facts(q: Question, flat: Flat, sides: _Sides, output: float) -> dict[str, Any]:
    """Where the rows are and how they are decided, counted in squares; the explained row."""
    some = _some(q)
    n = length(some)
    if n < length(q.data):
        q.note(f"Decisions were asked for {n} of {length(q.data)} rows, chosen at random.")
    scores, z = _scores(q, n, lambda part: copied(take(some, part)))
    above = (sides.margin(q, scores, z) > 0).astype(np.intp)
    at_x, at_y = flat.spots(some)
    everywhere = flat.spots(q.data)
    two = by_class(q) and sides.index is not None and len(q.scores) == 2 and q.model.unit == "probability"
    return {
        "names": flat.names,
        "classes": sides.words,
        "dots": dots(at_x, at_y, flat.x, flat.y, above),
        "here": (*flat.here, output),
        "decision": f"{sides.words[1]} on one side, {sides.words[0]} on the other",
        "centre": 0.5 if two else sides.cut,
        "axis": q.target.name if q.target.name == "output" else f"{q.model.unit} of {q.target.name}",
        "everywhere": everywhere,
    }


def _answer(q: Question, flat: Flat, sides: _Sides, facts: dict[str, Any], rough: bool) -> Surface:
    scores, z = _scores(q, flat.size, flat.rows())
    shape = (len(flat.y), len(flat.x))
    margin = sides.margin(q, scores, z).reshape(shape)
    z = z.reshape(shape)
    steps = max(float(np.abs(np.diff(z, axis=k)).max(initial=0)) for k in (0, 1))
    rest = {k: v for k, v in facts.items() if k != "everywhere"}
    return Surface(
        x=flat.x,
        y=flat.y,
        z=z,
        counts=near_both(facts["everywhere"][0], facts["everywhere"][1], flat.x, flat.y),
        border=border(margin, flat.x, flat.y),
        error=steps if rough else 0.0,
        error_kind="bound" if rough else "exact",
        **rest,
    )
