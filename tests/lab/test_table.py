"""Bars, their error, the choice of method and the same numbers as a table."""

import pytest
from lab.cells import TABLE
from lab.explorer import numbers


def test_bars_and_error(lab, explorer):
    lab.open([TABLE])
    explorer.wait("done")
    names = explorer.bar_names()
    assert len(names) == 8
    assert all(f"rank {rank} of 8" in name for rank, name in enumerate(names, start=1))
    assert numbers(explorer.error_estimate.inner_text())


def test_method_can_be_changed(lab, explorer):
    lab.open([TABLE])
    run = explorer.wait("done").run
    explorer.choice("Method").select_option("permutation_shap")
    explorer.wait("done", after=run)
    assert explorer.root.get_attribute("data-method") == "permutation_shap"
    assert lab.value("ex.method") == "permutation_shap"
    assert explorer.bars.count() == 8


def test_table_shows_the_numbers_of_the_bars(lab, explorer):
    lab.open([TABLE])
    explorer.wait("done")
    explorer.button("Table").click()
    explorer.table.wait_for()
    bars = dict(bar_value(name) for name in explorer.bar_names())
    rows = {row[0]: row for row in explorer.table_rows() if row[0] in bars}
    assert rows.keys() == bars.keys()
    for feature, value in bars.items():
        assert any(found == pytest.approx(value) for cell in rows[feature][1:] for found in numbers(cell))
    values = lab.value("dict(zip(X.columns, ex.wait(30).values.ravel().tolist()))")
    assert bars == pytest.approx(values, rel=0.01, abs=0.01)


def test_row_can_be_changed_from_python(lab, explorer):
    lab.open([TABLE])
    run = explorer.wait("done").run
    before = explorer.bar_names()
    lab.execute("ex.row = 1")
    explorer.wait("done", after=run)
    assert explorer.bar_names() != before


def bar_value(name: str) -> tuple[str, float]:
    """Of "mean radius = 17.99, +1.23, rank 1 of 8": the feature and its number."""
    feature, value, _ = name.rsplit(", ", 2)
    return feature.split(" = ")[0], numbers(value)[0]
