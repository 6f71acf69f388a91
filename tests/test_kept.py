"""What backward rules keep and overwrite to save memory must not change what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from zoo import net_of, seeded, table

import jupyter_explain as jx
from jupyter_explain.models.backward import deep_peaks
from jupyter_explain.models.backward.deep import DeepLift
from jupyter_explain.models.backward.wholes import Wholes
from jupyter_explain.rows import same
from jupyter_explain.stats import BLOCK, Mean


class Parts(nn.Module):
    """Convolutions and an end, put together in one of many ways."""

    def __init__(self, way):
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.end, self.way = nn.Linear(4 * 36, 3), way

    def forward(self, x):
        return self.way(self, x)


def plain(m, x):
    return m.end(m.two(F.relu(m.one(x))).relu().flatten(1))


def skipped(m, x):
    z = m.one(x)
    return m.end((m.two(F.relu(z)) + z).relu().flatten(1))


def read_before(m, x):
    z = m.one(x)
    y = m.two(z)
    return m.end((y + F.relu(z)).flatten(1))


def squashed(m, x):
    return m.end(m.two(torch.sigmoid(F.relu(m.one(x)))).flatten(1))


def squashed_after_moves(m, x):
    return m.end(torch.tanh(F.relu(m.one(x)).flatten(2).reshape(len(x), 4, 6, 6) + 0).sigmoid().flatten(1))


def in_place(m, x):
    y = F.relu(m.one(x), inplace=True)
    z = m.two(y)
    z += y
    return m.end(z.relu_().flatten(1))


def in_place_and_squashed(m, x):
    y = F.relu(m.one(x), inplace=True)
    return m.end(m.two(y.sigmoid()).flatten(1))


def twice(m, x):
    z = m.one(x)
    return m.end((F.relu(z) + F.relu(F.relu(z))).flatten(1))


def ends_rectified(m, x):
    return F.relu(m.end(F.relu(m.one(x)).flatten(1)))


def one_number(m, x):
    return F.relu(m.end(F.relu(m.one(x)).flatten(1)).sum(1) + 5)


def pooled(m, x):
    y = F.max_pool2d(F.relu(m.one(x)), 3, 1, 1)
    return m.end(m.two(y).flatten(1))


WAYS = [plain, skipped, read_before, squashed, squashed_after_moves, in_place, in_place_and_squashed, twice]
WAYS += [ends_rectified, one_number, pooled]
X = table(2, 36, 3).reshape(1, 2, 6, 6)


@pytest.mark.parametrize("rules", ["epsilon", "gamma", {"two": "flat"}, {"conv": "zplus"}], ids=str)
@pytest.mark.parametrize("way", WAYS, ids=lambda w: w.__name__)
def test_lrp_is_the_same_when_every_sum_is_kept(way, rules, monkeypatch):
    net = seeded(Parts(way), 0).double().eval()
    asked = {"rules": rules, "epsilon": 0.02, "target": 0}
    found = jx.explain(net, X, "lrp", **asked)
    monkeypatch.setattr(Wholes, "rectify", lambda *_: None)
    kept = jx.explain(net, X, "lrp", **asked)
    assert np.abs(kept.values).max() > 0
    np.testing.assert_allclose(found.values, kept.values, rtol=1e-9, atol=1e-12 * np.abs(kept.values).max())
    assert found.output == kept.output


def test_a_sum_behind_a_rectifier_is_not_kept(monkeypatch):
    asked = []
    ask = Wholes.denominator
    monkeypatch.setattr(Wholes, "denominator", lambda s, w, e: asked.append(w) or ask(s, w, e))
    jx.explain(seeded(Parts(plain), 0), X.astype(np.float32), "lrp")
    assert [w.rectified for w in asked] == [False, True, True]  # from the end


def returned_and_rectified(m, x):
    z = m.end(F.relu(m.one(x)).flatten(1))
    m.aside = F.relu(z)
    return z


def rectified_weights(m, x):
    return m.end(F.relu(F.conv2d(x, F.relu(m.one.weight), padding=1)).flatten(1))


@pytest.mark.parametrize("way", [*WAYS, returned_and_rectified, rectified_weights], ids=lambda w: w.__name__)
def test_deep_lift_is_the_same_when_nothing_is_overwritten(way, monkeypatch):
    net = seeded(Parts(way), 0).double().eval()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    base = 0.3 * X[:, ::-1].copy()
    found = jx.explain(net, X, "deep_lift", baseline=base, target=0)
    monkeypatch.setattr(DeepLift, "_spare", lambda *_: False)
    kept = jx.explain(net, X, "deep_lift", baseline=base, target=0)
    np.testing.assert_array_equal(found.values, kept.values)
    assert (found.base, found.output) == (kept.base, kept.output)
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize(
    "settings",
    [{"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": (2, 3), "stride": (1, 2)},
     {"kernel_size": 2, "dilation": 2, "stride": 1}, {"kernel_size": 4, "stride": 3, "ceil_mode": True}],
    ids=str,
)  # fmt: skip
def test_windows_of_a_picture_are_what_any_maximum_is(settings, last, monkeypatch):
    order = torch.channels_last if last else torch.contiguous_format
    body = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(**settings), nn.Flatten())
    size = body(torch.zeros(1, 2, 12, 11)).numel()
    net = seeded(nn.Sequential(body, nn.Linear(size, 2)), 0).double().to(memory_format=order).eval()
    x, base = table(2, 132, 1).reshape(1, 2, 12, 11), table(2, 132, 2).reshape(1, 2, 12, 11)
    base[..., :4, :] = x[..., :4, :]  # where nothing changes
    found = jx.explain(net, x, "deep_lift", baseline=base, target=1)
    monkeypatch.setattr(deep_peaks, "EXACT", ())
    other = jx.explain(net, x, "deep_lift", baseline=base, target=1)
    np.testing.assert_allclose(found.values, other.values, rtol=1e-9, atol=1e-12)
    assert abs(found.gap) < 1e-9


@pytest.mark.parametrize("method", ["smoothgrad", "expected_gradients"])
def test_answers_nobody_looks_at_may_be_left_out(method):
    net, x = net_of(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), table(1, 6, 0)
    *_, last = jx.stream(net, x, method, samples=33)
    alone = jx.explain(net, x, method, samples=33)
    np.testing.assert_array_equal(alone.values, last.values)
    assert (alone.evals, alone.error) == (last.evals, last.error)


def test_a_mean_in_blocks_and_what_was_read_of_it_stays():
    draws = np.random.default_rng(0).normal(3, 2, (11, 3, 40, 300)).astype(np.float32)
    assert draws[0].size > BLOCK
    mean, start, first = Mean(draws.shape[1:]), 0, None
    for n in (1, 2, 5, 3):
        mean.add(draws[start : start + n])
        first = mean.mean if first is None else first
        start += n
    np.testing.assert_array_equal(first, draws[0])
    np.testing.assert_allclose(mean.mean, draws.mean(0, dtype=float), rtol=1e-12)
    np.testing.assert_allclose(mean.stderr, draws.std(0, ddof=1, dtype=float) / 11**0.5, rtol=1e-9)


def test_missing_equals_missing():
    a = np.array([1.0, np.nan, 3.0])
    assert same(a, a.copy())
    assert not any(same(a, np.array([1.0, b, c])) for b, c in ((np.nan, 4.0), (2.0, 3.0)))
    assert not same(a, np.array([1, 2, 3]))
    assert same(np.array([[1, 2]]), np.array([[1, 2]]))
