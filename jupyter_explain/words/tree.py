"""Trees in words: questions, and a row's way as the conditions that hold on it."""

from __future__ import annotations

import math

import numpy as np

from ..explanation import Tree
from .lines import sentence, target, title
from .numbers import number, several
from .plain import _closing, summary
from .rules import share
from .text import clean, shorten

ENDLESS = 1e299  # a cut beyond all numbers asks whether there is one
LINES = 24  # of the way
NAMED = 6  # categories of a question


def cut_words(cut: float, own: str = "", yes: bool = True) -> str:
    """A cut with four digits, more where the row's own value would seem to lie on the wrong side; a hair is 0."""
    if abs(cut) < 1e-30:
        return "0"
    texts = (f"{cut:.{digits}g}" for digits in range(4, 10))
    text = next((t for t in texts if not _number(own) or (float(own) <= float(t)) == yes), f"{cut:.9g}")
    return f"{float(text):.0f}" if "e" in text and 1e3 <= abs(cut) < 1e9 else text


def _number(text: str) -> bool:
    return text not in ("", "missing") and text.lstrip("-")[:1].isdigit() and text.strip("-0123456789.e+") == ""


def question(e: Tree, node: int, yes: bool = True) -> tuple[str, str]:
    """(column, `≤ 16.8`) of an inner node, or what holds after a no: (column, `> 16.8`)."""
    name = clean(e.names[int(e.feature[node])])
    found = e.categories.get(node)
    if found is None:
        cut = float(e.threshold[node])
        if abs(cut) >= ENDLESS:
            return name, "is known" if yes == (cut > 0) else "is missing"
        at = np.flatnonzero(e.path[:-1] == node)  # on the way: how the row's own value answers
        own = e.own.get(int(e.feature[node]), "") if len(at) else ""
        answer = bool(len(at)) and bool(e.path[at[0] + 1] == e.yes[node])
        return name, f"{'≤' if yes else '>'} {cut_words(cut, own, answer)}"
    names = [shorten(n, 24) for n in found.names[:NAMED]]
    more = f" | … ({len(found.names)} in all)" if len(found.names) > NAMED else ""
    return name, f"{'=' if yes != found.others else '≠'} {' | '.join(names)}{more}"


def way(e: Tree) -> list[tuple[str, str, str]]:
    """The explained row's way as (column, condition that holds, the row's own value)."""
    steps = zip(e.path, e.path[1:], strict=False)
    return [(*question(e, int(a), bool(e.yes[a] == b)), e.own.get(int(e.feature[a]), "")) for a, b in steps]


def step_words(name: str, holds: str, own: str) -> str:
    """`worst radius > 16.8 (25.38)`; a missing value is sent one way."""
    if own == "missing" and not holds.endswith("is missing"):
        return f"{name} is missing (goes with {holds})"
    return f"{name} {holds}{f' ({own})' if own else ''}"


def leaf_words(e: Tree, node: int) -> str:
    """`0.94`, of classes also which is the most likely one there: `0.94, malignant`."""
    value = number(float(e.value[node]))
    if e.values.shape[1] < 2:
        return value
    return f"{value}, {clean(e.outputs[int(e.values[node].argmax())])}"


def fidelity_words(e: Tree, depth: int) -> str:
    """`R² 0.87 ± 0.02`, of classes also the agreement."""
    if e.fidelity is None or e.fidelity_stderr is None:
        return ""
    said = f"R² {number(float(e.fidelity[depth]), 2)} ± {number(float(e.fidelity_stderr[depth]), 2)}"
    if e.agreement is None or e.agreement_stderr is None:
        return said
    agrees, error = float(e.agreement[depth]), float(e.agreement_stderr[depth])
    return f"{said}, the same class for {share(agrees)} ± {share(error)}"


@sentence.register(Tree)
def _sentence(e: Tree) -> str:
    """How good a stand-in is; and where the row's way ends."""
    said = []
    if e.fidelity is not None:
        depth = int(e.depths.max())
        said.append(f"{several(depth, 'level')} of questions follow the model on other rows with "
                    f"{fidelity_words(e, min(depth, len(e.fidelity) - 1))}.")  # fmt: skip
    if len(e.path):
        said.append(_ends(e))
    elif e.fidelity is None:
        said.append(f"{several(int((e.yes < 0).sum()), 'leaf', 'leaves')}.")
    return " ".join(said)


def _ends(e: Tree) -> str:
    leaf, steps = int(e.path[-1]), [step_words(*s) for s in way(e)]
    what = f"{_what(e)} {number(float(e.value[leaf]))} ({share(float(e.cover[leaf]))} of the training weight)"
    if e.fidelity is not None:
        what = what.replace("training weight", "rows")
    if not steps:
        return f"The tree is a single leaf: {what}."
    shown = "; ".join(steps) if len(steps) <= 4 else "; ".join([*steps[:2], "…", *steps[-2:]])
    return f"{several(len(steps), 'question')} lead{'s' * (len(steps) == 1)} to {what}: {shown}."


def _what(e: Tree) -> str:
    """`the probability of malignant`."""
    what = target(e)
    return e.unit if what == "the output" else f"{e.unit} of {what}"


@summary.register(Tree)
def _summary(e: Tree) -> str:
    """Title, sentence, every step of the way, the fidelity by depth, and the size."""
    steps = [f"  {k}. {step_words(*s)}" for k, s in enumerate(way(e), 1)]
    if len(steps) > LINES:
        left = len(steps) - LINES
        steps = [*steps[: LINES // 2], f"  … {several(left, 'more question')} …", *steps[-LINES // 2 :]]
    if len(e.path):
        steps.append(f"  -> {leaf_words(e, int(e.path[-1]))}")
    depth, leaves = int(e.depths.max()), int((e.yes < 0).sum())
    size = f"{several(len(e.yes), 'node')}, {several(leaves, 'leaf', 'leaves')}, depth {depth}."
    return "\n".join([title(e), sentence(e), "", *steps, *_by_depth(e), size, *_closing(e)])


def _by_depth(e: Tree) -> list[str]:
    if e.fidelity is None:
        return []
    return [f"  depth {d}: {fidelity_words(e, d)}" for d in range(len(e.fidelity)) if math.isfinite(e.fidelity[d])]
