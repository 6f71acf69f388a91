"""Texts for models that only predict: words as players, baselines, views, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.texts import words_of
from jupyter_explain.views.attribution_text import blend, readable
from jupyter_explain.views.canvas import png
from jupyter_explain.widget import Explorer
from jupyter_explain.wire import answer_message

WEIGHTS = {"great": 2.0, "awful": -3.0, "plot": 0.5, "fun": 1.0}
TEXT = "The plot was great, not awful!"
AGNOSTIC = ["occlusion", "feature_ablation", "lime", "kernel_shap", "permutation_shap", "exact_shap", "sampling_shap"]

SETTINGS = {"lime": {"regressor": "ols"}}  # no penalty, so that weights are found again


def praise(texts):
    """A bag of words that adds up: every attribution must be its weight."""
    words = [text.lower().replace(",", " ").replace("!", " ").split() for text in texts]
    return np.array([1.0 + sum(WEIGHTS.get(w, 0.0) for w in found) for found in words])


@pytest.mark.parametrize("method", AGNOSTIC)
def test_an_additive_bag_of_words_gives_its_weights(method):
    e = jx.explain(praise, TEXT, method, samples=400, **SETTINGS.get(method, {}))
    weights = [WEIGHTS.get(n.lower(), 0.0) for n in e.layout.names]
    np.testing.assert_allclose(e.values, weights, atol=1e-6)
    assert e.output == pytest.approx(0.5)
    assert e.baseline == "absent words deleted"
    assert "Baseline chosen for you: absent words deleted." in e.notes


def test_what_is_asked_are_the_texts_without_the_absent_words():
    asked = []

    def keep(texts):
        assert all(type(t) is str for t in texts)
        asked.extend(texts)
        return np.array([float(len(t)) for t in texts])

    jx.explain(keep, "Not a  bad film", "exact_shap")
    assert {"Not a  bad film", "", "a  bad film", "Not  bad film", "Not a film", "Not a  bad", "bad"} <= set(asked)
    assert all("film" not in t or t.endswith("film") for t in asked)


def test_auto_takes_exact_values_of_few_words_and_samples_of_many():
    assert jx.explain(praise, "great plot").method == "exact_shap"
    assert jx.explain(praise, "great plot " * 10, samples=100).method == "permutation_shap"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It's well-made, 3.5 of 5!", ["It's", "well-made", ",", "3.5", "of", "5", "!"]),
        ("  two\n lines ", ["two", "lines"]),
        ("这部电影 very good", ["这", "部", "电", "影", "very", "good"]),
        ("...", ["..."]),
        ("wow 🙂🙂 naïve", ["wow", "🙂🙂", "naïve"]),
    ],
)
def test_words(text, names):
    cut = words_of(text)
    assert list(cut.names) == names
    assert "".join(cut.pieces) == text


def test_baselines():
    doubled = lambda texts: np.array([t.count("[MASK]") + 2.0 * t.count("x") for t in texts])  # noqa: E731
    masked = jx.explain(doubled, "x y", "exact_shap", baseline="mask")
    np.testing.assert_allclose(masked.values, [1.0, -1.0])
    assert masked.base == 2.0
    given = jx.explain(praise, "great plot", "exact_shap", baseline=["awful plot and more", "fun"])
    np.testing.assert_allclose(given.values, [2 - (-3 + 1) / 2, 0.5 - 0.5 / 2])
    assert given.baseline == "2 given texts, token by token"


def test_groups_and_windows():
    together = jx.explain(praise, "great plot awful fun", "exact_shap", groups=[0, 0, 1, 1])
    np.testing.assert_allclose(together.values, [1.25, 1.25, -1.0, -1.0])
    lists = jx.explain(praise, "great plot awful fun", "exact_shap", groups=[[0, 1], [2, 3]])
    np.testing.assert_allclose(lists.values, together.values)
    windows = jx.explain(praise, "great plot awful", "occlusion", window=2)
    np.testing.assert_allclose(windows.values, [2.5, (2.5 - 2.5) / 2, -2.5])


def pipeline():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = ["great fun", "great plot", "awful plot", "awful bore", "fun plot", "bore"]
    return make_pipeline(CountVectorizer(), LogisticRegression(C=10)).fit(texts, [1, 1, 0, 0, 1, 0])


@pytest.mark.parametrize("method", AGNOSTIC)
def test_a_pipeline_that_begins_with_a_vectoriser(method):
    model = pipeline()
    options = {"target": 1, "link": "margin", "samples": 400} | SETTINGS.get(method, {})
    e = jx.explain(model, "great bore", method, **options)
    counts, linear = model[0], model[1]
    weights = linear.coef_[0][[counts.vocabulary_[w] for w in ("great", "bore")]]
    np.testing.assert_allclose(e.values, weights, atol=1e-5)
    assert e.unit == "margin"


def test_a_search_over_pipelines_and_a_column_of_texts():
    import pandas as pd
    from sklearn.model_selection import GridSearchCV

    texts = ["great fun", "great plot", "awful plot", "awful bore", "fun plot", "bore"] * 3
    search = GridSearchCV(pipeline(), {"logisticregression__C": [1, 10]}, cv=2).fit(texts, [1, 1, 0, 0, 1, 0] * 3)
    column = pd.Series(["great fun", "a bore"])
    e = jx.explain(search, column, "exact_shap", target=1)
    assert e.values.shape == (2, 2)
    assert e.values[0].min() > 0 > e.values[1, 1]
    np.testing.assert_allclose(jx.explain(search, np.array(["great fun"]), "exact_shap", target=1).values, e.values[:1])


def test_trees_and_columns_behind_texts_are_not_offered():
    for name in ("tree_shap", "linear_shap", "partial_dependence"):
        with pytest.raises(ValueError, match=r"needs .*a table"):
            jx.explain(pipeline(), "great fun", name)


def test_a_batch_has_a_row_for_each_text_filled_up_with_zeros():
    e = jx.explain(praise, ["great plot", "awful", "a fun plot"], "exact_shap")
    np.testing.assert_allclose(e.values, [[2, 0.5, 0], [-3, 0, 0], [0, 1, 0.5]])
    np.testing.assert_allclose(e.gap, 0, atol=1e-12)
    table = e.to_frame()
    assert list(table.columns) == ["row", "token", "attribution"]
    assert list(table.token) == ["great", "plot", "awful", "a", "fun", "plot"]
    text = str(e)
    assert text.startswith("Exact SHAP of 3 texts")
    assert "“awful” (1)" in text
    one = jx.explain(praise, ["great plot"], "exact_shap")
    assert one.values.shape == (1, 2)


def test_words_of_the_answer():
    e = jx.explain(praise, TEXT, "exact_shap")
    assert "“great” (+2.0)" in str(e)
    assert list(e.to_frame().columns) == ["token", "attribution"]
    assert "".join(e.layout.data) == TEXT
    page = e.to_html()
    assert "great" in page
    assert "token" in page
    assert "<script" not in jx.explain(praise, "<script>alert(1)</script> great", "occlusion").to_html()


@pytest.mark.parametrize("dark", [False, True])
def test_pictures(dark):
    for x in (TEXT, [TEXT, "great " * 60, "fun"], "nothing here", "great " * 900):
        e = jx.explain(praise, x, "occlusion")
        assert png(e, dark=dark).startswith(b"\x89PNG")


def test_a_picture_on_axes_of_ones_own():
    from matplotlib.figure import Figure

    figure = Figure((4, 3))
    ax = figure.add_subplot()
    assert jx.explain(praise, TEXT, "occlusion").plot(ax) is figure
    assert "great" in [t.get_text() for t in ax.texts]


def test_words_can_be_read_on_their_colours():
    """Contrast of at least 4.5 : 1 or the best there is."""
    from matplotlib.colors import to_rgb

    def light(colour):
        return sum(
            w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
            for w, c in zip((0.2126, 0.7152, 0.0722), colour, strict=True)
        )

    for paper in ("#ffffff", "#14171b"):
        for share in np.linspace(-1, 1, 21):
            ground = light(blend(share, paper))
            ink = light(to_rgb(readable(blend(share, paper))))
            assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) > 4


def test_what_travels():
    e = jx.explain(praise, "great plot,\nawful " + "x" * 500, "permutation_shap", samples=50)
    message, arrays = answer_message(e, None, False, False)
    layout = message["layout"]
    assert layout["kind"] == "text"
    assert layout["names"][:4] == ["great", "plot", ",", "awful"]
    assert layout["before"] == ["", " ", "", "\n", " "]
    assert len(layout["names"][4]) == 200
    assert [a.shape for a in arrays] == [(5,)] * len(layout["arrays"])


def test_the_explorer_has_a_row_for_each_text():
    texts = ["great plot", "awful fun", "a plot"]
    with Explorer(praise, texts) as ex:
        e = ex.wait(30)
        assert e.method == ex.method == "exact_shap"
        assert ex._panel["input"] == "text"
        assert ex._panel["rows"]["count"] == 3
        assert [b["value"] for b in ex._panel["baselines"]] == ["delete", "mask"]
        assert ex.baseline == "delete"
        ex.row = 1
        np.testing.assert_allclose(ex.wait(30).values, [-3, 1])
        assert ex._panel["code"] == "jx.explain(model, x[1], 'exact_shap', baseline='delete')"
        ex.baseline = "mask"
        assert ex.wait(30).baseline == "absent words replaced by [MASK]"
        assert ex._reference == {"kind": "text", "words": "absent words replaced by [MASK]"}
        assert ex._input == {"kind": "text"}


def test_the_explorer_s_code_gives_the_same_answer():
    with Explorer(praise, TEXT, method="permutation_shap", seed=3) as ex:
        e = ex.wait(30)
        again = eval(ex._panel["code"], {"jx": jx, "model": praise, "x": TEXT})
        np.testing.assert_array_equal(again.values, e.values)


def counts(texts):
    return np.array([t.count("a") for t in texts])


@pytest.mark.parametrize(
    ("model", "x", "options", "words"),
    [
        (praise, "", {}, r"x: a text must have at least one word; got ''"),
        (praise, " \n", {}, r"at least one word; got ' \\n'"),
        (praise, ["fine", ""], {}, r"got '' \(text 1 of 2\)"),
        (praise, ["fine", 3], {}, r"must hold nothing else .*; got int at place 1"),
        (praise, "great", {"baseline": "zeros"}, r"one of 'delete', 'mask', or a list of texts; got 'zeros'"),
        (praise, "great", {"baseline": [1.0]}, r"or a list of texts; got"),
        (praise, "great", {"groups": [0, 1]}, r"groups: must be 1 whole numbers, one for each token"),
        (praise, "a b", {"groups": [[0, 5]]}, r"groups: must be 2 whole numbers"),
        (praise, "great", {"tokenizer": 3, "words": 1}, r"words: must be True .* or False; got 1"),
        (praise, "great", {"names": ["a"]}, r"names: is not for texts"),
        (praise, "great", {"layout": "rows"}, r"layout: is not for texts"),
        (praise, [1, 2], {"layout": "tokens"}, r"layout: 'tokens' needs a network"),
        (counts, "banana", {}, r"must return scores, not integer labels"),
        (praise, [1.0, 2.0], {"tokenizer": 3}, r"tokenizer: is for a text"),
    ],
)
def test_refusals(model, x, options, words):
    with pytest.raises(ValueError, match=words):
        jx.explain(model, x, "exact_shap", **options)


def test_a_text_for_a_model_of_columns(logistic):
    with pytest.raises(ValueError, match=r"x: must be a row or rows of the columns .*; got the text 'great'"):
        jx.explain(logistic.model, "great")


def test_a_text_for_a_network_needs_a_tokenizer(torch_double):
    with pytest.raises(ValueError, match=r"tokenizer= must say how .*; got the text 'great'"):
        jx.explain(torch_double.model, "great")


def test_frames_with_columns_of_text_are_tables_as_before(pipeline):
    e = jx.explain(pipeline.model, pipeline.x, "occlusion", baseline=pipeline.baseline)
    assert e.layout.kind == "table"
    assert "note" in e.layout.names


def test_sums_over_no_words_may_be_whole_numbers():
    """Python's sum over nothing is the integer 0, which is no decision."""
    e = jx.explain(lambda texts: np.array([sum(WEIGHTS.get(w, 0) for w in t.split()) for t in texts]), "great plot")
    np.testing.assert_allclose(e.values, [2, 0.5])
