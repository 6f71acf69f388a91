"""Fixtures shared by the tests of the core: the zoo's animals by name, and the snapshots of what must not change."""

import os
import sys
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")
sys.path.insert(0, str(Path(__file__).parent))  # for runs from elsewhere; pyproject says the same

import pytest
import zoo


def _fixture(name):
    @pytest.fixture(scope="session", name=name)
    def made():
        return zoo.ZOO[name]()

    return made


for _name in zoo.ZOO:
    globals()[_name] = _fixture(_name)
