"""Texts as input: how they are cut into what can be absent, and how they become rows of arrays.

A text travels through the library as rows of one array: its pieces (1, tokens) for a model that only predicts, or the
embeddings of its tokens (1, tokens, dimensions) for a network. A `Reader` makes these rows and the model that takes
them, so that methods and the Question see arrays and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import Phrase, listed, refuse
from .explanation import Layout

if TYPE_CHECKING:
    from .inputs import Input
    from .models import Model

Array = NDArray[Any]
ALONE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # characters that are words without spaces around them
WORD = re.compile(rf"[{ALONE}]|\d+(?:[.,]\d+)*|(?:(?![{ALONE}])\w)+(?:['’-](?:(?![{ALONE}])\w)+)*|[^\w\s]+")
MASK = "[MASK]"


@dataclass(frozen=True)
class Cut:
    """A text cut into pieces.

    Attributes:
        pieces: the text itself, in order, each piece with the white space before it; joined they are the text.
        names: the same as a reader sees them.
    """

    pieces: tuple[str, ...]
    names: tuple[str, ...]


class Reader(Protocol):
    """What one kind of model makes of texts.

    Attributes:
        absent: names of the baselines and what they mean, the default first.
        gradients: whether the model has a gradient to the tokens.
    """

    absent: dict[str, str]
    gradients: bool

    def cut(self, item: Any) -> Cut:
        """What is shown of one text."""

    def bind(self, model: Model, x: Input) -> tuple[Model, Input]:
        """The model as it takes rows of this one text, and these rows; the new input's reader is `Bound`."""


class Bound(Protocol):
    """One text, ready to be asked about.

    Attributes:
        absent, gradients: see `Reader`.
        of: (places of a row,) the shown token that each place belongs to.
        fixed: (places of a row,) what is never absent (special tokens).
        notes: what the reader of an answer should know.
    """

    absent: dict[str, str]
    gradients: bool
    of: Array
    fixed: Array
    notes: tuple[str, ...]

    def cut(self, item: Any) -> Cut:
        """What is shown of the text."""

    def fold(self, values: Array) -> Array:
        """Numbers per place of a row (n, …) as numbers per shown token (n, tokens)."""

    def named(self, name: str, x: Input) -> Array:
        """The reference row (1, …) of a baseline of `absent`."""

    def given(self, texts: list[str], x: Input) -> Array:
        """Reference rows (n, …) from other texts."""

    def target(self, target: Any) -> Any:
        """A target in the reader's words as one that the model's outputs know."""


def words_of(text: str) -> Cut:
    """Words, numbers and runs of punctuation; Chinese and Japanese characters one by one."""
    ends = [m.end() for m in WORD.finditer(text)]
    starts = [0, *ends[:-1]] if ends else []
    if ends:
        ends[-1] = len(text)
    pieces = tuple(text[a:b] for a, b in zip(starts, ends, strict=True))
    return Cut(pieces, tuple(p.strip() for p in pieces))


def layout_of(reader: Reader | Bound, rows: Any, leading: bool) -> Layout:
    """Names and pieces for the views; the rows of a batch are filled up with None."""
    cuts = [reader.cut(item) for item in rows]
    data = np.full((len(cuts), max(len(c.pieces) for c in cuts)), None, object)
    for row, cut in zip(data, cuts, strict=True):
        row[: len(cut.pieces)] = cut.pieces
    names = cuts[0].names if len(cuts) == 1 else ()
    return Layout("text", names, data if leading else data[0])


class WordReader:
    """Texts for a model that takes lists of texts: every word can be absent."""

    gradients = False

    def __init__(self) -> None:
        self.absent = {"delete": "absent words deleted", "mask": f"absent words replaced by {MASK}"}

    def cut(self, item: Any) -> Cut:
        """Words."""
        return words_of(item)

    def bind(self, model: Model, x: Input) -> tuple[Model, Input]:
        """Rows of pieces; what is asked of the model are the texts they make."""
        cut = self.cut(x.rows[0])
        row = np.array([cut.pieces], object)
        asked = replace(model, predict=lambda rows: model.predict([joined(r) for r in rows]))
        return asked, replace(x, rows=row, names=cut.names, reader=BoundWords(self, cut))


def joined(pieces: Array) -> str:
    """A row as a text; where the beginning is deleted the text begins with the next word."""
    text = "".join(pieces)
    return text if pieces[0] else text.lstrip()


