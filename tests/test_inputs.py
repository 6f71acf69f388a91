"""Every form of input that is documented, one meaning each; what cannot be told apart needs `layout=`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from checks import bytes_of
from torch import nn
from zoo import net_of, table

import jupyter_explain as jx

ROW = table(1, 4, 1)[0]
ROWS = table(3, 4, 2)
W = np.array([1.0, -2.0, 3.0, 0.5])
NAMES = ["a", "b", "c", "d"]


def linear(rows):
    return np.asarray(rows, float) @ W


def explain(model, x, method="exact_shap", **options):
    return jx.explain(model, x, method, **{"samples": 5000, **options})


# rows

FORMS = {
    "row": ROW,
    "list": ROW.tolist(),
    "one row": ROW[None],
    "nested list": [ROW.tolist()],
    "tensor": torch.tensor(ROW),
    "tensor that wants a gradient": torch.tensor(ROW, requires_grad=True),
    "series": pd.Series(ROW, NAMES),
    "frame": pd.DataFrame([ROW], columns=NAMES),
    "frame with another index": pd.DataFrame([ROW], columns=NAMES, index=["z"]),
    "nullable": pd.DataFrame([ROW], columns=NAMES).astype("Float64"),
    "negative strides": ROW[::-1].copy()[::-1],
    "every other": np.repeat(ROW, 2)[::2],
    "fortran": np.asfortranarray(ROW[None]),
    "big endian": ROW.astype(">f8"),
}
FORMS["read-only"] = ROW.copy()
FORMS["read-only"].flags.writeable = False


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_row(form):
    x = FORMS[form]
    before = bytes_of(x)
    found = explain(linear, x, baseline=np.zeros(4))
    np.testing.assert_allclose(found.values.ravel(), W * ROW, atol=1e-12)
    assert found.values.shape == np.shape(x)
    assert isinstance(found.values, np.ndarray)
    assert bytes_of(x) == before


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.int8, np.uint8, np.int64, bool])
def test_kinds_of_numbers(kind):
    x = np.array([1, 0, 1, 1]).astype(kind)
    found = explain(linear, x, baseline=np.zeros(4, kind))
    np.testing.assert_allclose(found.values, W * [1, 0, 1, 1], atol=1e-12)


def test_sparse_rows():
    sparse = pytest.importorskip("scipy.sparse")
    found = explain(linear, sparse.csr_matrix(ROW[None]), baseline=sparse.csr_matrix(ROWS))
    np.testing.assert_allclose(found.values[0], W * (ROW - ROWS.mean(0)), atol=1e-12)


def test_a_memory_map(tmp_path):
    np.save(tmp_path / "row.npy", ROW)
    x = np.load(tmp_path / "row.npy", mmap_mode="r")
    np.testing.assert_allclose(explain(linear, x, baseline=np.zeros(4)).values, W * ROW, atol=1e-12)


def test_names_of_columns():
    frame = pd.DataFrame(ROWS, columns=NAMES)
    assert explain(linear, frame.iloc[[0]], baseline=frame).layout.names == ("a", "b", "c", "d")
    assert explain(linear, ROW, baseline=ROWS).layout.names == ("x0", "x1", "x2", "x3")
    assert explain(linear, ROW, baseline=ROWS, names=NAMES).layout.names == ("a", "b", "c", "d")
    numbered = pd.DataFrame(ROWS)
    assert explain(linear, numbered.iloc[[0]], baseline=numbered).layout.names == ("0", "1", "2", "3")


def test_rows_are_a_batch():
    for x in (ROWS, ROWS.tolist(), pd.DataFrame(ROWS, columns=NAMES), torch.tensor(ROWS)):
        found = explain(linear, x, baseline=np.zeros(4))
        np.testing.assert_allclose(found.values, W * ROWS, atol=1e-12)
        np.testing.assert_allclose(found.output, linear(ROWS))
        np.testing.assert_allclose(found.base, np.zeros(3), atol=1e-15)
        assert found.gap.shape == (3,)
    with pytest.raises(ValueError, match=r"^x: must be one input here"):
        jx.stream(linear, ROWS)


def test_a_batch_takes_its_seconds_once():
    spent = []
    explain(
        linear,
        np.repeat(ROWS, 4, 0),
        "permutation_shap",
        baseline=ROWS,
        seconds=0.4,
        samples=None,
        on_progress=spent.append,
    )
    assert sum(max(e.seconds for e in part) for part in runs(spent)) < 1.5


def runs(answers):
    """Answers of one row after another."""
    parts = [[]]
    for a in answers:
        if parts[-1] and a.evals < parts[-1][-1].evals:
            parts.append([])
        parts[-1].append(a)
    return parts


# networks


def test_a_frame_for_a_network():
    net = net_of(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1), dtype=torch.float64)
    frame = pd.DataFrame(ROWS, columns=NAMES)
    for method in ("integrated_gradients", "saliency", "exact_shap", "expected_gradients"):
        want = explain(net, ROWS[0], method, baseline=ROWS[1:])
        shuffled = frame.iloc[1:][["c", "a", "d", "b"]]
        found = explain(net, frame.iloc[[0]], method, baseline=shuffled)
        np.testing.assert_allclose(found.values[0], want.values, atol=1e-12)
        assert found.layout.names == ("a", "b", "c", "d")
    with pytest.raises(ValueError, match=r"^x: must have numbers only for a network; got columns city"):
        explain(net, pd.DataFrame({"a": [1.0], "city": ["Rome"]}))


def test_half_precision_of_everything():
    net = net_of(nn.Linear(4, 2), dtype=torch.float64)
    for kind in (torch.float16, torch.bfloat16, torch.float32):
        x = torch.tensor(ROW).to(kind)
        found = explain(net, x, "integrated_gradients", baseline=0.0, target=0)
        want = net[0].weight[0].detach().numpy() * x.double().numpy()
        np.testing.assert_allclose(found.values, want, atol=1e-12)


# pictures


def conv(channels=3):
    return net_of(nn.Conv2d(channels, 2, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def test_layouts_for_a_network():
    net, chw = conv(), np.random.default_rng(3).random((3, 8, 6)).astype(np.float32)
    want = explain(net, chw, "saliency").values
    assert want.shape == (3, 8, 6)
    hwc = np.ascontiguousarray(np.moveaxis(chw, 0, -1))
    cases = [
        (hwc, "HWC", lambda v: np.moveaxis(v, -1, 0)),
        (chw, "CHW", lambda v: v),
        (chw[None], "CHW", lambda v: v[0]),
    ]
    cases += [(chw[None], None, lambda v: v[0]), (hwc[None], "HWC", lambda v: np.moveaxis(v[0], -1, 0))]
    cases += [(torch.tensor(chw), None, lambda v: v), (hwc, None, lambda v: np.moveaxis(v, -1, 0))]
    for x, layout, back in cases:
        found = explain(net, x, "saliency", **({"layout": layout} if layout else {}))
        assert found.values.shape == x.shape
        np.testing.assert_allclose(back(found.values), want, atol=1e-7)
        assert found.layout.kind == "image"
        channels = {"HWC": -1, "CHW": -3}.get(layout, -1 if x is hwc else -3)
        assert found.layout.channels == channels


def test_an_ambiguous_picture_is_channels_first():
    """3 × 3 × 3 fits both ways: DESIGN's order is (C, H, W), and layout= says otherwise."""
    net, x = conv(), np.random.default_rng(4).random((3, 3, 3)).astype(np.float32)
    first = explain(net, x, "saliency")
    assert first.layout.channels == -3
    last = explain(net, x, "saliency", layout="HWC")
    assert last.layout.channels == -1
    np.testing.assert_allclose(
        last.values, np.moveaxis(explain(net, np.moveaxis(x, -1, 0), "saliency").values, 0, -1), atol=1e-7
    )


