"""Does an Explorer show what an exercise asked for?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import listed, refuse
from ..explanation import Attribution, Explanation, flatten
from ..method import find
from .state import KEPT, plain

Verdict = tuple[bool, str]


def check(
    expected: Any, state: Mapping[str, Any], answer: Explanation | None, answers: Sequence[Mapping[str, Any]]
) -> tuple[float, str]:
    """Compare with what is expected.

    Args:
        expected: values by name (see `Explorer.check`).
        state: the controls, as `state()` writes them.
        answer: the latest answer, or None.
        answers: the guesses so far.

    Returns:
        The share of expectations that are met, and a line for each.

    Raises:
        ValueError: for a name that nothing has.
    """
    if not isinstance(expected, Mapping) or not expected:
        raise refuse("check", "needs expected values by name, like {'baseline': 'mean', 'error': 0.01}", expected)
    verdicts = [_one(name, value, state, answer, answers) for name, value in expected.items()]
    lines = [f"{'✓' if right else '✗'} {words}" for right, words in verdicts]
    return sum(right for right, _ in verdicts) / len(verdicts), "\n".join(lines)


def _one(name: str, wanted: Any, state: Mapping[str, Any], answer: Any, answers: Any) -> Verdict:
    if name in MEASURED:
        return MEASURED[name](wanted, answer, answers)
    if name in KEPT and name != "settings":
        return _is(name, state.get(name), wanted)
    if name == "settings" and isinstance(wanted, Mapping):
        found = [_setting(k, v, state) for k, v in wanted.items()]
        return all(right for right, _ in found), "; ".join(words for _, words in found)
    return _setting(name, wanted, state)


def _setting(name: str, wanted: Any, state: Mapping[str, Any]) -> Verdict:
    known = find(state["method"]).settings
    every = (*KEPT, *MEASURED)
    if name not in known and not any(name in m.settings for m in _methods()):
        raise refuse("check", f"names are {listed(every, 20)} and those of settings", name)
    if name not in known:
        return False, f"{name}: {find(state['method']).title} has no such setting"
    return _is(name, state["settings"].get(name, known[name].default), wanted)


def _methods() -> Any:
    from ..method import METHODS

    return METHODS.values()


def _is(name: str, value: Any, wanted: Any) -> Verdict:
    """Equal, one of several, or as a function says."""
    if callable(wanted):
        right = bool(wanted(value))
    elif isinstance(wanted, (set, frozenset)):
        right = any(_same(value, w) for w in wanted)
    else:
        right = _same(value, wanted)
    return right, f"{name} is {value!r}" + ("" if right else ": not what was asked for")


def _same(value: Any, wanted: Any) -> bool:
    try:
        return bool(plain(value) == plain(wanted))
    except TypeError:
        return value is wanted


def _at_most(name: str, value: float | None, limit: Any) -> Verdict:
    if value is None:
        return False, f"{name}: this answer has none"
    right = bool(value <= limit)
    return right, f"{name} is {value:.3g}, {'at most' if right else 'more than'} {limit:g}"


def _error(limit: Any, answer: Explanation | None, _: Any) -> Verdict:
    return _at_most("error", None if answer is None else float(answer.error), limit)


def _gap(limit: Any, answer: Explanation | None, _: Any) -> Verdict:
    gap = getattr(answer, "gap", None)
    return _at_most("gap", None if gap is None else float(np.max(np.abs(gap))), limit)


def _top(names: Any, answer: Explanation | None, _: Any) -> Verdict:
    """The strongest features are these, in whatever order."""
    if not isinstance(answer, Attribution) or not answer.layout.names:
        return False, "top: this answer has no features with names"
    order = np.argsort(-np.abs(np.nan_to_num(flatten(answer.values))), kind="stable")[: len(names)]
    found = [answer.layout.names[i] for i in order]
    right = set(found) == set(names)
    return right, f"the strongest {'are' if right else 'are not those that were asked for:'} {listed(found)}"


def _score(least: Any, _: Any, answers: Sequence[Mapping[str, Any]]) -> Verdict:
    if not answers:
        return False, "score: nothing was guessed yet"
    mean = sum(a["score"] for a in answers) / len(answers)
    right = mean >= least
    return right, f"score is {mean:.2f}, {'at least' if right else 'less than'} {least:g}"


MEASURED: dict[str, Callable[[Any, Any, Any], Verdict]] = {"error": _error, "gap": _gap, "top": _top, "score": _score}
