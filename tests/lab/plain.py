"""The built front end in a plain page, without Jupyter: a stand-in for anywidget's model holds a widget's traits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from jupyter_explain.built import built

AXE = Path(__file__).resolve().parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
ADDRESS = "http://plain.test/"  # answered here; nothing leaves the browser
# The variables of JupyterLab's own themes that the widget reads.
THEMES = {
    "light": ("white", "rgba(0,0,0,.87)", "#1976d2"),
    "dark": ("#111", "rgba(255,255,255,.87)", "#2196f3"),
    "contrast": ("#111", "#fff", "#319bf2"),
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A plain page</title>
<style>body { margin: 12px; background: var(--jp-layout-color0) }</style>
<style>/* widget */</style><main id="place"></main>
<script type="module">
import widget from "/widget.js";
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const read = (value) => {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.bytes === "string") return bytes(value.bytes);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]));
};
let model, leave = () => {};
window.deliver = (content, buffers = []) => model.emit("msg:custom", content, read(buffers));
window.push = (traits) => {
  Object.assign(model.traits, read(traits));
  for (const name of Object.keys(traits)) model.emit(`change:${name}`);
};
window.sent = [];
window.mount = (state) => {
  leave();
  window.sent = [];
  const handlers = new Map();
  model = {
    traits: read(state),
    emit: (event, ...given) => [...(handlers.get(event) ?? [])].forEach((handler) => handler(...given)),
    get: (name) => model.traits[name],
    set: (name, value) => { model.traits[name] = value; },
    save_changes: () => {},
    on: (event, handler) => { handlers.set(event, [...(handlers.get(event) ?? []), handler]); },
    off: (event, handler) => { handlers.set(event, (handlers.get(event) ?? []).filter((h) => h !== handler)); },
    send: (message) => {
      window.sent.push(message);
      if (message.kind === "ping") setTimeout(() => window.deliver({ kind: "pong", t: message.t }));
      if ("seq" in message) setTimeout(() => window.deliver({ kind: "heard", seq: message.seq, refused: {} }));
    },
  };
  const own = widget();
  const end = own.initialize({ model });
  const el = document.getElementById("place").appendChild(document.createElement("div"));
  const unmount = own.render({ model, el });
  leave = () => { unmount(); end(); el.remove(); };
};
window.gone = () => { model.send = () => { throw new Error("Cannot send"); }; model.emit("comm_live_update"); };
window.ready = true;
</script>"""
# Drawn, the second bundle included: an open question shows its card, all else its picture.
DRAWN = """() => {
    const root = document.querySelector('.jx-root');
    const picture = root?.querySelector('.jx-place > *:not(.jx-problem)');
    const card = root?.querySelector('.jx-quiz');
    return Boolean(root && (picture || (card && card.offsetParent)));
}"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Plain:
    """One page that shows one widget after another."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1000, "height": 800}, **options)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route("**/*", self._answer)
        self.page.goto(ADDRESS)
        self.page.wait_for_function("() => window.ready")
        self.page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        self.theme("light")

    def _answer(self, route: Any) -> None:
        if route.request.url == f"{ADDRESS}widget.js":
            route.fulfill(body=built("widget.js"), content_type="text/javascript")
        elif route.request.url == ADDRESS:
            route.fulfill(body=PAGE.replace("/* widget */", built("widget.css")), content_type="text/html")
        else:
            route.fulfill(status=404, body="")

    def theme(self, name: str) -> None:
        ground, ink, accent = THEMES[name]
        variables = {"layout-color0": ground, "ui-font-color1": ink, "brand-color1": accent}
        self.page.evaluate(
            "(style) => document.documentElement.setAttribute('style', style)",
            ";".join(f"--jp-{k}:{v}" for k, v in variables.items()),
        )

    def show(self, state: dict[str, Any], drawn: bool = True, **more: Any) -> None:
        """Mount a widget with these traits and wait until it is drawn."""
        self.page.evaluate("(state) => window.mount(state)", {**state, **more})
        if drawn:
            self.page.wait_for_function(DRAWN)
        self.page.evaluate(FRAMES)

    def deliver(self, content: dict[str, Any], buffers: Any = ()) -> None:
        """A message from the kernel, its buffers packed."""
        self.page.evaluate("([content, buffers]) => window.deliver(content, buffers)", [content, list(buffers)])
        self.page.evaluate(FRAMES)

    def answer(self, state: dict[str, Any], run: int, frame: int = 1, **fields: Any) -> None:
        """The widget's answer once more, in a later run, with other fields."""
        message, buffers = state["_result"]["message"], state["_result"]["buffers"]
        self.deliver({**message, "run": run, "frame": frame, "answer": {**message["answer"], **fields}}, buffers)

    def close(self) -> None:
        self.context.close()