class BoundWords:
    """One text as pieces."""

    gradients = False
    notes: tuple[str, ...] = ()

    def __init__(self, reader: WordReader, cut: Cut) -> None:
        self.absent, self._cut = reader.absent, cut
        self.of, self.fixed = np.arange(len(cut.pieces)), np.zeros(len(cut.pieces), bool)

    def cut(self, item: Any) -> Cut:
        """The text's own pieces."""
        return self._cut

    def fold(self, values: Array) -> Array:
        """A place is a word."""
        return values

    def named(self, name: str, x: Input) -> Array:
        """Nothing, or the mask, in the place of every word."""
        if name == "delete":
            return np.full(x.rows.shape, "", object)
        return np.array([[_in_place(p, MASK) for p in self._cut.pieces]], object)

    def given(self, texts: list[str], x: Input) -> Array:
        """The words of other texts, place by place: too many are left out, too few are deletions."""
        rows = np.full((len(texts), len(self._cut.pieces)), "", object)
        for row, text in zip(rows, texts, strict=True):
            words = words_of(text).names[: len(row)]
            row[: len(words)] = [_in_place(p, w) for p, w in zip(self._cut.pieces, words, strict=False)]
        return rows

    def target(self, target: Any) -> Any:
        """As it is."""
        return target


def _in_place(piece: str, word: str) -> str:
    """Another word with the white space of the piece that it stands for."""
    return piece.replace(piece.strip(), word) if piece.strip() else piece + word


def told(model: Model, x: Any, tokenizer: Any) -> list[str] | None:
    """The texts that are meant by `x`, or None where it is something else.

    Raises:
        ValueError: a text for a model that takes none, an empty text, or a list with something else in it.
    """
    texts = [x] if isinstance(x, str) else _listed(x, sure=_surely(model, tokenizer))
    if texts is None:
        return None
    if not takes_texts(model) and not _surely(model, tokenizer):
        if not isinstance(x, str) and model.net is None:
            return None  # a row of strings for a model of columns
        raise refuse("x", f"must be {_instead(model)}", Phrase(f"the text {_short(str(texts[0]))}"))
    strange = [i for i, t in enumerate(texts) if not isinstance(t, str)]
    if strange:
        given = Phrase(f"{type(texts[strange[0]]).__name__} at place {strange[0]}")
        raise refuse("x", "a list of texts must hold nothing else (a row of several kinds is a data frame)", given)
    return [str(t) for t in texts]


def _listed(x: Any, sure: bool) -> list[Any] | None:
    """The items of a list that holds a text; of arrays and columns only where the model surely takes texts."""
    if not isinstance(x, list) and not (sure and getattr(x, "ndim", 0) == 1):
        return None
    items = list(x)
    return items if any(isinstance(t, str) for t in items) else None


def _surely(model: Model, tokenizer: Any) -> bool:
    """Whether nothing but texts can be meant."""
    if model.net is not None:
        return tokenizer is not None
    return any(hasattr(step, "build_analyzer") for step in first_steps(model.source))


def takes_texts(model: Model) -> bool:
    """Whether the model may take texts: no network without a tokenizer, and no estimator that counts its columns."""
    counted = getattr(model.source, "n_features_in_", None) is not None
    return model.net is None and not counted and model.columns is None


def first_steps(estimator: Any) -> list[Any]:
    """What a Pipeline, search or union of scikit-learn does first."""
    for name in ("best_estimator_", "estimator"):
        inner = getattr(estimator, name, None)
        if inner is not None:
            return first_steps(inner)
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list) and steps:
        return first_steps(steps[0][1])
    union = getattr(estimator, "transformer_list", None)
    return [s for _, t in union for s in first_steps(t)] if isinstance(union, list) else [estimator]


def _instead(model: Model) -> str:
    if model.net is not None:
        return f"an array, or tokenizer= must say how texts become the token ids that {model.title} takes"
    return f"a row or rows of the columns that {model.title} takes"


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def unsuited(error: BaseException) -> bool:
    """Whether a model stumbled over a list of texts as such: by numpy's word, or because a list is no array."""
    of_numpy = type(error).__module__.partition(".")[0] == "numpy"
    return of_numpy or (isinstance(error, (TypeError, AttributeError)) and "list" in str(error))


def check_words(reader: Reader, texts: Any) -> None:
    """Refuse a text with nothing in it.

    Raises:
        ValueError: naming the first empty text.
    """
    for i, text in enumerate(texts):
        if not reader.cut(text).pieces:
            where = f" (text {i} of {len(texts)})" if len(texts) > 1 else ""
            raise refuse("x", "a text must have at least one word", Phrase(f"{text!r}{where}"))


def read_given(baseline: Any, absent: dict[str, str], who: str) -> list[str]:
    """A baseline that is other texts.

    Raises:
        ValueError: for anything else than a list of texts.
    """
    rows = [str(t) for t in baseline] if isinstance(baseline, (list, tuple)) or np.ndim(baseline) == 1 else []
    if not rows or not all(isinstance(t, str) for t in baseline):
        rule = f"baseline of a text must be one of {listed(map(repr, absent))}, or a list of texts"
        raise refuse(who, rule, baseline)
    return rows
