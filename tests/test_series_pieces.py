"""Anchors and counterfactuals of series: spans of time of single channels are kept, or hidden behind the baseline."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import torch

import jupyter_explain as jx
from jupyter_explain.explanation.pieces import ALL
from jupyter_explain.wire import answer_message

STEPS, SPANS = 40, 4  # of each channel
NAMES = ["sway", "pulse", "noise"]
SPAN = STEPS // SPANS


def alarm(seed=0):
    """(model, series): an event where a weighted sum of three channels is above a limit."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(3, STEPS))
    weights = rng.normal(size=(3, STEPS)) * (rng.random((3, STEPS)) < 0.6)
    limit = 0.5 * (weights * series).sum() + 0.5 * (weights * series.mean(1)[:, None]).sum()

    def model(rows):
        margin = (np.asarray(rows) * weights).sum((1, 2)) - limit
        return np.stack([-margin, margin], 1)

    return model, series


def hidden(series, spans):
    out = series.copy()
    for span in spans:
        channel, first = divmod(span, SPANS)
        out[channel, first * SPAN : (first + 1) * SPAN] = series[channel].mean()
    return out


def explained(method, seed=0, **options):
    model, series = alarm(seed)
    settings = {"layout": "CT", "segments": 3 * SPANS, "names": NAMES, "labels": ["quiet", "event"]}
    return jx.explain(model, series, method, **(settings | options))


@pytest.mark.parametrize("seed", range(6))
def test_the_fewest_spans_are_those_of_brute_force(seed):
    model, series = alarm(seed)
    own = model(series[None]).argmax()
    changes = lambda spans: model(hidden(series, spans)[None]).argmax() != own  # noqa: E731
    least = next(k for k in range(1, 13) if any(map(changes, itertools.combinations(range(12), k))))
    e = explained("counterfactual", seed)
    assert e.error == 0
    assert e.distances[0] == least
    for which, shown, output in zip(e.changed, e.inputs, e.outputs, strict=True):
        np.testing.assert_allclose(shown, hidden(series, np.flatnonzero(which)))
        assert output == pytest.approx(model(shown[None])[0, own])
        assert changes(np.flatnonzero(which))


def test_the_precision_of_a_rule_is_that_of_all_maskings():
    model, series = alarm()
    own = model(series[None]).argmax()
    e = explained("anchors", rule=["steps 0 to 9 of sway", "steps 30 to 39 of noise"], samples=20_000)
    free = [s for s in range(12) if s not in (0, 11)]
    choices = itertools.chain.from_iterable(itertools.combinations(free, k) for k in range(len(free) + 1))
    true = np.mean([model(hidden(series, c)[None]).argmax() == own for c in choices])
    assert e.rules[0].low <= true <= e.rules[0].high
    assert e.rules[0].high - e.rules[0].low < 0.05
    assert [c.text for c in e.rules[0].conditions] == ["steps 0 to 9 of sway", "steps 30 to 39 of noise"]


def test_an_anchor_is_found_where_one_span_decides():
    model = lambda rows: np.asarray(rows)[:, 1, 20:30].mean(1)  # noqa: E731
    series = np.zeros((2, 40))
    series[1, 20:30] = 1.0
    e = jx.explain(model, series, "anchors", layout="CT", segments=8, threshold=0.5, samples=4000)
    assert e.reached
    assert [c.text for c in e.rules[0].conditions] == ["steps 20 to 29 of channel 1"]


@pytest.mark.parametrize("layout", ["CT", "TC"])
def test_traces_are_channels_first_whatever_the_layout(layout):
    model, series = alarm()
    given, ask = (series, model) if layout == "CT" else (series.T, lambda rows: model(np.swapaxes(rows, 1, 2)))
    e = jx.explain(ask, given, "counterfactual", layout=layout, segments=3 * SPANS, names=NAMES)
    assert e.pieces.kind == "series"
    np.testing.assert_allclose(e.pieces.trace, series)
    np.testing.assert_allclose(e.pieces.absent, np.repeat(series.mean(1)[:, None], STEPS, 1))
    assert e.pieces.map.shape == series.shape
    assert e.pieces.names[5] == "steps 10 to 19 of pulse"
    assert e.pieces.spans[5] == (1, 10, 19)
    assert e.inputs[0].shape == given.shape
    assert e.distances[0] == explained("counterfactual").distances[0]


