"""One JupyterLab, one Chromium and one page for all browser tests; a notebook of its own for each."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.explorer import ExplorerView
from lab.notebook import Lab
from lab.server import Server, lab_server
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"
HERE = Path(__file__).parent
# A test must not depend on whether the window is visible, nor on a service elsewhere.
CHROMIUM_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    "--disable-backgrounding-occluded-windows",
]
VIEWPORT = {"width": 1400, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder and runs them after the quick ones."""
    own = [item for item in items if HERE in item.path.parents]
    for item in own:
        item.add_marker("lab")
    items.sort(key=own.__contains__)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with lab_server(tmp_path_factory.mktemp("notebooks")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("JX_CHROMIUM")
    assert path, "browser tests need JX_CHROMIUM, the path of a Chromium (`make test` finds or installs one)"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=VIEWPORT)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def lab_page(page: Page, server: Server) -> Lab:
    return Lab(page, server)


@pytest.fixture
def lab(lab_page: Lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The JupyterLab page with no notebook open. The test fails on a console error or an external request."""
    lab_page.errors.clear()
    lab_page.external.clear()
    yield lab_page
    if request.node.stash.get(FAILED, False):
        keep_evidence(lab_page, request.node.name)
    errors, external = list(lab_page.errors), list(lab_page.external)
    lab_page.close()
    assert not external, f"requests to other machines: {external}"
    assert not errors, f"console errors: {errors}"


def keep_evidence(lab: Lab, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    stem = re.sub(r"\W+", "-", name)
    lab.page.screenshot(path=ARTIFACTS / f"failed-{stem}.png")
    log = lab.server.log.read_text()[-20_000:]
    (ARTIFACTS / f"failed-{stem}.log").write_text("\n".join([*lab.errors, *lab.external, log]))


@pytest.fixture
def explorer(lab: Lab) -> ExplorerView:
    return ExplorerView(lab.page)
