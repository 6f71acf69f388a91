"""Example notebooks run from top to bottom without anybody watching, and show what they promise."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def read(name):
    return nbformat.read(EXAMPLES / name, as_version=4)


def shown(cell):
    return "\n".join(o["data"].get("text/plain", "") for o in cell.get("outputs", []) if "data" in o)


@pytest.fixture(scope="module")
def text():
    """The notebook about texts, executed."""
    notebook = read("text.ipynb")
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook


def test_nothing_is_stored():
    cells = [c for c in read("text.ipynb").cells if c.cell_type == "code"]
    assert not [c for c in cells if c.outputs or c.execution_count]


def test_texts_show_the_planted_words(text):
    """In nearly all sentences a word that decides is the strongest, for both models and three methods."""
    (cell,) = [c for c in text.cells if "def hits" in c.source]
    shares = [int(s) for s in re.findall(r"(\d+)%", shown(cell))]
    assert len(shares) == 3
    assert min(shares) >= 80, shares


def test_texts_are_explored_and_drawn(text):
    kinds = [set(o["data"]) for c in text.cells for o in c.get("outputs", []) if "data" in o]
    assert sum("application/vnd.jupyter.widget-view+json" in k for k in kinds) == 3
    assert sum("image/png" in k for k in kinds) == 6
    assert not [o for c in text.cells for o in c.get("outputs", []) if o["output_type"] == "stream"]
