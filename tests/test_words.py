"""The text of an answer says what the numbers are."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from jupyter_explain.explanation import Attribution, Cohorts, Layout, Matrix
from jupyter_explain.tables import cases, ranking
from jupyter_explain.words import (
    Signed,
    clean,
    number,
    padded,
    sentence,
    shorten,
    shown,
    summary,
    title,
    width,
    wrapped,
)
from jupyter_explain.words.clear import CLEAR, clear_of

SENTENCE = (
    "Mostly because worst perimeter = 152.5 (+0.17) and mean concavity = 0.21 (+0.11) speak for malignant, "
    "against smoothness error = 0.005 (-0.04)."
)
NAMES = ("worst perimeter", "mean concavity", "smoothness error", "worst area")


def table(values, names=None, **fields):
    values = np.asarray(values, float)
    names = names or (NAMES if values.shape[-1] == len(NAMES) else tuple(f"x{i}" for i in range(values.shape[-1])))
    known = {"title": "Kernel SHAP", "target": "malignant", "unit": "probability", "error": 0.0, "error_kind": "exact"}
    data = fields.pop("data", None)
    known |= {"output": 0.61, "base": 0.37, "complete": True} | fields
    return Attribution(values=values, layout=Layout("table", names, data), **known)


def picture(values, channels=None, **fields):
    known = {"title": "Occlusion", "target": "3", "unit": "logit", "error": 0.0, "error_kind": "exact", "output": 4.81}
    return Attribution(values=values, layout=Layout("image", (), None, channels), **known | fields)


def rows_of(text):
    """(name, number) of every line of the text's table."""
    found = re.findall(r"^  (\S.*?) {2,}(?:\S+ +)?([+-]?\d[\d.]*(?:e-?\d+)?)(?: |$)", text, flags=re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_the_sentence_names_what_speaks_for_and_against():
    text = summary(table([0.17, 0.11, -0.04, 0.0], data=np.array([152.5, 0.21, 0.005, 1821.0])))
    assert text.splitlines()[:2] == [
        "Kernel SHAP of malignant (probability 0.61)",
        SENTENCE,
    ]


def test_the_stronger_side_comes_first():
    assert "Mostly because mean concavity (-0.50) speaks against malignant, while worst perimeter (+0.20) speaks " in (
        summary(table([0.2, -0.5, 0.0, 0.0]))
    )
    assert "raises the output; nothing strong lowers it." in summary(table([1.0, 0.0], target="output"))


def test_the_table_gives_the_values_and_adds_up():
    values = np.random.default_rng(0).normal(size=30)
    e = table(values)
    rows = rows_of(summary(e))
    for i in np.argsort(-np.abs(values))[:8]:
        assert rows[f"x{i}"] == pytest.approx(values[i], abs=0.006)
    rest = values[np.argsort(-np.abs(values))[8:]].sum()
    assert rows["22 others"] == pytest.approx(rest, abs=0.006)
    assert rows["sum"] == pytest.approx(values.sum(), abs=0.006)
    r = ranking(cases(e)[0], 8)
    assert sum(r.shown) == pytest.approx(values.sum(), abs=1e-12)


def test_there_is_never_a_rest_of_one():
    assert ranking(cases(table(np.arange(1.0, 10.0)))[0], 8).rest is None
    assert ranking(cases(table(np.arange(1.0, 11.0)))[0], 8).others == 2


def test_standard_errors_stand_beside_the_values():
    text = summary(table([0.17, 0.11, -0.04, 0.0], stderr=np.full(4, 0.012), error=0.012, error_kind="stderr"))
    assert "+0.170 ± 0.012" in text
    assert "Error ± 0.012 (largest standard error)." in text


def test_what_is_not_clear_yet_is_not_claimed():
    text = summary(table([0.1, -0.1, 0.0, 0.0], stderr=np.full(4, 0.2), error=0.2, error_kind="stderr"))
    assert "Nothing differs clearly from zero yet" in text
    unknown = summary(table([0.1, -0.1, 0.0, 0.0], stderr=np.full(4, np.inf), error=np.inf, error_kind="stderr"))
    assert "Error not known." in unknown
    assert "Nothing differs clearly from zero yet" in unknown
    assert " inf" not in unknown
    assert "±" not in unknown


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("exact", "Exact up to rounding."),
        ("stderr", "Error ± 0.0060 (largest standard error)."),
        ("bound", "Error at most about 0.0060."),
        ("gap", "Error 0.0060 (completeness gap)."),
        ("unknown", "Error not known."),
    ],
)
def test_every_kind_of_error_has_its_words(kind, words):
    assert words in summary(table([0.2, 0.04], error=0.00599999, error_kind=kind))


