"""Texts for torch networks: tokenizer, special tokens, next-token targets; made for Hugging Face's, good for others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Phrase, refuse
from ..texts import Cut
from . import Model
from .tokenizers import (
    Encoded,
    added_ids,
    characters,
    check_tokenizer,
    cut_of,
    encode,
    id_of,
    known_id,
    readable,
    vocabulary,
    word_groups,
)

if TYPE_CHECKING:
    from ..inputs import Input
    from .embedded import TextNet

Array = NDArray[Any]
ABSENT = {
    "mask": "the mask token",
    "pad": "the padding token",
    "zeros": "embeddings of zero",
    "mean": "the mean embedding of all tokens",
}
NEXT = ("ForCausalLM", "LMHeadModel")  # models whose last place says what comes next
ENDLESS = 10**6  # tokenizers that know no limit say a larger number


class TokenReader:
    """Texts, or token ids, for a network with an embedding."""

    gradients = True

    def __init__(self, model: Model, tokenizer: Any, words: bool, names: tuple[str, ...] | None = None) -> None:
        if tokenizer is not None:
            check_tokenizer(tokenizer)
        self.model, self.tokenizer, self.words, self.names = model, tokenizer, words, names
        known = {n: known_id(tokenizer, n) for n in ("mask", "pad")}
        self.ids = {n: i for n, i in known.items() if i is not None}
        self.absent = {n: w for n, w in ABSENT.items() if n in self.ids or n not in known}
        self.limit = _limit(model.source, tokenizer)

    def encoded(self, item: Any) -> Encoded:
        """One text, or one row of ids, in tokens."""
        if isinstance(item, str):
            return encode(self.tokenizer, item)
        tokens = self.names or _tokens_of(self.tokenizer, item)
        added = np.isin(item, list(added_ids(self.tokenizer)))
        more = {"attention_mask": (item != self.ids.get("pad", -1)).astype(np.int64)}
        return Encoded(item.astype(np.int64), tokens, None, added, None, more)

    def fitted(self, item: Any) -> tuple[Encoded, int]:
        """As much of the tokens as the model takes, and how many there are; what was added at the end stays."""
        e = self.encoded(item)
        n = len(e.ids)
        if self.limit is None or n <= self.limit:
            return e, n
        tail = int(np.cumprod(e.special[::-1]).sum())
        return e.some(np.array([*range(self.limit - tail), *range(n - tail, n)])), n

    def places(self, e: Encoded, item: Any) -> list[list[int]]:
        """The places of each shown token: special ones are shown only where the user gave the ids."""
        free = np.flatnonzero(~e.special) if isinstance(item, str) else np.arange(len(e.ids))
        return word_groups(e, free) if self.words else characters(e, free)

    def cut(self, item: Any) -> Cut:
        """Tokens as they stand in the text."""
        e, _ = self.fitted(item)
        return self._cut(item, e)

    def _cut(self, item: Any, e: Encoded) -> Cut:
        text = item if isinstance(item, str) else None
        return cut_of(self.tokenizer, text, e, self.places(e, item))

    def bind(self, model: Model, x: Input) -> tuple[Model, Input]:
        """The network as it takes the embeddings of this text."""
        from .embedded import TextNet, Tokens

        item = x.rows[0]
        e, whole = self.fitted(item)
        reduce = _Outcome(model.source, self.ids.get("mask"), e.ids)
        fixed = e.special | (np.arange(len(e.ids)) == reduce.at if reduce.masked else False)
        try:
            net = TextNet(model.net, Tokens(e.ids, fixed, e.more), reduce)  # type: ignore[arg-type]
        except Exception as error:
            error.add_note(f"This was while {model.title} was asked for the {len(e.ids)} tokens of the text.")
            raise
        names = vocabulary(self.tokenizer, net_width(net)) if reduce.next and self.tokenizer is not None else ()
        shown = tuple(readable(self.tokenizer, t) for t in e.tokens)
        told = BoundTokens(self, net, self.places(e, item), fixed, self._cut(item, e), shown, names)
        told.notes = _remarks(self, model, net, len(e.ids), whole)
        asked = replace(model, predict=net.predict, net=net, outputs=names or model.outputs)
        return asked, replace(x, rows=net.own, names=told.cut(item).names, reader=told)


def _remarks(reader: TokenReader, model: Model, net: TextNet, taken: int, whole: int) -> tuple[str, ...]:
    found = []
    if taken < whole:
        found.append(f"Text cut: {model.title} takes {taken} tokens and the text has {whole}; the rest was not read.")
    if net.others:
        found.append("The network looks its tokens up in more than one table; in the others they are always there.")
    return tuple(found)


class BoundTokens:
    """One text as embeddings (1, tokens, dimensions)."""

    gradients = True

    def __init__(
        self,
        reader: TokenReader,
        net: TextNet,
        places: list[list[int]],
        fixed: Array,
        cut: Cut,
        tokens: tuple[str, ...],
        vocabulary: tuple[str, ...],
    ) -> None:
        self.absent, self._reader, self._net, self._cut, self._vocabulary = reader.absent, reader, net, cut, vocabulary
        self.fixed, self.of, self.tokens, self.words = fixed, np.full(len(fixed), -1), tokens, reader.words
        for shown, group in enumerate(places):
            self.of[group] = shown
        self.notes: tuple[str, ...] = ()

    def cut(self, item: Any) -> Cut:
        """The text's own tokens."""
        return self._cut

    def fold(self, values: Array) -> Array:
        """Sums over the dimensions, and over the tokens of a word."""
        each = np.asarray(values, float).sum(2)
        out = np.zeros((len(each), len(self._cut.names)))
        for place in np.flatnonzero(self.of >= 0):
            out[:, self.of[place]] += each[:, place]
        return out

    def named(self, name: str, x: Input) -> Array:
        """One embedding in the place of every token that can be absent."""
        from .tensors import native

        table = self._net.table
        if name in self._reader.ids:
            row = native(table[self._reader.ids[name]])
        else:
            row = native(table.mean(0)) if name == "mean" else np.zeros(x.rows.shape[2])
        return np.where(self.fixed[:, None], x.rows, row.astype(x.rows.dtype))

    def given(self, texts: list[str], x: Input) -> Array:
        """The tokens of other texts, place by place: too many are left out, too few are padding (else zeros)."""
        from .tensors import native

        if self._reader.tokenizer is None:
            raise refuse("baseline", "texts need tokenizer=", Phrase("none"))
        fill = self.named("pad" if "pad" in self._reader.ids else "zeros", x)
        rows, free = np.repeat(fill, len(texts), axis=0), np.flatnonzero(~self.fixed)
        for row, text in zip(rows, texts, strict=True):
            e = encode(self._reader.tokenizer, text)
            ids = e.ids[~e.special][: len(free)]
            row[free[: len(ids)]] = native(self._net.table[ids.tolist()])
        return rows

    def target(self, target: Any) -> Any:
        """A token of the vocabulary by its text, with or without the marks of the vocabulary; not the unknown one."""
        if not self._vocabulary or not isinstance(target, str) or target == "predicted":
            return target
        if target in self._vocabulary:
            return self._vocabulary.index(target)
        exact = id_of(self._reader.tokenizer, target)
        if exact is not None:
            return exact
        tried = [encode(self._reader.tokenizer, t) for t in (f" {target.strip()}", target)]
        found, unknown = [e.ids[~e.special] for e in tried], known_id(self._reader.tokenizer, "unk")
        return next((int(ids[0]) for ids in found if len(ids) == 1 and ids[0] != unknown), target)


