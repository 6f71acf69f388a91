"""Single numbers as text."""

import pytest

from jupyter_explain.numerals import brief, decimal


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.64042, "0.6404"), (-48695.7, "-48696"), (2009.0, "2009"), (3.616e11, "3.616e11"), (1e-7, "1e-7"), (-0.0, "0")],
)
def test_a_rows_own_value(value, text):
    assert brief(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(-140e9, "-1.4e11"), (2_000_000.0, "2000000"), (1_234_567_891.0, "1234567891"), (7e-10, "7e-10"), (0.67, "0.67")],
)
def test_a_cut_keeps_all_its_digits(value, text):
    assert decimal(value) == text
    assert float(text) == value
