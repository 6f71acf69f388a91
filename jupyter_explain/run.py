"""Streams on one background thread: the newest request wins, answers come at a bounded rate, everything can stop.

Handlers of a front end run on whatever thread the kernel likes, so they only put a request into a mailbox; this thread
does all the computing, one step of one stream at a time, the most recently touched stream first.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from .explanation import Explanation
from .inquiry import Inquiry
from .question import Cancelled

State = Literal["idle", "running", "done", "partial", "error"]
COARSE = 0.08  # seconds that a run refines while the user still drags
EVERY = 1 / 12  # seconds between two answers that are sent
UNSEEN = 2  # answers on their way before we wait for the front end


@dataclass(frozen=True)
class Request:
    """What to compute.

    Attributes:
        key: what makes a stream; a request with the key of the current stream resumes it.
        open: makes the stream; runs on the background thread and may raise.
        samples: the budget, or None.
        coarse: whether the user is still dragging, so that a first answer is enough for now.
        number: counts up; an answer of an older number is never shown after a newer one.
    """

    key: Any
    open: Callable[[], Inquiry]
    samples: int | None
    coarse: bool = False
    number: int = 0


class Watcher(Protocol):
    """Who is told; always on the background thread, never while a lock is held."""

    def began(self, request: Request) -> None:
        """A new stream is about to begin."""

    def answered(self, request: Request, answer: Explanation, state: State) -> None:
        """An answer worth showing; `state` is "running" unless it is the last."""

    def stopped(self, request: Request) -> None:
        """The stream was stopped before its first answer."""

    def failed(self, request: Request, error: BaseException) -> None:
        """The stream raised."""


class Run:
    """The computing behind one widget."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self.state: State = "idle"
        self.latest: Explanation | None = None
        self.error: BaseException | None = None
        self._changed = threading.Condition()
        self._mail: Request | None = None
        self._request: Request | None = None
        self._inquiry: Inquiry | None = None
        self._opening = False
        self._numbers = 0
        self._stopping = self._closed = self._unanswered = False
        self._sent = self._seen = 0
        self._sent_at = self._began_at = 0.0
        self._unsent = False

    def submit(self, request: Request) -> int:
        """Ask for `request` instead of whatever runs; returns its number at once, from any thread."""
        with self._changed:
            if self._closed:
                raise RuntimeError("Explorer: is closed; make a new one")
            self._numbers += 1
            current = self._request
            if self._inquiry is not None and current is not None and current.key != request.key:
                self._inquiry.cancel()
            self._mail = replace(request, number=self._numbers)
            self._stopping, self._unanswered, self.state, self.error = False, False, "running", None
        scheduler().touch(self)
        return self._numbers

    @property
    def number(self) -> int:
        """Number of the newest request."""
        return self._numbers

    def stop(self) -> None:
        """Keep what is there and go no further; from any thread."""
        with self._changed:
            if self.state != "running":
                return
            self._stopping = True
            if self._inquiry is not None:
                self._inquiry.cancel()
        scheduler().touch(self)

    def close(self) -> None:
        """Stop for good and let go of model and data."""
        with self._changed:
            self._closed = True
            self._mail = None
            if self._inquiry is not None:
                self._inquiry.cancel()
            if self.state == "running":
                self.state = "partial"
            self._changed.notify_all()
        scheduler().remove(self)

    def seen(self) -> None:
        """The front end has drawn an answer."""
        self._seen = min(self._sent, self._seen + 1)
        scheduler().wake()

    def forget_unseen(self) -> None:
        """Stop waiting for answers that a page which is gone was sent."""
        self._seen = self._sent
        scheduler().wake()

    def wait(self, timeout: float | None = None) -> Explanation:
        """Block until the newest request is finished; returns its answer.

        Raises:
            TimeoutError: after `timeout` seconds.
            RuntimeError: if it was stopped before its first answer.
            Exception: what the stream raised.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.state != "running", timeout):
                raise TimeoutError(f"Explorer: still running after {timeout:g} s; cancel() keeps what is there")
            if self.error is not None:
                raise self.error
            if self.latest is None or self._unanswered:
                raise RuntimeError("Explorer: was stopped before the first answer; ask again")
            return self.latest

    def wait_first(self, timeout: float) -> bool:
        """Block until there is some answer, an error, or the time is over."""
        with self._changed:
            return self._changed.wait_for(lambda: self.latest is not None or self.state != "running", timeout)

    # background thread only, from here on

    def tick(self) -> bool:
        """Do one step; returns whether there is more to do."""
        try:
            with self._changed:
                mail, self._mail = self._mail, None
            if mail is not None:
                self._take(mail)
            elif self._inquiry is not None and self.state == "running":
                self._step()
        except Cancelled:
            self._after_cancel()
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001  a model's exit must not end this thread
            self._fail(error)
        return self.state == "running" and not self._closed

    def _take(self, mail: Request) -> None:
        resumes = self._request is not None and self._inquiry is not None and self._resumes(mail)
        self._request, self._began_at = mail, time.monotonic()
        if resumes:
            self._finish_or_go_on()
            return
        self.watcher.began(mail)
        self._inquiry, self._sent, self._seen, self._unsent = None, 0, 0, False
        inquiry = mail.open()
        with self._changed:
            self._inquiry = inquiry
            if self._stopping:  # there was nothing to cancel yet
                inquiry.cancel()
            newer = self._mail is not None or self._stopping or self._closed
        if not newer:
            self._step()

    def _resumes(self, mail: Request) -> bool:
        """Whether the current stream can go on for this request: same question, and not beyond its budget yet."""
        inquiry = self._inquiry
        if inquiry is None or inquiry.latest is None or self._request is None or self._request.key != mail.key:
            return False
        cancelled = inquiry.question.stopped
        return not cancelled and (mail.samples is None or inquiry.question.evals <= mail.samples)

    def _step(self) -> None:
        inquiry, request = self._inquiry, self._request
        if inquiry is None or request is None:
            return
        if inquiry.affords(request.samples) and inquiry.step() is not None:
            with self._changed:
                self.latest = inquiry.latest
                self._changed.notify_all()
        self._finish_or_go_on()

    def _finish_or_go_on(self) -> None:
        inquiry, request = self._inquiry, self._request
        if inquiry is None or request is None or inquiry.latest is None:
            return
        more = inquiry.affords(request.samples)
        if more and request.coarse and time.monotonic() - self._began_at > COARSE:
            more = False
        if more and not self._stopping:
            self._show(inquiry.latest)
        else:
            self._end("partial" if self._stopping else "done")

    def _show(self, answer: Explanation) -> None:
        """Send an answer if it is the first, or if the last one is old enough and was seen."""
        now = time.monotonic()
        waiting = self._sent - self._seen >= UNSEEN
        if self._sent == 0 or (now - self._sent_at >= EVERY and not waiting):
            self._send(answer, "running")

    def _send(self, answer: Explanation, state: State) -> None:
        if self._request is None:
            return
        self._sent, self._sent_at = self._sent + 1, time.monotonic()
        self.watcher.answered(self._request, answer, state)

    def _end(self, state: State) -> None:
        with self._changed:
            if self._mail is not None:  # something newer came: it will speak for itself
                return
            answer = self._inquiry.latest if self._inquiry is not None else None
        if answer is not None:
            self.latest = answer
            self._send(answer, state)
        elif self._request is not None:
            self.watcher.stopped(self._request)
        self._settle(state, answer is None)

    def _settle(self, state: State, unanswered: bool = False) -> None:
        with self._changed:
            if self._mail is None:
                self.state, self._stopping, self._unanswered = state, False, unanswered
                self._changed.notify_all()

    def _after_cancel(self) -> None:
        """A batch was cut short: for Stop the last answer stays; for a newer request that one follows."""
        if self._stopping:
            self._end("partial")
            self._inquiry = None

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            if self._mail is not None or self._closed:
                return
            request, self._inquiry, self.error = self._request, None, error
        if request is not None:
            self.watcher.failed(request, error)
        self._settle("error")


class Scheduler:
    """One daemon thread for all runs of the process; asyncio steps where threads do not exist (JupyterLite)."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._runs: list[Run] = []
        self._wake = threading.Condition()
        self._started = False

    def touch(self, run: Run) -> None:
        """Put a run first in the row and see that it gets its turn."""
        with self._wake:
            self._runs = [run, *(r for r in self._runs if r is not run)]
            if not self._started:
                self._started = True
                self._start()
            self._wake.notify_all()

    def wake(self) -> None:
        """Look again."""
        with self._wake:
            self._wake.notify_all()

    def remove(self, run: Run) -> None:
        """Forget a run."""
        with self._wake:
            self._runs = [r for r in self._runs if r is not run]

    def _start(self) -> None:
        try:
            threading.Thread(target=self._loop, name="jupyter_explain", daemon=True).start()
        except RuntimeError:  # "can't start new thread": Pyodide
            self._task = asyncio.get_event_loop().create_task(self._steps())

    def _loop(self) -> None:
        while True:
            with self._wake:
                while not self._runs:
                    self._wake.wait()
            self._round()

    async def _steps(self) -> None:
        while self._runs:
            self._round()
            await asyncio.sleep(0)
        self._started = False

    def _round(self) -> None:
        """One step for every run, the most recently touched first; a new touch starts the round again."""
        with self._wake:
            turn = list(self._runs)
        for run in turn:
            more = run.tick()
            with self._wake:
                if not more and run._mail is None and run in self._runs:
                    self._runs.remove(run)
                touched = self._runs and self._runs[0] is not turn[0]
            if touched:
                return


_scheduler: list[Scheduler] = []


def scheduler() -> Scheduler:
    """The process's scheduler (a forked child makes its own)."""
    if not _scheduler or _scheduler[0].pid != os.getpid():
        _scheduler[:] = [Scheduler()]
    return _scheduler[0]