def test_the_gap_is_said_with_its_share():
    assert "Gap 0.010 (4.2 % of 0.24)." in summary(table([0.2, 0.03]))
    assert "Gap" not in summary(table([0.2, 0.03], complete=False))
    assert "Gap" not in summary(table([0.2, 0.03], base=None))
    assert "base" not in summary(table([0.2, 0.03], base=None)).replace("Baseline", "")


def test_zeros_are_said():
    for e in (table([0.0, 0.0]), picture(np.zeros((3, 8, 8)), -3), picture(np.zeros((8, 8)))):
        assert "All attributions are zero" in summary(e)


@pytest.mark.parametrize(
    ("shape", "channels"), [((9, 9), None), ((3, 9, 9), -3), ((9, 9, 3), -1), ((1, 3, 9, 9), -3), ((1, 9, 9, 1), -1)]
)
def test_pictures_are_told_by_regions(shape, channels):
    values = np.zeros(shape)
    place = [slice(None)] * len(shape)
    plane = [i for i in range(len(shape)) if channels is None or i != len(shape) + channels][-2:]
    place[plane[0]], place[plane[1]] = slice(0, 3), slice(6, 9)
    values[tuple(place)] = 1.0
    text = summary(picture(values, channels))
    assert "Mostly because the upper right" in text
    assert rows_of(text)["upper right"] == values.sum() == rows_of(text)["sum"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (4, 5), (28, 28)])
def test_regions_of_any_size_add_up(shape):
    values = np.random.default_rng(1).normal(size=shape)
    assert sum(ranking(cases(picture(values))[0], 9).shown) == pytest.approx(values.sum())


def test_series_are_told_by_stretches():
    values = np.zeros((2, 80))
    values[:, 25] = 1.0
    values[1, 3] = 0.1
    e = Attribution(values=values, error=0.0, error_kind="exact", target="2", output=1.0, layout=Layout("series"))
    assert "Mostly because steps 20 to 29 of channel 0 (+1.0)" in summary(e)
    named = replace(e, layout=Layout("series", ("wind", "sun")))
    assert "steps 20 to 29 of sun (+1.0) speak for class 2" in summary(named)
    shared = replace(e, values=values[[0, 0]])
    assert "Mostly because steps 20 to 29 (+2.0) speak for class 2" in summary(shared)
    one = replace(e, values=values[:1])
    assert "Mostly because steps 20 to 29 (+1.0) speak for class 2" in summary(one)


def test_batches_say_how_many():
    values = np.random.default_rng(0).normal(size=(12, 4))
    text = summary(table(values, output=np.arange(12.0), base=np.zeros(12), target="one per row"))
    assert text.startswith("Kernel SHAP of 12 rows\nOn average over the 12 rows, ")
    assert "  row 7: probability 7, mostly " in text
    assert "  and 4 more rows" in text
    assert "row 8" not in text


def test_several_inputs_are_one_list():
    e = table([0.0], names=("input 0: 0", "input 0: 1", "input 1: 0"))
    e = replace(e, values=(np.array([[1.0, 2.0]]), np.array([[0.5]])))
    assert rows_of(summary(e)) == {"input 0: 1": 2.0, "input 0: 0": 1.0, "input 1: 0": 0.5, "sum": 3.5}


def test_ten_thousand_features_are_short():
    text = summary(table(np.random.default_rng(0).normal(size=10_000)))
    assert "9992 others" in text
    assert len(text) < 2000


