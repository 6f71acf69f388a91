"""Columns that move together are named, where there is a dataset to see it in."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.built import words
from jupyter_explain.dataset.twins import twins_note

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(300, 5))
TWINS = ROWS.copy()
TWINS[:, 3] = 2 * TWINS[:, 1] + 1
NAMES = tuple("abcde")


def model(rows):
    return np.asarray(rows, float) @ np.arange(1.0, 6.0)


def test_the_pair_is_named_with_its_correlation():
    assert "b and d move together (correlation 1.000). How a value is shared" in twins_note(TWINS, NAMES)
    against = TWINS * np.array([1, -1, 1, 1, 1])
    assert "(correlation -1.000)" in twins_note(against, NAMES)
    assert twins_note(ROWS, NAMES) is None


def test_the_others_are_counted():
    rows = np.column_stack([TWINS, TWINS[:, 1]])
    assert "; so do 2 more pairs. How" in twins_note(rows, (*NAMES, "f"))


def test_frames_with_texts_gaps_and_constant_columns():
    frame = pd.DataFrame(TWINS, columns=list(NAMES))
    frame.insert(0, "kind", "x")
    frame["none"], frame["same"] = np.nan, 3.0
    frame.loc[::7, "b"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert twins_note(frame, tuple(frame.columns)).startswith("b and d move together")


@pytest.mark.parametrize("rows", [TWINS[:5], ROWS[:, :1], np.zeros((50, 0)), np.ones((50, 3)), [], (TWINS, TWINS)])
def test_little_or_nothing_to_see(rows):
    assert twins_note(rows, NAMES) is None


def test_answers_about_columns_say_so():
    def noted(e):
        return any("b and d move together" in note for note in e.notes)

    frame = pd.DataFrame(TWINS, columns=list(NAMES))
    assert noted(jx.explain(model, frame.iloc[:1], "permutation_shap", baseline=frame, samples=500))
    assert noted(jx.explain(model, frame, "permutation_importance", labels=model(frame), samples=3000))
    one = {"baseline": frame, "samples": 500, "groups": [["b", "d"]]}
    assert not noted(jx.explain(model, frame.iloc[:1], "permutation_shap", **one))
    assert not noted(jx.explain(model, frame, "partial_dependence"))


def test_it_is_said_in_chinese_too():
    phrases = words("zh-CN")["zh-CN"]["phrases"]
    patterns = [re.compile(re.sub(r"\\\{\d+\\\}", "(.+?)", re.escape(p))) for p in phrases]
    for rows in (TWINS, np.column_stack([TWINS, TWINS[:, 1]]), np.column_stack([TWINS, TWINS[:, 0]])):
        note = twins_note(rows, tuple("abcdef"))
        assert any(p.fullmatch(note) for p in patterns)
