"""Recurrent layers: LRP against steps written out by hand, DeepLIFT against completeness, outputs against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import seeded, table

import jupyter_explain as jx

KINDS = {
    "lstm": lambda **k: nn.LSTM(3, 4, batch_first=True, **k),
    "gru": lambda **k: nn.GRU(3, 4, batch_first=True, **k),
    "rnn": lambda **k: nn.RNN(3, 4, batch_first=True, **k),
    "relu": lambda **k: nn.RNN(3, 4, batch_first=True, nonlinearity="relu", **k),
}
MORE = ({}, {"num_layers": 2, "bidirectional": True, "dropout": 0.5}, {"bias": False})


class Net(nn.Module):
    def __init__(self, inside):
        super().__init__()
        self.inside, self.head = inside, nn.LazyLinear(2)

    def forward(self, x):
        return self.head(self.inside(x)[0].flatten(1))


class Stepwise(nn.Module):
    """Cells, as people write loops over them."""

    def __init__(self, cell):
        super().__init__()
        self.cell, self.head = cell, nn.Linear(4, 2)

    def forward(self, x):
        state = None
        for step in x.unbind(1):
            state = self.cell(step, state)
        return self.head(state[0] if isinstance(state, tuple) else state)


def made(net):
    net = net.double()
    net(torch.zeros(1, 5, 3, dtype=torch.float64))
    return seeded(net, 3)


NETS = {f"{kind} {i}": (lambda k=kind, m=m: Net(KINDS[k](**m))) for kind in KINDS for i, m in enumerate(MORE)}
NETS |= {"projected": lambda: Net(nn.LSTM(3, 4, batch_first=True, proj_size=2))}
NETS |= {c.__name__: (lambda c=c: Stepwise(c(3, 4))) for c in (nn.LSTMCell, nn.GRUCell, nn.RNNCell)}


@pytest.mark.parametrize("rules", ["rescale", "reveal-cancel"])
@pytest.mark.parametrize("name", NETS)
def test_deep_lift_is_complete(name, rules):
    net = made(NETS[name]())
    before = {k: v.clone() for k, v in net.state_dict().items()}
    x, base = 2 * table(5, 3, 1), table(5, 3, 2)
    e = jx.explain(net, x, "deep_lift", baseline=base, target=1, rules=rules, layout="CT")
    want = [net.eval()(torch.tensor(v)[None])[0, 1].item() for v in (x, base)]
    np.testing.assert_allclose([e.output, e.base], want, atol=1e-12)
    assert abs(e.values.sum() - (want[0] - want[1])) < 1e-9
    assert not any("No rule" in n for n in e.notes)
    assert all(torch.equal(v, net.state_dict()[k]) for k, v in before.items())


@pytest.mark.parametrize("name", NETS)
def test_lrp_follows_every_kind(name):
    net, x = made(NETS[name]()), 2 * table(5, 3, 1)
    e = jx.explain(net, x, "lrp", target=1, layout="CT")
    assert abs(e.output - net.eval()(torch.tensor(x)[None])[0, 1].item()) < 1e-12
    assert np.isfinite(e.values).all()
    assert e.values.any()
    assert not any("No rule" in n for n in e.notes)


UNBIASED = {kind: (lambda k=kind: Net(KINDS[k](bias=False))) for kind in KINDS}
UNBIASED |= {c.__name__: (lambda c=c: Stepwise(c(3, 4, bias=False))) for c in (nn.LSTMCell, nn.GRUCell, nn.RNNCell)}
UNBIASED |= {"projected": lambda: Net(nn.LSTM(3, 4, batch_first=True, bias=False, proj_size=2))}


@pytest.mark.parametrize("name", UNBIASED)
def test_lrp_loses_nothing_where_there_are_no_biases(name):
    net = made(UNBIASED[name]())
    nn.init.zeros_(net.head.bias)
    e = jx.explain(net, 2 * table(5, 3, 1), "lrp", target=1, layout="CT", epsilon=1e-9)
    np.testing.assert_allclose(e.values.sum(), e.output, rtol=1e-5)


EPSILON = 0.03


def steady(z):
    return z + EPSILON * np.where(z < 0, -1, 1)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def numbers(module):
    return [p.detach().numpy() for p in module.parameters()]


def test_lrp_of_an_lstm_by_hand():
    """Arras et al. 2017: epsilon for sums and weights, and all of a gated product to the signal."""
    net, x = made(Stepwise(nn.LSTMCell(3, 4))), 2 * table(5, 3, 1)
    of_x, of_h, bx, bh, v, c0 = numbers(net)
    w, b = np.hstack([of_x, of_h]), bx + bh
    h = c = np.zeros(4)
    steps = []
    for row in x:
        given = np.concatenate([row, h])
        i, f, g, o = np.split(w @ given + b, 4)
        kept, added = sigmoid(f) * c, sigmoid(i) * np.tanh(g)
        c = kept + added
        h = sigmoid(o) * np.tanh(c)
        steps.append((given, g, kept, added))
    out = v @ h + c0
    r_h, r_c, want = h * v[1] * out[1] / steady(out[1]), np.zeros(4), []
    for given, g, kept, added in reversed(steps):
        ratio = (r_h + r_c) / steady(kept + added)
        share = (w[8:12] * given).T @ (added * ratio / steady(g))
        r_c, r_h = kept * ratio, share[3:]
        want.append(share[:3])
    found = jx.explain(net, x, "lrp", target=1, layout="CT", epsilon=EPSILON)
    np.testing.assert_allclose(found.values, want[::-1], atol=1e-10)


def test_deep_lift_of_one_gated_step_by_hand():
    """c = i·g from nothing: each factor's change while the other stands half way, times its rescale slope."""
    net, (x,), (base,) = made(Stepwise(nn.LSTMCell(3, 4))), 2 * table(1, 3, 1), table(1, 3, 2)
    of_x, _, bx, bh, v, _ = numbers(net)

    def gates(row):
        i, _, g, o = np.split(of_x @ row + bx + bh, 4)
        c = sigmoid(i) * np.tanh(g)
        return {"i": (i, sigmoid(i)), "g": (g, np.tanh(g)), "o": (o, sigmoid(o)), "c": (c, np.tanh(c))}

    now, then, rows = gates(x), gates(base), dict(zip("ifgo", np.split(of_x, 4), strict=True))
    slope = {k: (now[k][1] - then[k][1]) / (now[k][0] - then[k][0]) for k in now}
    half = {k: (now[k][1] + then[k][1]) / 2 for k in now}
    back = {"o": half["c"], "i": half["o"] * slope["c"] * half["g"], "g": half["o"] * slope["c"] * half["i"]}
    want = sum(rows[k].T @ (v[1] * back[k] * slope[k]) for k in back) * (x - base)
    found = jx.explain(net, x[None], "deep_lift", baseline=base[None], target=1, layout="CT")
    np.testing.assert_allclose(found.values[0], want, atol=1e-12)