def test_a_picture_without_channels():
    net, x = conv(1), np.random.default_rng(5).random((8, 6)).astype(np.float32)
    found = explain(net, x, "saliency", layout="HW")
    assert found.values.shape == (8, 6)
    np.testing.assert_allclose(found.values, explain(net, x[None], "saliency").values[0], atol=1e-7)
    assert found.layout.channels is None
    many = explain(net, np.stack([x, x]), "saliency", layout="HW")
    assert many.values.shape == (2, 8, 6)
    assert explain(net, x, "saliency").values.tobytes() == found.values.tobytes()  # it fits in no other way


def test_a_picture_for_a_table_model():
    """Digits: the estimator takes 64 columns, the user has 8 × 8 pixels."""
    from sklearn.linear_model import LogisticRegression

    rows = np.random.default_rng(6).random((40, 64))
    model = LogisticRegression().fit(rows, (rows[:, :32].sum(1) > 16).astype(int))
    x = rows[0].reshape(8, 8)
    found = explain(model, x, "occlusion", layout="HW", window=2, stride=2, baseline="zeros")
    assert found.values.shape == (8, 8)
    assert found.layout.kind == "image"


def test_a_callable_takes_pictures_as_they_are():
    def bright(pictures):
        assert pictures.shape[1:] == (10, 6, 3)
        return pictures.sum((1, 2, 3))

    x = np.random.default_rng(7).random((10, 6, 3))
    found = explain(bright, x, "occlusion", baseline="zeros")
    assert found.layout.channels == -1
    assert found.values.shape == x.shape


