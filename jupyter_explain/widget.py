"""The live widget: messages to and from a Run, and no arithmetic."""

from __future__ import annotations

import secrets
import threading
from typing import Any, Self

import anywidget
import traitlets

from .built import built, words
from .controls import CONTROLS, Controls
from .errors import listed
from .explanation import Explanation
from .inbox import Inbox
from .inputs import read_input
from .inquiry import WAYS, Ask, Inquiry, asked_model, begin, check_args, choose, read_ways
from .lesson import Teaching
from .lesson.teaching import OPTIONS
from .method import find
from .outbox import Outbox
from .panel import default_samples, panel
from .quality.judging import ATTRIBUTIONS
from .rows import is_frame, length
from .run import Request, Run
from .whatif import code
from .wire import colormaps, input_message, reference_message

HIDDEN = "A question about an explanation, which is hidden until it is answered."
FIRST_PICTURE = 1.5  # seconds that showing the widget waits for an answer, for the picture of a saved notebook


class Refused(ValueError, traitlets.TraitError):  # noqa: N818  (says what happened, like traitlets' own)
    """A control was given a value that it cannot take."""


class Judged(traitlets.TraitType[Any, Any]):
    """Any value, judged by the Explorer alone; `traitlets.Any` would take None unasked."""


class Explorer(Teaching, anywidget.AnyWidget):
    """A live explanation of one model; made by `explore`.

    Attributes:
        method, target, baseline, samples, row, edits, seed, settings, lang: the controls (`edits`: columns of the
            row that are changed, by name). Set them from Python, observe them,
            link them; a wrong value is refused with a ValueError and shown in the widget.
        status: "idle", "running", "done", "partial" or "error".
        explanation: the latest answer (read-only; observe it to react).
        error: text of the last error, or None.
        lock, hide, answers: see `lesson.Teaching`, like the methods `state`, `apply`, `quiz`, `guess` and `check`.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    method = traitlets.Unicode("auto").tag(sync=True)
    target: Any = Judged("predicted").tag(sync=True)
    baseline: Any = traitlets.Any(None, allow_none=True).tag(sync=True)
    samples: Any = traitlets.Any(None, allow_none=True).tag(sync=True)
    row: Any = Judged(0).tag(sync=True)
    edits: Any = traitlets.Dict().tag(sync=True)
    seed: Any = Judged(0).tag(sync=True)
    settings: Any = traitlets.Dict().tag(sync=True)
    lang = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Unicode("idle", read_only=True).tag(sync=True)
    error = traitlets.Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    explanation = traitlets.Instance(Explanation, allow_none=True, read_only=True)
    _panel = traitlets.Dict().tag(sync=True)
    _editors = traitlets.Dict().tag(sync=True)
    _more = traitlets.Unicode().tag(sync=True)
    _words = traitlets.Dict().tag(sync=True)
    _input = traitlets.Dict().tag(sync=True)
    _reference = traitlets.Dict().tag(sync=True)
    _colormaps = traitlets.Dict().tag(sync=True)
    _result = traitlets.Dict().tag(sync=True)
    _session = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        model: Any,
        x: Any,
        *,
        method: str = "auto",
        baseline: Any = None,
        target: Any = "predicted",
        labels: Any = None,
        names: Any = None,
        **options: Any,
    ) -> None:
        self._lock = threading.RLock()
        self._quiet = True
        self._kept_settings: dict[str, dict[str, Any]] = {}
        self._kept_samples: dict[str, int | None] = {}
        self._shown = ""
        self._out = Outbox(self)
        self._run = Run(self._out)
        ways = {k: options.pop(k) for k in WAYS if k in options}
        self._labels, self._groups = labels, options.pop("groups", None)
        args = check_args(options.pop("args", ()))
        given = {"link": ways.pop("link", None), "layout": ways.pop("layout", None), "groups": self._groups}
        self._model = asked_model(model, given["link"], method, args)
        if self._model.unit == "margin":
            given["link"] = "margin"
        self._given = {k: v for k, v in given.items() if v is not None}  # read here once, and part of the code to copy
        read = read_ways({**ways, "layout": given["layout"], "names": names})
        self._rows = read_input(self._model, x, **read, like=baseline)
        self._data = self._rows.rows if self._rows.kind == "table" and self._rows.batch else None
        self._controls = Controls(self._model, self._rows, self._data)
        self._ways = ways
        controls = ("samples", "row", "edits", "seed", "settings", "lang")
        first: dict[str, Any] = {k: options.pop(k) for k in controls if k in options}
        lesson = {k: options.pop(k) for k in OPTIONS if k in options}
        super().__init__(_esm=built("widget.js"), _css=built("widget.css"), _session=secrets.token_hex(8))
        self._begin_with(method, baseline, target, first, options)
        self._begin_lesson(**lesson)
        self._inbox = Inbox(self)
        self.on_msg(self._inbox.receive)
        self._go()

    def _begin_with(
        self, method: str, baseline: Any, target: Any, first: dict[str, Any], options: dict[str, Any]
    ) -> None:
        """The author's initial controls, which Reset restores."""
        one = self._rows.row(0)
        name = choose(self._model, one, Ask(groups=self._groups)) if method == "auto" else method
        settings = {**options, **first.pop("settings", {})}
        self._apply({"method": name, "target": target, "settings": settings, **first})
        self._apply({"baseline": "auto" if baseline is None else baseline})
        self._initial = self._now()
        self._colormaps = colormaps()
        self._quiet = False

    # controls: every change is checked, and asks for one new run

    @traitlets.validate("method", "target", "baseline", "samples", "row", "edits", "seed", "settings", "lang")
    def _checked(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        try:
            accepted = self._controls.check(name, value, self.method)
        except (ValueError, TypeError) as error:
            self._out.complain(error, self._run.number)
            raise Refused(str(error)) from error
        if name == "baseline" and not isinstance(value, str) and self.baseline == "given" and not self._quiet:
            self._go()  # other rows under the same name, which no observer is told of
        return accepted

    @traitlets.observe("method", "target", "baseline", "samples", "row", "edits", "seed", "settings")
    def _changed(self, change: Any) -> None:
        if self._quiet:
            return
        if change["name"] == "method":
            self._apply({"method": change["new"]}, before=change["old"])
        if change["name"] == "row":
            self._apply({"edits": {}})
        self._go()

    @traitlets.observe("lang")
    def _spoken(self, change: Any) -> None:
        self._words = words(change["new"]) or self._words

    def _apply(self, changes: dict[str, Any], before: str | None = None) -> dict[str, str]:
        """Set several controls as one change; returns the reasons of those that were refused."""
        refused: dict[str, str] = {}
        with self._lock:
            quiet, self._quiet = self._quiet, True
            try:
                if "row" in changes:
                    changes = {"edits": {}, **changes}  # edits belong to a row
                if "method" in changes:
                    self._switch(changes.pop("method"), before or self.method, refused)
                if refused:
                    changes = {}  # they belong to that method
                for name, value in changes.items():
                    self._set(name, value, refused)
            finally:
                self._quiet = quiet
        if refused and not hasattr(self, "_initial"):
            raise Refused("; ".join(refused.values()))
        return refused

    def _set(self, name: str, value: Any, refused: dict[str, str]) -> None:
        if name not in CONTROLS:
            refused[name] = f"Explorer: has no control {name!r}"
            return
        try:
            setattr(self, name, value)
        except (Refused, traitlets.TraitError) as error:
            refused[name] = str(error)

    def _switch(self, name: Any, before: str, refused: dict[str, str]) -> None:
        """Change the method: its settings and sample count come back as they were left."""
        self._kept_settings[before], self._kept_samples[before] = dict(self.settings), self.samples
        self._set("method", name, refused)
        if "method" in refused:
            return
        chosen = find(self.method)
        self.settings = self._kept_settings.get(chosen.name, {})
        self._shown = before if before in ATTRIBUTIONS else self._shown
        if chosen.judges and self._shown and "of" not in self.settings:
            self.settings = {**self.settings, "of": self._shown}  # what was looked at last
        self.samples = None if chosen.exact else self._kept_samples.get(chosen.name) or default_samples(chosen)

    def _now(self) -> dict[str, Any]:
        """The controls; a baseline that we chose is "auto"."""
        now = {k: getattr(self, k) for k in CONTROLS}
        return now | {"baseline": "auto"} if self._controls.ours else now

    def _change(self, changes: dict[str, Any]) -> None:
        """All of the changes, or none and a Refused; asks for one new run."""
        with self._lock:
            before = self._now()
            refused = self._apply(changes)
            if refused:
                self._apply(before)
                raise Refused("; ".join(refused.values()))
            self._go()

    def _forget(self, method: str) -> None:
        """Forget what the user left of a method's settings and samples."""
        self._kept_settings.pop(method, None)
        self._kept_samples.pop(method, None)

    # computing: requests go to the run, which calls back on its own thread

    def _go(self, coarse: bool = False) -> None:
        """Ask for what the controls say."""
        with self._lock:
            self._out.renew()
            chosen = find(self.method)
            baseline = self._controls.baseline(self.baseline)
            ask = Ask(baseline, self.target, self._labels, (), self._groups, self.seed, self._data)
            one = self._controls.whatif.row(self.row, self.edits)
            settings = {**self.settings, **self._ways}
            key = (
                chosen.name,
                repr(self.target),
                self.baseline,
                self._controls.version,
                self.row,
                self.seed,
                repr(self.edits),
            )
            opener = lambda: self._opened(begin(self._model, one, chosen.name, ask, settings))  # noqa: E731
            samples = None if chosen.exact else self.samples
            request = Request((*key, repr(sorted(settings.items()))), opener, samples, coarse)
            self._posed = None  # a question about an answer that is no longer asked for
            self._run.submit(request)
            self._out.show_state(status="running")
            self._show_lesson()
            if not self._panel:
                self._panel = panel(chosen, self._model, one, self._data, self._panel_values())

    def _opened(self, inquiry: Inquiry) -> Inquiry:
        """The question is posed: now the controls can show outputs, input and baseline."""
        q = inquiry.question
        self._controls.outputs = q.names if q.scores.ndim == 1 else ()
        whatif = self._controls.whatif
        whatif.saw(q, self.row, self.edits)

        def show() -> None:
            with self._lock:
                self._panel = panel(inquiry.method, q.model, q.input, self._data, self._panel_values(), q)
                self._editors = whatif.message(self.row, self.target, inquiry.method.row)
                self._input, self._reference = input_message(q.input), reference_message(q)

        self._out.context.run(show)
        return inquiry

    def _panel_values(self) -> dict[str, Any]:
        values = {k: getattr(self, k) for k in CONTROLS}
        row = f"x.iloc[[{self.row}]]" if is_frame(self._rows.rows) else f"x[{self.row}]"
        before, x = code(self._rows, row if self._rows.batch else "x", self.edits)
        ways = {k: v for k, v in self._ways.items() if v is not None} | self._given
        rows = length(self._rows.rows)
        return values | {
            "given": self._controls.given is not None,
            "rows": rows,
            "x": x,
            "before": before,
            "ways": ways,
        }

    def _settings_of(self, name: Any) -> dict[str, Any]:
        """The settings of a method (of the chosen one, if none is named), as they were left."""
        if name in (None, self.method):
            return self.settings
        return self._kept_settings.get(name, {}) if isinstance(name, str) else {}

    def _reset(self) -> dict[str, str]:
        """Back to the author's controls; returns the reasons of what was refused."""
        self._kept_settings, self._kept_samples = {}, {}
        refused = self._apply(dict(self._initial))
        self._go()
        return refused

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take trait values from a front end; what is refused is pushed back instead of raised."""
        shut = [k for k in sync_data if k in self.lock]
        if shut:
            self._out.complain(Refused(f"{listed(shut)}: locked in this lesson"), self._run.number)
            self.send_state(shut)
        try:
            super().set_state({k: v for k, v in sync_data.items() if k not in shut})
        except (Refused, traitlets.TraitError) as error:
            if not isinstance(error, Refused):
                self._out.complain(error, self._run.number)
            self.send_state([k for k in sync_data if k in self.keys])

    # Python side

    def wait(self, timeout: float | None = None) -> Explanation:
        """Block until the newest request is finished (also inside a running cell) and return its answer.

        Raises:
            TimeoutError: after `timeout` seconds.
            Exception: what the model or a check raised.
        """
        return self._run.wait(timeout)

    def cancel(self) -> None:
        """Stop computing; the latest answer stays and is marked partial."""
        self._run.stop()

    def close(self) -> None:
        """Stop, and let go of model and data."""
        self._run.close()
        if self.layout is not None:
            self.layout.close()
        super().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, with a picture and text for places where no widget can be shown."""
        bundle = super()._repr_mimebundle_(**kwargs)
        self._run.wait_first(FIRST_PICTURE)
        if bundle is None or self._run.latest is None:
            return bundle
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data.update(self._run.latest._repr_mimebundle_() if self._out.held is None else {"text/plain": HIDDEN})
        return bundle

    def open(self) -> None:
        """Open the comm; ipykernel 7.4 would send its messages to the shell that last published on it, maybe busy."""
        super().open()
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda data, default: default


def explore(
    model: Any,
    x: Any,
    *,
    method: str = "auto",
    baseline: Any = None,
    target: Any = "predicted",
    labels: Any = None,
    names: Any = None,
    **options: Any,
) -> Explorer:
    """Explain `x` live: a picture with controls that follows every change and refines while you watch.

    Args:
        model, method, baseline, target, labels: as in `explain`.
        x: one input, or a dataset, which gives a row picker and serves as the baseline of tables.
        names: feature names of a table, or the channels of a series.
        **options: `samples`, `row`, `seed`, `lang` ("en", "zh-CN"), `groups`, `segments`, `layout`, `link`,
            `normalization`, `args`, `tokenizer`, `words`, and the method's own settings. For lessons `presets`
            (changes by name, like `{"One step": {"rule": "left", "steps": 1, "note": "what to look at"}}`), `lock` and
            `hide` (names of controls and settings), `quiz` (a kind, or arguments of `Explorer.quiz`).

    Returns:
        Explorer: the widget; show it by ending a cell with it.

    Raises:
        ValueError, TypeError: for a wrong argument.
    """
    return Explorer(model, x, method=method, baseline=baseline, target=target, labels=labels, names=names, **options)
