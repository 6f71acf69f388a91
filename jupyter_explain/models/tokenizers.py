"""Texts and token ids: what a tokenizer of `transformers` or `tokenizers` says about a text, in one form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..texts import Cut

SPACES = ("Ġ", "▁")  # how byte-level and SentencePiece vocabularies write the space before a word
JOIN = "##"  # how WordPiece vocabularies write that there is none


@dataclass(frozen=True)
class Encoded:
    """One text in tokens.

    Attributes:
        ids, tokens: of each token, special ones included.
        spans: where each token is in the text (begin, end), or None where the tokenizer does not say.
        special: which tokens were added to the text.
        words: the number of the word that each token is a part of (None: none), or None where nobody says.
        more: further inputs of the model by name.
    """

    ids: NDArray[np.int64]
    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...] | None
    special: NDArray[np.bool_]
    words: tuple[int | None, ...] | None
    more: dict[str, NDArray[np.int64]]

    def some(self, which: NDArray[np.intp]) -> Encoded:
        """Some of the tokens."""
        pick: Any = lambda items: None if items is None else tuple(items[i] for i in which)  # noqa: E731
        more = {k: v[which] for k, v in self.more.items()}
        return Encoded(
            self.ids[which], pick(self.tokens), pick(self.spans), self.special[which], pick(self.words), more
        )


def check_tokenizer(tokenizer: Any) -> None:
    """Refuse what is no tokenizer.

    Raises:
        TypeError: naming what was given.
    """
    if not (_is_raw(tokenizer) or (callable(tokenizer) and hasattr(tokenizer, "convert_ids_to_tokens"))):
        rule = "must be a tokenizer of transformers or tokenizers"
        raise TypeError(f"tokenizer: {rule}; got {type(tokenizer).__name__}")


def _is_raw(tokenizer: Any) -> bool:
    """Whether it is a `tokenizers.Tokenizer`."""
    return type(tokenizer).__module__.partition(".")[0] == "tokenizers" and hasattr(tokenizer, "encode")


def encode(tokenizer: Any, text: str) -> Encoded:
    """The whole text in tokens, however long it is."""
    if _is_raw(tokenizer):
        return _of_encoding(tokenizer.encode(text))
    asked = tokenizer(text, return_special_tokens_mask=True, verbose=False)
    if getattr(asked, "encodings", None):
        found = _of_encoding(asked.encodings[0])
    else:
        tokens = tuple(tokenizer.convert_ids_to_tokens(asked["input_ids"]))
        found = Encoded(_ints(asked["input_ids"]), tokens, None, _flags(asked["special_tokens_mask"]), None, {})
    more = {k: _ints(v) for k, v in asked.items() if k not in ("input_ids", "special_tokens_mask")}
    return Encoded(found.ids, found.tokens, found.spans, found.special, found.words, more)


def _of_encoding(e: Any) -> Encoded:
    added = _flags(e.special_tokens_mask) | (_ints(e.attention_mask) == 0)
    more = {"attention_mask": _ints(e.attention_mask), "token_type_ids": _ints(e.type_ids)}
    return Encoded(_ints(e.ids), tuple(e.tokens), tuple(e.offsets), added, tuple(e.word_ids), more)


def _ints(values: Any) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def _flags(values: Any) -> NDArray[np.bool_]:
    return np.array(values, bool)


def known_id(tokenizer: Any, name: str) -> int | None:
    """The id of the "mask", "pad" or "unk" token, where there is one."""
    if tokenizer is None:
        return None
    if _is_raw(tokenizer):
        found = [tokenizer.token_to_id(t) for t in (f"[{name.upper()}]", f"<{name}>")]
        return next((i for i in found if i is not None), None)
    return getattr(tokenizer, f"{name}_token_id", None)


def id_of(tokenizer: Any, token: str) -> int | None:
    """The id of a token as the vocabulary writes it."""
    found = tokenizer.token_to_id(token) if _is_raw(tokenizer) else tokenizer.get_vocab().get(token)
    return None if found is None else int(found)


def added_ids(tokenizer: Any) -> set[int]:
    """Ids of tokens that frame or fill a text, none of which stands for a word."""
    names = ("pad", "cls", "sep", "bos", "eos")
    return {i for n in names if (i := known_id(tokenizer, n)) is not None}


def vocabulary(tokenizer: Any, count: int) -> tuple[str, ...]:
    """A name for each of `count` ids; a token that goes on with a word begins with `…`."""
    if _is_raw(tokenizer):
        raw = [tokenizer.id_to_token(i) for i in range(count)]
    else:
        size = len(tokenizer)
        raw = [tokenizer.convert_ids_to_tokens(i) if i < size else None for i in range(count)]
    spaced = any(t is not None and t.startswith(SPACES) for t in raw)
    return tuple(f"id {i}" if t is None else _name(tokenizer, t, spaced) for i, t in enumerate(raw))


def _name(tokenizer: Any, token: str, spaced: bool) -> str:
    plain = readable(tokenizer, token)
    goes_on = token.startswith(JOIN) or (spaced and not token.startswith(SPACES) and token[:1].isalnum())
    return f"…{plain}" if goes_on and len(token) > len(JOIN) * token.startswith(JOIN) else plain


def readable(tokenizer: Any, token: str) -> str:
    """A token without the marks of its vocabulary; a lone space is `␣`."""
    bare = token[len(JOIN) :] if token.startswith(JOIN) and token != JOIN else token
    bare = bare.removesuffix("</w>")
    if bare.startswith("Ġ") or any("\u0100" <= c <= "\u0143" for c in bare):
        bare = _decoded(tokenizer, bare)
    bare = bare.lstrip("▁").strip()
    return bare or ("␣" if token else "")


def _decoded(tokenizer: Any, token: str) -> str:
    """Bytes that are written as letters, as the letters they are (where they are whole letters)."""
    back = getattr(tokenizer, "convert_tokens_to_string", None)
    found = back([token]) if back is not None else tokenizer.decoder.decode([token]) if tokenizer.decoder else token
    return token if "\ufffd" in found else found.replace("Ġ", " ")


def cut_of(tokenizer: Any, text: str | None, e: Encoded, places: Sequence[Sequence[int]]) -> Cut:
    """The shown tokens, each made of some places: what is in the text there, else the tokens without their marks."""
    found = [_piece(tokenizer, text, e, list(p)) for p in places]
    names, begins, ends = [f[0] for f in found], [f[1] for f in found], [f[2] for f in found]
    if text is None or e.spans is None:
        pieces = [
            ("" if i == 0 or not _begins(e, p[0]) else " ") + n
            for i, (n, p) in enumerate(zip(names, places, strict=True))
        ]
        return Cut(tuple(pieces), tuple(names))
    pieces, last = [], 0
    for begin, end in zip(begins, ends, strict=True):
        pieces.append(text[last : max(end, last)] if end > begin else "")
        last = max(end, last)
    return Cut(tuple(pieces), tuple(names))


def _piece(tokenizer: Any, text: str | None, e: Encoded, places: list[int]) -> tuple[str, int, int]:
    """(name, begin, end) of one shown token."""
    begin, end = (0, 0) if e.spans is None else (e.spans[places[0]][0], e.spans[places[-1]][1])
    name = "" if text is None else text[begin:end].strip()
    return name or "".join(readable(tokenizer, e.tokens[p]) for p in places), begin, end


def _begins(e: Encoded, place: int) -> bool:
    """Whether a token begins a word, by the marks of its vocabulary."""
    token = e.tokens[place]
    if any(t.startswith(SPACES) for t in e.tokens):
        return token.startswith(SPACES)
    return not token.startswith(JOIN)


def characters(e: Encoded, free: NDArray[np.intp]) -> list[list[int]]:
    """The places of each token; tokens that are parts of one character (bytes) are one."""
    groups: list[list[int]] = []
    for place in free.tolist():
        span = None if e.spans is None else e.spans[place]
        if groups and span is not None and span[1] > span[0] and span == e.spans[groups[-1][-1]]:  # type: ignore[index]
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def word_groups(e: Encoded, free: NDArray[np.intp]) -> list[list[int]]:
    """The places of each word, in order."""
    groups: list[list[int]] = []
    last: Any = None
    for place in free.tolist():
        word = place if e.words is None or e.words[place] is None else ("word", e.words[place])
        goes_on = not _begins(e, place) if e.words is None else word == last
        if goes_on and groups:
            groups[-1].append(place)
        else:
            groups.append([place])
        last = word
    return groups
