"""Columns of dates: categories in the order of time, written without a midnight that says nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.rows import text_of

START = pd.Timestamp("2020-01-01")


def days(n=200, unit="D"):
    steps = np.random.default_rng(0).integers(0, 400, n)
    return pd.DataFrame({"a": np.linspace(-1, 1, n), "since": START + pd.to_timedelta(steps, unit)})


def later(rows):
    return rows["a"].to_numpy() + ((rows["since"] - START) / pd.Timedelta("100D")).to_numpy()


@pytest.mark.parametrize("resolution", ["datetime64[ns]", "datetime64[s]", "datetime64[us, UTC]"])
def test_curves_run_through_time(resolution):
    rows = days()
    if "UTC" in resolution:
        rows["since"] = rows["since"].dt.tz_localize("UTC")
        model = lambda r: later(r.assign(since=r["since"].dt.tz_localize(None)))  # noqa: E731
    else:
        model = later
    rows["since"] = rows["since"].astype(resolution)
    e = jx.explain(model, rows, "partial_dependence", features=["since"])
    assert len(e.x[0]) == 30
    assert list(e.x[0]) == sorted(e.x[0])
    assert np.all(np.diff(e.y[0]) > 0)
    first, last = rows["since"].min(), rows["since"].max()
    assert (e.x[0][0], e.x[0][-1]) == (text_of(first), text_of(last))


def test_a_grid_of_dates_may_be_given():
    rows = days()
    one = text_of(rows["since"].iloc[7])
    e = jx.explain(later, rows, "partial_dependence", features=["since"], grid=[one])
    assert list(e.x[0]) == [one]


def test_midnight_is_not_written_and_other_times_are():
    assert text_of(START) == "2020-01-01"
    assert text_of(START + pd.Timedelta("90min")) == "2020-01-01 01:30:00"
    assert text_of("at 00:00:00") == "at 00:00:00"
    rows = days()
    day = text_of(rows["since"].iloc[3])
    assert f"since = {day} (" in str(jx.explain(later, rows.iloc[[3]], "exact_shap", baseline=rows))
    e = jx.explain(later, rows.iloc[[3]], "anchors", baseline=rows, samples=2000)
    assert "00:00" not in str(e)


def test_what_if_takes_a_day_with_and_without_its_midnight():
    rows = days()
    there = rows["since"].iloc[9]
    with jx.explore(later, rows, method="exact_shap") as w:
        for edit in (there, text_of(there), str(there)):
            w.edits = {"since": edit}
            assert w.wait(30).output == pytest.approx(float(later(rows.iloc[[0]].assign(since=there))[0]))
