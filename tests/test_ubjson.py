"""Universal Binary JSON: every mark of the format, and what XGBoost writes."""

from __future__ import annotations

import json
from struct import pack

import numpy as np
import pytest

from jupyter_explain.models.readers.ubjson import loads


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"Z", None),
        (b"T", True),
        (b"F", False),
        (b"i\xff", -1),
        (b"U\xff", 255),
        (b"I" + pack(">h", -300), -300),
        (b"l" + pack(">i", 70_000), 70_000),
        (b"L" + pack(">q", 2**40), 2**40),
        (b"d" + pack(">f", 0.5), 0.5),
        (b"D" + pack(">d", 0.1), 0.1),
        (b"Ca", "a"),
        (b"Si\x02\xc3\xa9", "é"),
        (b"[]", []),
        (b"[i\x01Si\x01a[]]", [1, "a", []]),
        (b"[#i\x02TF", [True, False]),
        (b"{i\x01ai\x05i\x01b{}}", {"a": 5, "b": {}}),
        (b"{$U#i\x01i\x01a\x07", {"a": 7}),
    ],
)
def test_marks(data, want):
    assert loads(data) == want


@pytest.mark.parametrize(("mark", "kind"), [("U", "u1"), ("l", ">i4"), ("d", ">f4"), ("D", ">f8")])
def test_typed_arrays_come_as_arrays(mark, kind):
    numbers = np.array([1, 2, 200], kind)
    data = b"{i\x01a[$" + mark.encode() + b"#i\x03" + numbers.tobytes() + b"i\x01bT}"
    found = loads(data)
    np.testing.assert_array_equal(found["a"], [1, 2, 200])
    assert found["b"] is True


def test_an_unknown_mark_is_refused():
    with pytest.raises(ValueError, match="got 'x'"):
        loads(b"[x]")


def test_says_what_the_text_says():
    xgboost = pytest.importorskip("xgboost")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5))
    booster = xgboost.XGBRegressor(n_estimators=5, max_depth=3).fit(x, x[:, 0] * x[:, 1]).get_booster()
    binary, text = loads(bytes(booster.save_raw("ubj"))), json.loads(bytes(booster.save_raw("json")))

    def same(a, b):
        if isinstance(b, dict):
            assert a.keys() == b.keys()
            assert all(same(a[k], b[k]) for k in b)
            return True
        if isinstance(b, list):
            assert len(a) == len(b)
            return all(same(p, q) for p, q in zip(a, b, strict=True))
        return a == b or np.float32(a) == np.float32(b)

    assert same(binary, text)
