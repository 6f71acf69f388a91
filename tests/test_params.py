"""Settings: read from a signature, checked by name, shown as controls."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.params import Between, Choice, Free, help_lines, settings_of


def method(
    q,
    *,
    noise: Annotated[float, Between(0.0, 1.0)] = 0.15,
    count: Annotated[int, Between(1, 100, log=True)] = 10,
    window: Annotated[int | tuple[int, ...] | None, Between(1, 9, per_axis=True)] = None,
    rule: Annotated[str, Choice("a", "b")] = "a",
    flag: bool = True,
    layer: Annotated[object, Free("a layer", text=True)] = None,
    given: Annotated[object, Free("a mapping")] = None,
):
    """First sentence.

    More words: these are no setting.

    Settings:
        noise: how much,
            over two lines.
        count: how many.
        window: size.
        rule: which: this or that.
        flag: whether.
        layer: where.
        given: what.

    Returns:
        nothing: at all.
    """


PARAMS = settings_of(method)


def test_help_lines():
    lines = help_lines(method)
    assert lines["noise"] == "how much, over two lines."
    assert lines["rule"] == "which: this or that."
    assert set(lines) == {"noise", "count", "window", "rule", "flag", "layer", "given"}
    assert help_lines(lambda q: None) == {}


def test_a_setting_without_a_help_line_is_an_error_at_import():
    def bare(q, *, size: int = 3):
        """No settings here."""

    with pytest.raises(TypeError, match="bare: the docstring has no line for the setting 'size'"):
        settings_of(bare)


@pytest.mark.parametrize(
    ("name", "value", "want"),
    [
        ("noise", 0, 0.0),
        ("noise", np.float32(0.5), 0.5),
        ("noise", np.int64(1), 1.0),
        ("count", np.int64(3), 3),
        ("window", None, None),
        ("window", 3, 3),
        ("window", (2, np.int32(3)), (2, 3)),
        ("window", [2, 3], (2, 3)),
        ("rule", "b", "b"),
        ("flag", False, False),
        ("layer", "conv1", "conv1"),
    ],
)
def test_good_values(name, value, want):
    found = PARAMS[name].check("Who", value)
    assert found == want
    assert type(found) is type(want)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("noise", -0.1),
        ("noise", 1.5),
        ("noise", float("nan")),
        ("noise", float("inf")),
        ("noise", True),
        ("noise", "0.5"),
        ("noise", None),
        ("noise", np.array(0.5)),
        ("noise", 1j),
        ("count", 0),
        ("count", 2.0),
        ("count", True),
        ("count", np.bool_(True)),
        ("count", 101),
        ("count", (1, 2)),
        ("window", ()),
        ("window", (0, 1)),
        ("window", (1, True)),
        ("window", [[1]]),
        ("rule", "c"),
        ("rule", None),
        ("rule", ["a"]),
        ("flag", 1),
        ("flag", "yes"),
        ("flag", None),
    ],
)
def test_bad_values(name, value):
    with pytest.raises(ValueError, match=rf"^Who: {name} must be .*; got "):
        PARAMS[name].check("Who", value)


def test_controls():
    control = PARAMS["count"].control()
    assert (control["kind"], control["low"], control["high"], control["log"]) == ("int", 1, 100, True)
    assert PARAMS["noise"].control()["kind"] == "float"
    assert PARAMS["rule"].control()["choices"] == ["a", "b"]
    assert PARAMS["flag"].control()["kind"] == "bool"
    assert PARAMS["layer"].control()["kind"] == "text"
    assert PARAMS["given"].control() is None
    assert PARAMS["window"].control()["default"] is None
    assert PARAMS["noise"].label == "Noise"


def test_settings_of_tables_have_no_control_for_other_inputs():
    def shown(x, method, model):
        with jx.explore(model, x, method=method, samples=40) as ex:
            ex.wait(60)
            return {s["name"] for s in ex._panel["settings"]}

    rows = np.random.default_rng(0).normal(size=(20, 3))
    of_table = shown(rows, "anchors", lambda z: (z[:, 0] > 0) * 1.0)
    of_image = shown(np.ones((1, 8, 8)), "anchors", lambda z: (z[:, 0, 0, 0] > 0) * 1.0)
    assert of_table - of_image == {"bins"}
    assert of_image < of_table
