"""The live widget as a reader sees it: controls by role and label, results by the design's names."""

import re

from playwright.sync_api import Locator, Page

from .notebook import PANEL

# Every colour of the canvas, as text: equal text is an equal picture.
PIXELS = "(canvas) => canvas.toDataURL()"
COLOURS = """(canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""
# One `input` event per animation frame, as a mouse makes them; gives the run number at the last one.
BURST = """async (slider, [root, positions]) => {
    const low = Number(slider.min), high = Number(slider.max);
    for (const position of positions) {
        slider.valueAsNumber = low + position * (high - low);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise(requestAnimationFrame);
    }
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    return Number(slider.closest(root).dataset.run);
}"""
STATE = """([root, status, run]) => {
    const element = document.querySelector(root);
    return element && element.dataset.status === status && Number(element.dataset.run) > run;
}"""
# What is shown is what Python has: its status, and the slider's samples and their answer.
SETTLED = """async ([root, code]) => {
    const element = document.querySelector(root);
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    let text = '';
    future.onIOPub = ({ header, content }) => { if (header.msg_type === 'stream') text += content.text; };
    await future.done;
    const slider = [...element.querySelectorAll('input[type=range][aria-valuetext]')];
    const samples = slider.map(range => Number(range.getAttribute('aria-valuetext').replace(/\\D/g, '')));
    const [python_status, python_samples, evals] = JSON.parse(text);
    const { status } = element.dataset;
    return status === 'done' && python_status === 'done' && Number(element.dataset.evals) === evals
        && samples.includes(python_samples);
}"""
PYTHON_STATE = "import json; print(json.dumps([ex.status, ex.samples, ex.explanation.evals]))"
NUMBER = re.compile(r"[-−]?\d[\d,\u2009\u202f]*\.?\d*(?:e[-−+]?\d+)?")


class ExplorerView:
    """The first Explorer of the notebook that is shown."""

    selector = f"{PANEL} .jx-root"

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(self.selector).first

    # --- state -----------------------------------------------------------------------------------------

    def wait(self, status: str = "done", after: int = -1) -> "ExplorerView":
        """Until the widget has this status, in a run later than `after`."""
        self.page.wait_for_function(STATE, arg=[self.selector, status, after])
        return self

    def settle(self) -> None:
        """Until nothing is on its way any more: the slider's samples are Python's, answered and drawn."""
        self.page.wait_for_function(SETTLED, arg=[self.selector, PYTHON_STATE])

    @property
    def run(self) -> int:
        return int(self.root.get_attribute("data-run"))

    @property
    def evals(self) -> int:
        return int(self.root.get_attribute("data-evals"))

    @property
    def status(self) -> str:
        return self.root.get_attribute("data-status")

    # --- controls --------------------------------------------------------------------------------------

    def choice(self, label: str) -> Locator:
        return self.root.get_by_role("combobox", name=label, exact=True)

    def button(self, label: str) -> Locator:
        return self.root.get_by_role("button", name=label, exact=True)

    @property
    def samples(self) -> Locator:
        return self.root.get_by_role("slider", name="Samples", exact=True)

    def samples_shown(self) -> float:
        return numbers(self.samples.get_attribute("aria-valuetext"))[0]

    @property
    def seed(self) -> Locator:
        return self.root.get_by_role("spinbutton", name="Seed", exact=True)

    def set_seed(self, seed: int) -> None:
        self.seed.fill(str(seed))
        self.seed.press("Enter")

    def drag(self, slider: Locator, start: float, end: float, moves: int = 20) -> None:
        """A mouse drag along a slider, from one share of its length to another."""
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + start * box["width"], middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + end * box["width"], middle, steps=moves)
        self.page.mouse.up()

    def burst(self, slider: Locator, positions: list[float]) -> int:
        """Many `input` events, one a frame; gives the run number that the widget showed at the last one."""
        return slider.evaluate(BURST, [".jx-root", positions])

    # --- results ---------------------------------------------------------------------------------------

    @property
    def canvas(self) -> Locator:
        return self.root.locator("figure[aria-label] canvas.jx-heatmap")

    def pixels(self) -> str:
        return self.canvas.evaluate(PIXELS)

    def colours(self) -> int:
        return self.canvas.evaluate(COLOURS)

    @property
    def bars(self) -> Locator:
        return self.root.locator(".jx-bars [role='listitem']")

    def bar_names(self) -> list[str]:
        """Each bar's accessible name: "feature, value, rank i of n"."""
        return self.bars.evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")

    @property
    def table(self) -> Locator:
        return self.root.locator("table.jx-table")

    def table_rows(self) -> list[list[str]]:
        return self.table.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
        )

    @property
    def alert(self) -> Locator:
        return self.root.locator(".jx-alert[role='alert']")

    @property
    def banner(self) -> Locator:
        return self.root.locator(".jx-banner")

    @property
    def error_estimate(self) -> Locator:
        return self.root.locator(".jx-error-estimate")


def numbers(text: str) -> list[float]:
    """The numbers in a text, whichever minus sign and thousands separator they are written with."""
    plain = [re.sub(r"[,\u2009\u202f]", "", found.replace("−", "-")) for found in NUMBER.findall(text)]
    return [float(number) for number in plain]