def test_frames_and_networks_are_told_apart_by_channel():
    torch.manual_seed(0)
    layers = torch.nn.Conv1d(3, 6, 5, padding=2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten()
    net = torch.nn.Sequential(*layers, torch.nn.Linear(6, 2)).eval()
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(STEPS, 3)).astype(np.float32), columns=NAMES)
    e = jx.explain(net, frame, "anchors", layout="TC", segments=12, samples=3000)
    assert e.pieces.names[-1] == "steps 30 to 39 of noise"
    np.testing.assert_allclose(e.pieces.trace, frame.to_numpy().T)


def test_spans_of_all_channels_and_odd_players_have_names_too():
    groups = np.repeat(np.arange(SPANS), SPAN)
    of_all = explained("anchors", groups=np.tile(groups, (3, 1)), samples=500).pieces
    assert of_all.names == ("steps 0 to 9", "steps 10 to 19", "steps 20 to 29", "steps 30 to 39")
    assert of_all.spans[2] == (ALL, 20, 29)
    odd = np.tile(groups, (3, 1))
    odd[0, 0] = 2
    assert explained("anchors", groups=odd, samples=500).pieces.names[::2] == ("span 0", "span 2")
    single = np.tile(np.arange(STEPS), (3, 1))
    assert explained("anchors", groups=single, samples=500).pieces.names[3] == "step 3"


def test_neighbours_are_told_as_one():
    pieces = explained("anchors", samples=500).pieces
    assert pieces.several([4, 5, 6]) == "steps 0 to 29 of pulse"
    assert pieces.several([0, 2, 5]) == "steps 0 to 9 of sway, steps 20 to 29 of sway and steps 10 to 19 of pulse"
    assert pieces.several([0, 2, 5, 7]) == "4 of 12 spans (33 % of the series)"


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("anchors", {"rule": ["steps 0 to 8 of sway"]}, "rule must name players"),
        ("counterfactual", {"fixed": list(range(12))}, "at least one span must be free"),
        ("counterfactual", {"bounds": {"sway": (0, 1)}}, "bounds is for the columns of a table"),
        ("ig_path", {}, "needs a model with gradients"),
    ],
)
def test_what_makes_no_sense_is_refused(method, options, said):
    with pytest.raises(ValueError, match=said):
        explained(method, **options)


@pytest.mark.parametrize("method", ["anchors", "counterfactual"])
def test_it_is_text_frame_picture_page_and_message(method):
    e = explained(method, samples=1500)
    assert "pulse" in str(e) or "sway" in str(e) or "noise" in str(e)
    assert len(e.to_frame())
    assert e.to_html().startswith("<!DOCTYPE html>")
    assert e._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
    fields, arrays = answer_message(e, None, False, False)
    json.dumps(fields, allow_nan=False)
    layout, sent = fields["layout"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))
    assert layout["pieces"]["names"] == NAMES
    assert [tuple(s) for s in layout["pieces"]["spans"]] == list(e.pieces.spans)
    for name in ("map", "trace", "absent"):
        np.testing.assert_allclose(sent[name], getattr(e.pieces, name), rtol=1e-6)


def test_long_series_are_sent_thinned_and_of_many_channels_the_first():
    series = np.zeros((40, 5000))
    series[0, 1234] = 9.0
    model = lambda rows: np.asarray(rows)[:, 0].sum(1)  # noqa: E731
    e = jx.explain(model, series, "counterfactual", layout="CT", baseline="zeros", segments=400, goal="< 5")
    fields, arrays = answer_message(e, None, False, False)
    pieces, sent = fields["layout"]["pieces"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))
    assert (pieces["channels"], pieces["of"], pieces["step"], pieces["length"]) == (32, 40, 5, 5000)
    assert sent["trace"].shape == sent["map"].shape == (32, 1000)
    assert sent["trace"].max() == 9.0
    assert set(np.unique(sent["map"])) == set(range(320))
    assert e.changed[0].sum() == 1
    assert e.plot().axes[0].get_xlabel() == "step; first 6 of 40 channels"
