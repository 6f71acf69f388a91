"""examples/trees.ipynb runs from top to bottom without anybody watching, and shows what it promises."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "trees.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"


def outputs(notebook):
    return [o for c in notebook.cells for o in c.get("outputs", [])]


@pytest.fixture(scope="module")
def trees():
    """The notebook, executed."""
    notebook = nbformat.read(EXAMPLE, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook


def test_nothing_is_stored():
    cells = [c for c in nbformat.read(EXAMPLE, as_version=4).cells if c.cell_type == "code"]
    assert not [c for c in cells if c.outputs or c.execution_count]


def test_it_explores_trees_and_all_surrogates(trees):
    assert sum(WIDGET in o.get("data", {}) for o in outputs(trees)) == 6
    assert not [o for o in outputs(trees) if o.get("name") == "stderr"]


def test_a_sum_is_explained_whole_and_a_product_is_what_is_missing(trees):
    printed = "".join(o["text"] for o in outputs(trees) if o.get("name") == "stdout")  # may come in pieces
    whole, part = (float(r2) for r2 in re.findall(r"R² ([\d.]+)", printed))
    assert whole > 0.999
    assert part < 0.8


def test_more_depth_follows_the_forest_better(trees):
    texts = [o["data"].get("text/plain", "") for o in outputs(trees) if "data" in o]
    (table,) = [text for text in texts if "± R²" in text]
    r2 = [float(line.split()[1]) for line in table.splitlines() if re.match(r"\d ", line)]
    assert abs(r2[0]) < 0.05
    assert 0.5 < r2[1] < max(r2[3:])
