"""The side of an Explorer that a lesson uses: state, presets, locks, quizzes, checks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from ..errors import listed, refuse
from ..explanation import Explanation
from ..inputs import Input
from ..outbox import Outbox
from .checking import MEASURED, check
from .locks import read_names
from .presets import Preset, read_presets
from .quiz import Plan, Quiz, plan, pose
from .state import read, written

if TYPE_CHECKING:
    from ..controls import Controls

OPTIONS = ("presets", "lock", "hide", "quiz")


class Teaching(traitlets.HasTraits):
    """What an Explorer offers a lesson.

    Attributes:
        lock, hide: names of controls and settings that the page shows but cannot change, or does not show; Python
            can still set them.
        answers: the guesses so far, oldest first: dictionaries of plain values ("kind", "question", "choices", "given",
            "truth", "score" from 0 to 1, "settled", "state").
    """

    lock: Any = traitlets.Any(())
    hide: Any = traitlets.Any(())
    _lesson = traitlets.Dict().tag(sync=True)
    _quiz = traitlets.Dict().tag(sync=True)

    if TYPE_CHECKING:  # what the Explorer brings along
        _lock: threading.RLock
        _controls: Controls
        _out: Outbox
        _rows: Input
        _initial: dict[str, Any]
        method: str
        status: str
        explanation: Explanation | None

        def _now(self) -> dict[str, Any]: ...
        def _change(self, changes: dict[str, Any]) -> None: ...
        def _forget(self, method: str) -> None: ...
        def _go(self, coarse: bool = False) -> None: ...
        def wait(self, timeout: float | None = None) -> Explanation: ...

    def _begin_lesson(
        self, presets: Any = None, lock: Any = (), hide: Any = (), quiz: str | Mapping[str, Any] | None = None
    ) -> None:
        self.answers: list[dict[str, Any]] = []
        self._presets: dict[str, Preset] = {p.name: p for p in read_presets(presets, self._controls, self.method)}
        self._applied: tuple[str, dict[str, Any]] | None = None
        self._asked: Plan | None = None
        self._posed: Quiz | None = None
        self._revealed: dict[str, Any] | None = None  # the state in which the last guess was made
        self.lock, self.hide = lock, hide
        if quiz is not None:
            self.quiz(**quiz) if isinstance(quiz, Mapping) else self.quiz(quiz)

    @traitlets.validate("lock", "hide")
    def _known_names(self, proposal: Any) -> tuple[str, ...]:
        return read_names(proposal["trait"].name, proposal["value"])

    @traitlets.observe("lock", "hide")
    def _show_lesson(self, _: Any = None) -> None:
        """Tell the page what is locked and hidden, and which preset the controls are those of."""
        if not hasattr(self, "_revealed"):
            return
        presets = [{"name": p.name, "note": p.note} for p in self._presets.values()]
        state = self.state() if self._applied or self._revealed else None
        preset = self._applied[0] if self._applied and self._applied[1] == state else ""
        self._lesson = {"presets": presets, "lock": [*self.lock], "hide": [*self.hide], "preset": preset}
        if self._revealed is not None and self._revealed != state:
            self._revealed, self._quiz = None, {}  # what was revealed is no longer what is shown

    # state and presets

    def state(self) -> dict[str, Any]:
        """The controls as a small dictionary for JSON: neither data nor a model, so that it can be shared.

        Returns:
            Values by control, the package's version, and under "left_out" the names of what cannot be written down
            (a function as target, rows of data as a setting).
        """
        return written(self._now())

    def apply(self, state: Mapping[str, Any] | str) -> None:
        """Set several controls as one change, which asks for one run; all of them or none.

        Args:
            state: what `state()` returned, here or elsewhere, or a part of it; or the name of a preset.

        Raises:
            ValueError: if a value is refused; everything stays as it was.
        """
        if isinstance(state, str):
            self._apply_preset(state)
        else:
            self._change(read(state))

    def _apply_preset(self, name: str) -> None:
        if name not in self._presets:
            raise refuse("apply", f"presets are {listed(self._presets) or 'none'}", name)
        with self._lock:
            self._applied = None
            preset = self._presets[name]
            self._forget(preset.changes.get("method", self._initial["method"]))
            self._change(preset.over(self._initial))
            self._applied = (name, self.state())
            self._show_lesson()

    # quizzes

    def quiz(self, kind: str | None = "auto", *, count: int | None = None, question: str | None = None) -> None:
        """Hide the explanation until the reader has guessed; what is hidden is not sent to the page.

        Args:
            kind: "top" (which features are the strongest), "sign" (which way the strongest push), "rank" (their order),
                for pictures "region" (the strongest of nine regions), "auto" (the first that fits), None (no quiz).
            count: how many are to be named (3, 5, 4, 2).
            question: the question in your own words.

        Raises:
            ValueError: for a kind that does not fit the input, or a wrong count.
        """
        asked = None if kind is None else plan(kind, count, question, self._rows.kind)
        with self._lock:
            self._asked, self._posed, self._revealed = asked, None, None
            self._quiz = {} if asked is None else self._message("waiting")
            self._out.hold(None if asked is None else self._pose)
            self._go()

    def guess(self, picks: Any) -> float:
        """Answer the open question, which reveals the explanation; the guess is appended to `answers`.

        Args:
            picks: labels or their numbers; for "sign" {label: "up" or "down"}; for "rank" all, the strongest first.

        Returns:
            The share that is right, 0 to 1.

        Raises:
            ValueError: if nothing is asked (yet), or it does not answer the question.
        """
        with self._lock:
            quiz = self._posed
            if quiz is None:
                way_out = "quiz() asks one" if self._asked is None else "wait() for it"
                raise refuse("guess", f"needs an open question; {way_out}", picks)
            found = quiz.read(picks)
            self.answers.append(self._record(quiz, found))
            self._asked, self._posed, self._revealed = None, None, self.state()
            self._quiz = self._message("revealed", quiz, found)
            self._out.hold(None)
            self._go()
            return self.answers[-1]["score"]

    def _record(self, quiz: Quiz, found: tuple[int, ...]) -> dict[str, Any]:
        return {
            "kind": quiz.plan.kind,
            "question": quiz.plan.question,
            "choices": list(quiz.labels),
            "given": quiz.words(found),
            "truth": quiz.words(quiz.truth),
            "score": quiz.score(found),
            "settled": quiz.settled,
            "state": self.state(),
        }

    def _pose(self, answer: Explanation) -> None:
        """There is an answer to ask about (on the run's thread)."""
        with self._lock:
            if self._asked is None:
                return
            try:
                self._posed = pose(self._asked, answer)
            except ValueError as error:
                message = self._message("waiting") | {"reason": str(error)}
            else:
                message = self._message("open", self._posed)
            self._out.context.run(setattr, self, "_quiz", message)

    def _message(self, state: str, quiz: Quiz | None = None, found: tuple[int, ...] = ()) -> dict[str, Any]:
        """What the page gets; what is right only once it is revealed."""
        asked = quiz.plan if quiz is not None else self._asked
        if asked is None:
            return {}
        message: dict[str, Any] = {"state": state, "kind": asked.kind, "question": asked.question}
        if quiz is not None:
            pick = len(quiz.truth)
            message |= {"labels": list(quiz.labels), "pick": pick}
        if quiz is not None and state == "revealed":
            message |= {"given": list(found), "truth": list(quiz.truth), "score": quiz.score(found)}
            message["settled"] = quiz.settled
        return message

    # checks

    def check(self, expected: Mapping[str, Any], timeout: float | None = 60) -> tuple[float, str]:
        """Whether the Explorer shows what an exercise asked for; needs no browser.

        Args:
            expected: values by name. Names of controls and settings: the value, a set of values, or a function that
                says whether it is right. "error", "gap": the most that they may be. "top": names of the strongest
                features, in any order. "score": the least mean score of the guesses.
            timeout: seconds to wait for a run that is under way, where the answer matters.

        Returns:
            The share of expectations that are met, and a line about each.

        Raises:
            ValueError: for a name that nothing has.
            TimeoutError: if the run takes longer.
        """
        if isinstance(expected, Mapping) and set(expected) & {*MEASURED} - {"score"}:
            self.wait(timeout)
        return check(expected, self.state(), self.explanation, self.answers)