def test_series():
    net = net_of(nn.Conv1d(2, 3, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(30, 1), dtype=torch.float64)
    x = table(2, 10, 8)
    for given in (x, x[None]):
        found = explain(net, given, "saliency")
        assert found.layout.kind == "series"
        assert found.values.shape == given.shape


def test_bytes_of_a_picture():
    """uint8 pixels for a model that takes them: black is 0, and nothing wraps around."""
    x = np.full((4, 4, 3), 200, np.uint8)
    found = explain(lambda p: p.astype(float).sum((1, 2, 3)), x, "kernel_shap", layout="HWC", segments=4)
    assert found.values.sum() == pytest.approx(200 * 48)
    assert "black" in found.baseline


# several inputs


def test_tuples():
    def both(a, b):
        return a.sum(1) + 2 * b.sum((1, 2))

    model = lambda rows: both(*rows)  # noqa: E731
    a, b = table(1, 2, 9)[0], table(1, 4, 10).reshape(2, 2)
    found = explain(model, (a, b))
    np.testing.assert_allclose(found.values[0], a, atol=1e-12)
    np.testing.assert_allclose(found.values[1], 2 * b, atol=1e-12)
    stacked = explain(model, (a[None], b[None]))
    assert stacked.values[1].shape == (1, 2, 2)
    batch = explain(model, (np.stack([a, a]), np.stack([b, 2 * b])))
    np.testing.assert_allclose(batch.values[1][1], 4 * b, atol=1e-12)
    assert batch.gap.shape == (2,)


def test_words_as_an_array():
    words, rows = np.array(["good", "film"]), np.array([["bad", "film"], ["good", "book"]])
    model = lambda r: (np.asarray(r) == "good").any(1) * 1.0  # noqa: E731
    np.testing.assert_allclose(explain(model, words, baseline=rows).values, [0.5, 0.0])


def test_the_answer_shows_what_was_explained_and_shares_no_memory():
    x = ROW.copy()
    found = explain(linear, x, baseline=ROWS)
    np.testing.assert_array_equal(found.layout.data, x)
    assert not np.shares_memory(found.layout.data, x)


def test_a_series_has_the_column_types_of_the_baseline():
    rows = pd.DataFrame(
        {"n": [1, 2, 3], "kind": pd.Categorical(["a", "b", "a"]), "many": pd.array([1, None, 2], "Int64")}
    )
    rows["on"], rows["size"] = [True, False, True], np.array([0.5, 0.25, 1], np.float32)

    def model(asked):
        assert [str(t) for t in asked.dtypes] == [str(t) for t in rows.dtypes], asked.dtypes
        return asked.n * asked.on + (asked.kind == "a") + asked["size"] + asked.many.fillna(0).astype(float)

    for i in range(3):
        wanted = explain(model, rows.iloc[[i]], baseline=rows)
        found = explain(model, rows.iloc[i], baseline=rows)
        assert found.values.shape == (5,)
        np.testing.assert_array_equal(found.values, wanted.values[0])
        wanted, found = (explain(model, rows.iloc[[0]], baseline=b) for b in (rows.iloc[[i]], rows.iloc[i]))
        np.testing.assert_array_equal(found.values, wanted.values)


def test_a_series_keeps_values_that_the_types_of_the_baseline_have_no_room_for():
    rows = pd.DataFrame({"n": [1, 2], "kind": pd.Categorical(["a", "b"]), "on": [True, False]})
    asked = []
    row = pd.Series({"n": 1.5, "kind": "new", "on": "yes"})
    explain(lambda r: (asked.extend(r.iloc[0].tolist()), np.zeros(len(r)))[1], row, baseline=rows)
    assert asked[:3] == [1.5, "new", "yes"]


def test_a_list_of_several_kinds_keeps_its_numbers():
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = pd.DataFrame({"n": [1, 2, 3, 4], "kind": list("abab"), "on": [True, False, False, True]})
    rare = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(make_column_transformer((rare, ["n", "kind", "on"])), LinearRegression())
    model.fit(rows, [1.0, 5.0, 2.0, 0.0])
    wanted = explain(model, rows.iloc[[1]], baseline=rows)
    for x in ([2, "b", False], (2, "b", False), [[2, "b", False]]):
        np.testing.assert_allclose(explain(model, x, baseline=rows).values.ravel(), wanted.values[0], atol=1e-12)


@pytest.mark.parametrize("x", [{"a": 1}, [{"a": 1}, {"a": 2}]])
def test_dicts_are_refused_with_what_makes_rows_of_them(x):
    with pytest.raises(TypeError, match=r"x: must be .*pandas\.DataFrame\(.*x.*\).*; got (dict|list of dicts)$"):
        explain(linear, x)


@pytest.mark.parametrize("method", ["lime", "exact_shap", "anchors"])
def test_texts_are_no_numbers(method):
    rows = pd.DataFrame({"age": [30, 40, 50], "size": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match=r"x must have numbers in column 'age', as the baseline has; got '30'"):
        explain(lambda r: r["age"].astype(float), rows.astype({"age": str}).iloc[[0]], method, baseline=rows)


def test_one_row_is_no_dataset():
    with pytest.raises(ValueError, match="needs a dataset .*; got one row"):
        explain(linear, ROW, "partial_dependence")


SEEING = (
    "exact_shap",
    "kernel_shap",
    "feature_ablation",
    "lime",
    "anchors",
    "counterfactual",
    "permutation_importance",
    "partial_dependence",
    "sage",
    "decision_boundary",
)


@pytest.mark.parametrize("method", SEEING)
def test_objects_stay_objects_and_none_stays_none(method):
    """pandas makes texts of an array of objects, and NaN of None, which to an encoder is another category."""
    rng = np.random.default_rng(0)
    draw = lambda *values: pd.Series(rng.choice(np.array(values, object), 40), dtype=object)  # noqa: E731
    rows = pd.DataFrame({"n": rng.normal(size=40), "o": draw("u", "v", None), "mix": draw(True, 2, None, "x")})
    asked = []
    model = lambda r: (asked.append(r), r["n"].to_numpy() + (r["o"].to_numpy() == "u"))[1]  # noqa: E731
    one = method in SEEING[:6]
    options = {"baseline": rows} if one else {"features": ["n", "o"]} if method == "decision_boundary" else {}
    options |= {"goal": "> 1.5"} if method == "counterfactual" else {}
    explain(model, rows.iloc[[0]] if one else rows, method, samples=300, **options)
    assert asked
    for r in asked:
        assert list(map(str, r.dtypes)) == ["float64", "object", "object"]
        assert not any(isinstance(v, float) for c in ("o", "mix") for v in r[c])


def test_a_missing_category_in_an_array_is_the_one_that_the_model_knows():
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = pd.DataFrame({"kind": pd.Series(["a", None, "b", "a", None, "b"], dtype=object), "n": range(6)})
    steps = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    model = make_pipeline(steps, LinearRegression()).fit(rows, [1.0, 5, 2, 0, 4, 4])
    wanted = explain(model, rows.iloc[[1]], baseline=rows).values
    for x, baseline in ((rows.iloc[[1]].to_numpy(), rows), (rows.iloc[[1]], rows.to_numpy()), ([None, 1], rows)):
        np.testing.assert_allclose(explain(model, x, baseline=baseline).values.ravel(), wanted[0], atol=1e-12)
