"""Everything that leaves an Explorer: answers, states and errors, as messages and traits, from whatever thread."""

from __future__ import annotations

import contextlib
import contextvars
import traceback
from collections.abc import Callable
from typing import Any

from .built import built, needs_more
from .explanation import Explanation
from .run import Request
from .wire import answer_message

DTYPES = {"float32": "f4", "float64": "f8", "int32": "i4", "uint8": "u1"}


class Outbox:
    """Sends what a Run reports to one widget's front end.

    Attributes:
        context: the context of the newest handler; messages are sent in it, because plain threads have none that
            ipykernel 7.0 could send from.
        latest: the newest answer as (message, buffers), or None.
        held: gets each final answer instead of the page, while answers are held back.
    """

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self.context = contextvars.copy_context()
        self.latest: tuple[dict[str, Any], list[bytes]] | None = None
        self.held: Callable[[Explanation], None] | None = None
        self._frame = self._run_shown = 0

    def renew(self) -> None:
        """Send in the caller's context from now on."""
        self.context = contextvars.copy_context()

    def tell(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send to the front end, if there still is one."""
        with contextlib.suppress(Exception):
            self.context.copy().run(self.widget.send, message, buffers)

    def publish(self, **traits: Any) -> None:
        """Set read-only traits; what the user's observers raise must not look like our error."""
        for name, value in traits.items():
            with contextlib.suppress(Exception):
                self.context.copy().run(self.widget.set_trait, name, value)

    def show_state(self, *, status: str, result: dict[str, Any] | None = None, **traits: Any) -> None:
        """Publish a status, after the answer that it belongs to."""
        if result is not None:
            self.context.run(setattr, self.widget, "_result", result)
        self.publish(status=status, **traits)

    def hold(self, held: Callable[[Explanation], None] | None) -> None:
        """Hold answers back from now on (or, with None, no longer), and forget what was sent."""
        self.held = held
        if held is not None:
            self.latest = None
            self.context.run(setattr, self.widget, "_result", {})

    def began(self, request: Request) -> None:
        """A new stream begins."""
        self.tell({"kind": "started", "run": request.number})

    def answered(self, request: Request, answer: Explanation, state: str) -> None:
        """An answer to show; `state` is "running", or how its run ended."""
        if self.held is not None:
            self._hold_back(request, answer, state, self.held)
            return
        message, buffers = self._packed(request, answer, state)
        self.latest = (message, buffers)
        if needs_more(message["answer"]) and not self.widget._more:
            self.context.run(setattr, self.widget, "_more", built("more.js"))
        self.publish(explanation=answer)
        self.tell(message, buffers)
        if state != "running":
            self.show_state(status=state, error=None, result={"message": message, "buffers": buffers})

    def _hold_back(
        self, request: Request, answer: Explanation, state: str, held: Callable[[Explanation], None]
    ) -> None:
        """The page only hears how far it is."""
        final = state != "running"
        self.publish(explanation=answer)
        if final:
            held(answer)
        self.tell({"kind": "withheld", "run": request.number, "evals": answer.evals, "final": final})
        if final:
            self.show_state(status=state, error=None)

    def _packed(self, request: Request, answer: Explanation, state: str) -> tuple[dict[str, Any], list[bytes]]:
        fields, arrays = answer_message(answer, request.samples, state == "partial", state == "running")
        named = fields["layout"].pop("arrays")
        kinds = [
            {"name": n, "dtype": DTYPES[a.dtype.name], "shape": list(a.shape)}
            for n, a in zip(named, arrays, strict=True)
        ]
        self._frame = self._frame + 1 if self._run_shown == request.number else 1
        self._run_shown = request.number
        message = {"kind": "answer", "run": request.number, "frame": self._frame, "answer": fields, "arrays": kinds}
        return message, [a.tobytes() for a in arrays]

    def stopped(self, request: Request) -> None:
        """The stream was stopped before its first answer: what was there stays, and is not of this run."""
        self.show_state(status="partial", error=None)

    def failed(self, request: Request, error: BaseException) -> None:
        """The stream raised."""
        self.show_state(status="error", error=said(error))
        self._report(error, request.number, _trace(error))

    def complain(self, error: BaseException, run: int) -> None:
        """A value was refused while `run` was the newest; the last good answer stays."""
        self.publish(error=said(error))
        self._report(error, run, "")

    def _report(self, error: BaseException, run: int, details: str) -> None:
        notes = " ".join(getattr(error, "__notes__", ()))
        self.tell({"kind": "failed", "run": run, "error": {"what": said(error), "hint": notes, "details": details}})


def said(error: BaseException) -> str:
    """The text of an error; our own need no class name."""
    return str(error) if type(error) in (ValueError, TypeError) else f"{type(error).__name__}: {error}"


def _trace(error: BaseException) -> str:
    """The end of the traceback, for the folded details."""
    return "".join(traceback.format_exception(error))[-4000:]
