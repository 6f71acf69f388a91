"""Everything that a page sends to an Explorer. Handlers run on whatever thread the kernel likes, and only ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .built import words
from .lesson.locks import locked

Content = dict[str, Any]


class Inbox:
    """Messages from the pages of one widget; one method for each kind, anything malformed is ignored."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget

    def receive(self, _: Any, content: Any, buffers: Any) -> None:
        """Handle one message."""
        if not isinstance(content, dict):
            return
        self.widget._out.renew()
        kind = content.get("kind")
        handler = HANDLERS.get(kind) if isinstance(kind, str) else None
        if handler is not None:
            handler(self, content)

    def ask(self, content: Content) -> None:
        """Change controls, but those that a lesson locks."""
        widget, changes = self.widget, content.get("changes")
        asked = dict(changes) if isinstance(changes, dict) else {}
        allowed, refused = locked(asked, widget.lock)
        if isinstance(allowed.get("settings"), dict):
            allowed["settings"] = {**widget._settings_of(allowed.get("method")), **allowed["settings"]}
        refused |= widget._apply(allowed)
        self._heard(content, refused)
        if set(asked) - set(refused) - {"lang"} or not asked:
            widget._go(coarse=content.get("coarse") is True)

    def reset(self, content: Content) -> None:
        """The author's controls."""
        self._heard(content, self.widget._reset())

    def preset(self, content: Content) -> None:
        """The controls of one of the author's presets."""
        self._try(self.widget._apply_preset, content.get("name"))
        self._heard(content, {})

    def guess(self, content: Content) -> None:
        """The answer to a quiz."""
        self._try(self.widget.guess, content.get("picks"))

    def stop(self, content: Content) -> None:
        """Keep what is there."""
        self.widget.cancel()

    def words(self, content: Content) -> None:
        """The page wants another language's words."""
        self.widget._words = words(content.get("lang"))

    def ack(self, content: Content) -> None:
        """An answer was drawn."""
        self.widget._run.seen()

    def ping(self, content: Content) -> None:
        """Is anybody there?"""
        self.widget._out.tell({"kind": "pong", "t": content.get("t")})

    def sync(self, content: Content) -> None:
        """A page was loaded; what its predecessor was sent is never going to be acknowledged."""
        self.widget._run.forget_unseen()
        latest, have = self.widget._out.latest, content.get("run")
        if latest is not None and (not isinstance(have, int) or latest[0]["run"] >= have):
            self.widget._out.tell(*latest)

    def _heard(self, content: Content, refused: dict[str, str]) -> None:
        self.widget._out.tell({"kind": "heard", "seq": content.get("seq"), "refused": refused})

    def _try(self, act: Callable[[Any], Any], value: Any) -> None:
        """Do what the page asked for; a refusal is shown there."""
        try:
            act(value)
        except (ValueError, TypeError) as error:
            self.widget._out.complain(error, self.widget._run.number)


HANDLERS: dict[str, Callable[[Inbox, Content], None]] = {
    "ask": Inbox.ask,
    "reset": Inbox.reset,
    "preset": Inbox.preset,
    "guess": Inbox.guess,
    "stop": Inbox.stop,
    "words": Inbox.words,
    "ack": Inbox.ack,
    "ping": Inbox.ping,
    "sync": Inbox.sync,
}
