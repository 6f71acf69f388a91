"""Notebooks that nobody watches: nbclient and nbconvert."""

import nbformat
import pytest
from kernel.conftest import IPYKERNEL_6, MODEL
from nbclient import NotebookClient
from nbconvert import HTMLExporter


@pytest.fixture(params=["python3", IPYKERNEL_6])
def executed(request):
    """A notebook that shows an Explorer at once, run to its end by nbclient."""
    source = MODEL.replace("_ = ex.wait(60)", "ex")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=60, kernel_name=request.param).execute()
    return notebook


def test_shows_a_picture_and_text_without_a_front_end(executed):
    shown = [output["data"] for output in executed.cells[0].outputs if "data" in output]
    assert len(shown) == 1
    assert {"image/png", "text/plain", "application/vnd.jupyter.widget-view+json"} <= shown[0].keys()
    assert "kernel_shap" in shown[0]["text/plain"] or "Kernel SHAP" in shown[0]["text/plain"]


def test_nothing_is_printed(executed):
    assert not [output for output in executed.cells[0].outputs if output["output_type"] == "stream"]


def test_converts_to_html(executed):
    page, _ = HTMLExporter().from_notebook_node(executed)
    assert "image/png" in page