class _Outcome:
    """Scores (n, outputs) from what the network puts out: a language model says what stands at one place.

    Attributes:
        next: whether the outputs are the vocabulary.
        masked: whether that place is the text's own mask.
        at: the place.
    """

    def __init__(self, net: Any, mask: int | None, ids: Array) -> None:
        name = type(getattr(net, "_orig_mod", net)).__name__
        masks = np.flatnonzero(ids == mask)
        self.masked = name.endswith("ForMaskedLM") and len(masks) == 1
        self.next = name.endswith(NEXT) or self.masked
        self.at = int(masks[0]) if self.masked else -1

    def __call__(self, out: Any) -> Any:
        return out[:, self.at] if self.next and out.ndim == 3 else out


def net_width(net: TextNet) -> int:
    """How many outputs the network has."""
    return int(net.predict(net.own).shape[1])


def _limit(net: Any, tokenizer: Any) -> int | None:
    """How many tokens the model takes."""
    config = getattr(net, "config", None)
    found = [getattr(config, n, None) for n in ("max_position_embeddings", "n_positions", "max_seq_len")]
    places = [p - _offset(net) for p in found if isinstance(p, int) and p > 0]
    most = getattr(tokenizer, "model_max_length", None)
    places += [int(most)] if isinstance(most, (int, float)) and 0 < most < ENDLESS else []
    return min(places, default=None)


def _offset(net: Any) -> int:
    """Places of a position table that stand for no token (RoBERTa and its kin begin to count after the padding)."""
    for name, module in net.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0


def _tokens_of(tokenizer: Any, ids: Array) -> tuple[str, ...]:
    if tokenizer is None:
        return tuple(map(str, ids.tolist()))
    if hasattr(tokenizer, "convert_ids_to_tokens"):
        return tuple(tokenizer.convert_ids_to_tokens(ids.tolist()))
    return tuple(str(tokenizer.id_to_token(i)) for i in ids.tolist())


def output_labels(net: Any) -> tuple[str, ...]:
    """Names of the classes that a Hugging Face model was configured with."""
    config = getattr(net, "config", None)
    names = getattr(config, "id2label", None)
    if not isinstance(names, dict) or not names:
        return ()
    return tuple(str(names.get(i, i)) for i in range(len(names)))
