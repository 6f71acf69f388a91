"""Notebooks in one JupyterLab page, driven through JupyterLab's own commands and promises."""

import itertools
import json
import re
from pathlib import Path

import nbformat
from playwright.sync_api import ConsoleMessage, Page, Request, expect

from .server import Server

SECONDS = 1000  # Playwright counts milliseconds
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"

# What JupyterLab itself writes when a kernel goes away under its pending requests.
KERNEL_GONE = re.compile(r"Canceled future for|Failed to load resource.*(404|500)|Kernel .*(dead|disposed)")

BOOTED = "() => window.jupyterapp && window.jupyterapp.started"
OPEN = """async (path) => {
    const panel = await jupyterapp.commands.execute('docmanager:open', { path });
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""
CLOSE = """async () => {
    for (const panel of [...jupyterapp.shell.widgets('main')]) {
        if (panel.sessionContext) await panel.sessionContext.shutdown();
        if (panel.context) panel.context.model.dirty = false;
        panel.dispose();
    }
}"""
RUN_ALL = "async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }"
START_CELL = """(index) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    jupyterapp.commands.execute('notebook:run-cell');
}"""
OUTPUTS = """() => {
    const cells = [...jupyterapp.shell.currentWidget.content.model.cells];
    return cells.map(cell => cell.type === 'code' ? cell.outputs.toJSON() : []);
}"""
EXECUTE = """async (code) => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    const found = { text: '', error: null };
    future.onIOPub = ({ header, content }) => {
        if (header.msg_type === 'stream') found.text += content.text;
        if (header.msg_type === 'error') found.error = `${content.ename}: ${content.evalue}`;
    };
    await future.done;
    return found;
}"""
KERNEL = "async (action) => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel[action]() }"
SAVE = "async () => { await jupyterapp.shell.currentWidget.context.save() }"
THEME = """async (theme) => { await jupyterapp.commands.execute('apputils:change-theme', { theme }) }"""


class Lab:
    """The page of a running JupyterLab, and what went wrong in it: console errors, requests to elsewhere."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.external: list[str] = []
        self.errors: list[str] = []
        self._count = itertools.count()
        page.set_default_timeout(30 * SECONDS)
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._on_error(str(error)))
        self.goto("lab")

    def _on_request(self, request: Request) -> None:
        if re.match("(http|ws)s?://", request.url) and not re.match(r"\w+://127\.0\.0\.1[:/]", request.url):
            self.external.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._on_error(f"{message.text} ({message.location.get('url')})")

    def _on_error(self, text: str) -> None:
        if not KERNEL_GONE.search(text):
            self.errors.append(text)

    def goto(self, path: str) -> None:
        self.page.goto(self.server.address(path), wait_until="domcontentloaded")
        self.page.wait_for_function(BOOTED)
        self.page.evaluate("async () => { await jupyterapp.restored }")

    def open(self, cells: list[str], kernel: str = "python3", run: bool = True) -> str:
        """Writes a notebook of code cells, opens it and, unless told otherwise, runs it; gives its path."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        )
        path = f"notebook-{next(self._count)}.ipynb"
        (self.server.root / path).write_text(nbformat.writes(notebook))
        self.show(path)
        if run:
            self.run_all()
        return path

    def open_file(self, source: Path) -> str:
        """Opens a copy of a notebook that exists."""
        (self.server.root / source.name).write_text(source.read_text())
        self.show(source.name)
        return source.name

    def show(self, path: str) -> None:
        self.page.evaluate(OPEN, path)
        self.page.locator(f"{PANEL} .jp-Cell").first.wait_for()

    def close(self) -> None:
        """Ends the kernels and closes the notebooks, with no question about saving."""
        self.page.evaluate(CLOSE)

    def run_all(self) -> None:
        """Runs every cell and fails if one of them failed."""
        self.page.evaluate(RUN_ALL)
        failed = [
            f"cell {index}: {output['ename']}: {output['evalue']}"
            for index, outputs in enumerate(self.outputs())
            for output in outputs
            if output["output_type"] == "error"
        ]
        assert not failed, "\n".join(failed)

    def start_cell(self, index: int) -> None:
        """Runs one cell without waiting for its end."""
        self.page.evaluate(START_CELL, index)

    def interrupt_cell(self, index: int) -> None:
        """Interrupts the kernel and waits for the end of a running cell."""
        self.kernel("interrupt")
        prompt = self.page.locator(f"{PANEL} .jp-InputPrompt").nth(index)
        expect(prompt).not_to_contain_text("*")

    def outputs(self) -> list[list[dict]]:
        return self.page.evaluate(OUTPUTS)

    def execute(self, code: str) -> str:
        """Runs code beside the cells and gives what it printed; an exception in it fails the test."""
        found = self.page.evaluate(EXECUTE, code)
        assert found["error"] is None, found["error"]
        return found["text"].strip()

    def value(self, expression: str) -> object:
        """A Python expression's value, through JSON."""
        return json.loads(self.execute(f"import json; print(json.dumps({expression}))"))

    def is_running(self, index: int) -> bool:
        """Whether a cell is; the kernel's own status also counts what runs beside the cells."""
        return "*" in self.page.locator(f"{PANEL} .jp-InputPrompt").nth(index).inner_text()

    def kernel(self, action: str) -> None:
        """`interrupt` or `restart`."""
        self.page.evaluate(KERNEL, action)

    def save(self) -> None:
        self.page.evaluate(SAVE)

    def theme(self, name: str) -> None:
        self.page.evaluate(THEME, name)
        light = "false" if "Dark" in name else "true"
        self.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
