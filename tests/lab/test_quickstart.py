"""The notebook that `make demo` opens: it runs, and it is what the README's pictures show."""

import pytest
from lab.conftest import ARTIFACTS, ROOT, VIEWPORT

QUICKSTART = ROOT / "examples" / "quickstart.ipynb"
LOOKS = [
    ("light", "JupyterLab Light", VIEWPORT),
    ("dark", "JupyterLab Dark", VIEWPORT),
    ("narrow", "JupyterLab Light", {"width": 420, "height": 900}),
]
HIDE_SIDEBAR = """async () => {
    if (!document.querySelector('#jp-left-stack.lm-mod-hidden')) {
        await jupyterapp.commands.execute('application:toggle-left-area');
    }
}"""
TO_TOP = "element => element.scrollIntoView({ block: 'start' })"


@pytest.fixture
def quickstart(lab):
    """The notebook, run from top to bottom; the usual theme and window are put back afterwards."""
    lab.open_file(QUICKSTART)
    lab.run_all()
    yield lab
    lab.theme("JupyterLab Light")
    lab.page.set_viewport_size(VIEWPORT)


def test_quickstart_runs_and_has_its_pictures_taken(quickstart, explorer):
    explorer.wait("done")
    assert explorer.evals > 0
    quickstart.page.evaluate(HIDE_SIDEBAR)
    ARTIFACTS.mkdir(exist_ok=True)
    for name, theme, size in LOOKS:
        take_pictures(quickstart, explorer, name, theme, size)


def take_pictures(lab, explorer, name, theme, size):
    """Of the notebook as it opens at its first widget, and of that widget alone."""
    lab.theme(theme)
    lab.page.set_viewport_size(size)
    explorer.root.evaluate(TO_TOP)
    notebook = lab.page.screenshot(path=ARTIFACTS / f"{name}.png", animations="disabled")
    widget = explorer.root.screenshot(path=ARTIFACTS / f"{name}-widget.png", animations="disabled")
    assert min(len(notebook), len(widget)) > 5000, f"{name}: a blank picture"
    assert explorer.root.evaluate("root => root.scrollWidth <= root.clientWidth"), f"{name}: cut off"
