"""Named baselines: what they are for pictures in every layout, and where they need data."""

import numpy as np
import pandas as pd
import pytest

import jupyter_explain as jx
from jupyter_explain.baselines import names_for, read_baseline
from jupyter_explain.inputs import read_input
from jupyter_explain.models import wrap

PICTURE = np.random.default_rng(0).random((12, 10, 3))


def flat(rows):
    return np.asarray(rows, float).reshape(len(rows), -1).sum(1)


def rows_of(name, x, layout):
    made = read_input(wrap(flat), x, layout)
    return made.to_user(read_baseline(name, made, None, np.random.default_rng(0), "test").rows)[0]


def test_the_mean_is_one_colour_wherever_the_channels_are():
    last = rows_of("mean", PICTURE, "HWC")
    assert np.allclose(last, PICTURE.mean((0, 1)))
    first = rows_of("mean", np.moveaxis(PICTURE, -1, 0), "CHW")
    assert np.allclose(np.moveaxis(first, 0, -1), last)
    assert np.allclose(rows_of("mean", PICTURE[..., 0], "HW"), PICTURE[..., 0].mean())


def test_a_series_has_its_channels_means_for_a_baseline_and_no_colours():
    series = np.array([[1.0, 3.0, 8.0], [-2.0, -2.0, 1.0]])
    e = jx.explain(flat, series, "exact_shap", layout="CT")
    assert e.base == pytest.approx(series.sum())
    assert e.baseline == "the mean"
    assert "mean" in e.notes[0]
    offered = names_for(read_input(wrap(flat), series, "CT"), None)
    assert offered[0] == "mean"
    assert not {"black", "white"} & set(offered)


def test_blur_smooths_height_and_width_and_keeps_channels_apart():
    last = rows_of("blur", PICTURE, "HWC")
    first = rows_of("blur", np.moveaxis(PICTURE, -1, 0), "CHW")
    assert np.allclose(np.moveaxis(first, 0, -1), last)
    assert np.allclose(rows_of("blur", PICTURE[..., 1], "HW"), last[..., 1])
    for axis in (0, 1):
        assert np.abs(np.diff(last, axis=axis)).mean() < 0.5 * np.abs(np.diff(PICTURE, axis=axis)).mean()


def test_permute_keeps_the_values():
    shuffled = rows_of("permute", PICTURE, "HWC")
    assert np.array_equal(np.sort(shuffled.ravel()), np.sort(PICTURE.ravel()))
    assert not np.array_equal(shuffled, PICTURE)


def test_a_mean_without_rows_is_refused_for_frames_too():
    with pytest.raises(ValueError, match="'mean' needs rows to average.*; got 'mean'"):
        jx.explain(flat, pd.DataFrame({"a": [1.0], "b": [2.0]}), "exact_shap", baseline="mean")


@pytest.mark.parametrize("name", ["background", "mean", "permute", "uniform", "max_distance"])
def test_what_is_about_data_asks_for_it(name):
    with pytest.raises(ValueError, match=rf"^Exact SHAP: baseline '{name}' needs rows to .*X_train.*; got '{name}'$"):
        jx.explain(flat, np.ones(3), "exact_shap", baseline=name)


def test_an_unknown_name_is_told_the_names_that_work():
    with pytest.raises(ValueError, match=r"must be an input or rows, or one of 'zeros'; got 'grey'$"):
        jx.explain(flat, np.ones(3), "exact_shap", baseline="grey")
    with pytest.raises(ValueError, match=r"must be an input or rows; got 'grey'$"):
        jx.explain(lambda f: np.ones(len(f)), pd.DataFrame({"a": ["b"]}), "exact_shap", baseline="grey")


def test_the_words_mention_data_only_where_there_is_some():
    assert jx.explain(flat, pd.DataFrame({"a": [1.0], "b": [2.0]}), "exact_shap").baseline == "all zeros"


def test_an_answer_cut_short_by_the_clock_says_so():
    rng = np.random.default_rng(0)
    x, rows = rng.random(12), rng.random((40, 12))
    e = jx.explain(lambda z: np.tanh(z).prod(1), x, "permutation_shap", baseline=rows, seconds=1e-6)
    assert any("time limit" in note for note in e.notes)
    whole = jx.explain(lambda z: z.sum(1), x[:3], "exact_shap", baseline=rows[:2, :3], seconds=60)
    assert not any("time limit" in note for note in whole.notes)


def test_a_method_without_settings_says_so():
    with pytest.raises(ValueError, match="Kernel SHAP: has no settings; got 'steps'"):
        jx.explain(flat, np.ones(3), "kernel_shap", steps=3)


def test_one_number_is_a_baseline_of_a_frame_of_numbers():
    x = pd.DataFrame({"a": [1.0], "b": [2]})
    e = jx.explain(lambda r: r["a"] + 2 * r["b"], x, "exact_shap", baseline=1.0)
    assert e.values.tolist() == [[0, 2]]
    text = x.assign(c="red")
    with pytest.raises(ValueError, match="must have the 3 columns"):
        jx.explain(lambda r: r["a"], text, "exact_shap", baseline=1.0)


def test_a_batch_that_is_cut_short_names_the_time_of_all_its_rows():
    rng = np.random.default_rng(0)
    x, rows = rng.random((3, 12)), rng.random((40, 12))
    e = jx.explain(lambda z: np.tanh(z).prod(1), x, "permutation_shap", baseline=rows, seconds=1e-6)
    assert "Ended by the time limit of 1e-06 s for 3 rows; raise seconds= for more." in e.notes