def test_names_are_one_line_shortened_in_the_middle():
    assert clean("a\nb\t c\x00\u202e") == "a b c"
    assert shorten("abcdefghij", 7) == "abcd…ij"
    assert width(shorten("患者的平均肿瘤周长毫米术前三个月内测得", 12)) <= 12
    assert width(padded("患者", 6)) == 6
    assert [width(line) <= 10 for line in wrapped("患者的平均肿瘤周长毫米 and so on and on", 10)].count(False) == 0
    long = table([1.0, 2.0], names=("first " * 20 + "end", "b\n" * 50))
    assert max(map(len, summary(long).splitlines())) < 200


def test_numbers_are_written_for_people():
    found = [8.6012, 0.2, 1.0, 0.0, 1821.4, 99.99, 1e-7, 2.5e9, -0.5, 123_456.0]
    assert [number(v) for v in found] == ["8.60", "0.2", "1", "0", "1821", "100", "1e-7", "2.5e9", "-0.5", "123456"]
    assert [number(v, 2) for v in (math.nan, math.inf)] == ["not a number", "infinite"]
    assert [shown(v) for v in (152.5, np.float32(0.21), 1e-7, math.nan, True, "red", None, 3)] == [
        "152.5", "0.21", "1e-7", "missing", "yes", "red", "", "3",
    ]  # fmt: skip


def test_a_column_of_numbers_has_one_form():
    write = Signed([0.17, -0.04, 0.0], [0.012])
    assert write(0.17, 0.012) == "+0.170 ± 0.012"
    assert [write(-0.04), write(0.0), write(-1e-9)] == ["-0.040", "0.000", "0.000"]
    assert Signed([1e-7, -3e-8])(-3e-8) == "-3.00e-8"
    assert Signed([1.0], [1e-9])(1.0, 1e-9) == "+1.0000 ± 1e-9"


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 0.17, 1.0, 99.96, 12345.0, 3e7])
def test_what_is_written_is_the_value(scale):
    values = np.random.default_rng(3).normal(size=6) * scale
    write = Signed(values)
    for v in values:
        assert float(write(v)) == pytest.approx(v, abs=0.006 * np.abs(values).max())
        assert float(number(v)) == pytest.approx(v, rel=0.006)


def test_titles():
    assert title(table([1.0, 2.0])) == "Kernel SHAP of malignant (probability 0.61)"
    assert title(picture(np.zeros((3, 3)))) == "Occlusion of class 3 (logit 4.81)"
    assert title(table([1.0, 2.0], target="output", unit="output")) == "Kernel SHAP of the output (output 0.61)"


def test_the_reader_is_told_what_it_does_not_say():
    text = summary(table([1.0, 2.0], notes=("Method chosen for you: X.",), baseline="100 rows", seed=7, evals=51_200))
    assert "51 200 evaluations. Baseline: 100 rows. Seed 7." in text
    assert text.endswith("Method chosen for you: X.\nDescribes the model, not the world.")


def test_one_of_many_must_differ_by_more():
    assert clear_of(0) == clear_of(1) == CLEAR
    assert clear_of(100) == pytest.approx(norm.isf(0.025 / 100))


def test_chance_is_seldom_named_as_a_difference():
    """Groups that are alike, many columns that are independent: a sentence that names one in at most 5 % of cases."""
    rng, named = np.random.default_rng(0), {"cohorts": 0, "matrix": 0}
    for _ in range(200):
        values = np.stack([rng.normal(size=60), rng.normal(size=60)])
        ones = {"error": 1.0, "error_kind": "stderr"}
        two = {"groups": ("a", "b"), "sizes": np.array([50, 50]), "outputs": np.zeros(2), "output_stderr": np.ones(2)}
        names = tuple(f"x{i}" for i in range(60))
        cohorts = Cohorts(names=names, values=values, stderr=np.ones((2, 60)), **two, **ones)
        named["cohorts"] += "Used differently" in sentence(cohorts)
        upper = np.triu(rng.normal(size=(30, 30)), 1)
        matrix = Matrix(rows=names[:30], columns=names[:30], values=upper + upper.T, stderr=np.ones((30, 30)), **ones)
        named["matrix"] += "Strongest" in sentence(matrix)
    assert 0 < named["cohorts"] < 20
    assert 0 < named["matrix"] < 20
