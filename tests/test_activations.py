"""Feature maps: the layer's own numbers, whatever works in place behind it; which layer; what is dead."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from zoo import cnn, net_of, table

import jupyter_explain as jx
from jupyter_explain.explanation import Maps
from jupyter_explain.explanation.maps import dead_channels
from jupyter_explain.messages.maps import BYTES
from jupyter_explain.wire import answer_message


def picture(channels=2, side=8, seed=1):
    return table(1, channels * side * side, seed).reshape(channels, side, side).astype(np.float32)


def maps(net, x, **settings) -> Maps:
    answer = jx.explain(net, x, "activations", **settings)
    assert isinstance(answer, Maps)
    return answer


def small(**kinds):
    return net_of(
        nn.Conv2d(2, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 4, 3),
        nn.Flatten(),
        nn.Linear(16, 3),
        seed=2,
    )


def test_equal_to_the_network_cut_off_to_the_bit_although_the_next_layer_works_in_place():
    net, x = small().eval(), picture()
    with torch.no_grad():
        cut = net[0](torch.from_numpy(x)[None])[0].numpy().copy()
    found = maps(net, x, at="0")
    assert (cut < 0).any()
    np.testing.assert_array_equal(found.maps, cut.astype(float))
    assert found.shape == (6, 8, 8)
    assert found.names == tuple("012345")


def test_equal_to_captum():
    attr = pytest.importorskip("captum.attr")
    net, x = small().eval(), picture()
    theirs = attr.LayerActivation(net, net[3]).attribute(torch.from_numpy(x)[None]).detach().numpy()[0]
    np.testing.assert_array_equal(maps(net, x, at=net[3]).maps, theirs)


def test_one_forward_pass():
    net, x = small(), picture()
    assert maps(net, x).evals == 2  # one to read target and input, one to look


def test_default_is_the_last_convolution_with_what_follows_it():
    net = net_of(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    found = maps(net.eval(), picture())
    assert found.layer == "2"
    assert "Layer chosen for you: 2." in found.notes
    assert maps(cnn(), picture()).layer == "second"  # the activation behind it runs twice
    mlp = net_of(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2))
    assert maps(mlp, table(1, 5)[0]).layer == "1"


def test_vectors_are_units():
    net = net_of(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 2))
    x = table(1, 5)[0].astype(np.float32)
    found = maps(net, x, at="1")
    with torch.no_grad():
        wanted = net[:2](torch.from_numpy(x)[None])[0].numpy()
    assert found.over == "unit"
    np.testing.assert_array_equal(found.maps[:, 0, 0], wanted)
    np.testing.assert_array_equal(found.dead, wanted == 0)
    assert found.dead.any()


def test_series_and_tokens():
    net = net_of(nn.Conv1d(2, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(36, 2), seed=3)
    found = maps(net, table(2, 12), layout="CT", at="0")
    assert (found.maps.shape, found.over) == ((3, 1, 12), "steps")

    class Tokens(nn.Module):
        """Patches of a picture with a class token in front, as vision transformers have them."""

        def __init__(self):
            super().__init__()
            self.cut, self.norm, self.head = nn.Conv2d(1, 5, 2, 2), nn.LayerNorm(5), nn.Linear(5, 2)

        def forward(self, x):
            patches = self.cut(x).flatten(2).transpose(1, 2)
            return self.head(self.norm(torch.cat([patches[:, :1] * 0, patches], 1))[:, 0])

    found = maps(Tokens(), picture(1, 6), at="norm")
    assert found.maps.shape == (5, 3, 3)
    assert "The first 1 of 10 tokens have no place on the picture and are left out." in found.notes


def test_dead_channels():
    stack = np.array([[[0.0, 1.0]], [[-1.0, -2.0]], [[3.0, 3.0]], [[-1.0, 1.0]]])
    assert dead_channels(stack).tolist() == [False, True, True, False]
    assert dead_channels(np.array([[[0.0]], [[-1.0]], [[2.0]]])).tolist() == [True, False, False]


def test_order_puts_the_strongest_first_and_the_dead_last():
    found = maps(small(), picture(), at="1")
    strength = found.strength[found.order]
    alive = ~found.dead[found.order]
    assert (np.diff(strength[alive]) <= 0).all()
    assert list(alive) == sorted(alive, reverse=True)


def test_the_last_run_of_a_layer_that_runs_twice():
    x = picture()
    found = maps(cnn(), x, at="again")
    net = cnn().eval()
    with torch.no_grad():
        once = net.again(net.norm(net.first(torch.from_numpy(x)[None])))
        wanted = torch.relu(net.second(once))[0].numpy()
    np.testing.assert_allclose(found.maps, wanted, rtol=1e-6, atol=1e-7)
    assert "again runs 2 times; this is its last run." in found.notes


def test_half_precision_and_several_outputs_of_a_layer():
    net = net_of(nn.Linear(4, 6), nn.Linear(6, 2), dtype=torch.bfloat16)
    assert maps(net, table(1, 4)[0].astype(np.float32), at="0").maps.dtype == np.float64

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.out = nn.LSTM(2, 3, batch_first=True), nn.Linear(3, 2)

        def forward(self, x):
            return self.out(self.lstm(x.transpose(1, 2))[0][:, -1])

    found = maps(Recurrent(), table(2, 9).astype(np.float32), layout="CT", at="lstm")
    assert (found.maps.shape, found.over) == ((3, 1, 9), "steps")


class Lazy(nn.Module):
    """One layer never runs."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.spare = nn.Linear(3, 3), nn.Linear(3, 2), nn.Linear(3, 3)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("frist", r"at must name a layer of the model \(near: first.*got 'frist'"),
        ("spare", "at must name a layer that runs and puts out a tensor; got 'spare', which did not"),
        (nn.Linear(3, 3), "at must be a layer of the model that is explained; got Linear"),
    ],
)
def test_wrong_layers(at, said):
    with pytest.raises(ValueError, match=f"Activations: {said}"):
        maps(Lazy(), [1.0, 2.0, 3.0], at=at)


def test_scripted_modules_are_refused_by_name():
    net = torch.jit.script(net_of(nn.Linear(3, 3), nn.Linear(3, 2)))
    with pytest.raises(ValueError, match=r"Activations: looks at layers, which torch.jit and torch.export hide"):
        maps(net, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="Activations: sees no layers inside torch.jit"):
        maps(net, [1.0, 2.0, 3.0], at="0")


def message(answer):
    return answer_message(answer, None, False, False)


def test_message_of_a_small_layer_holds_the_numbers():
    found = maps(small(), picture(), at="1")
    fields, arrays = message(found)
    layout, sent = fields["layout"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))
    assert layout["over"] == "image"
    order = found.order
    np.testing.assert_array_equal(sent["which"], order)
    np.testing.assert_array_equal(sent["maps"], found.maps[order].astype("<f4"))
    np.testing.assert_array_equal(sent["dead"], found.dead[order])


@pytest.mark.parametrize("shape", [(64, 96, 96), (128, 48, 48), (2048, 7, 7), (5000, 1, 1), (3, 1000, 900)])
def test_message_stays_small_and_near(shape):
    rng = np.random.default_rng(4)
    stack = rng.normal(size=shape)
    names = tuple(map(str, range(shape[0])))
    answer = Maps(
        maps=stack, names=names, layer="x", shape=shape, dead=dead_channels(stack), error=0.0, error_kind="exact"
    )
    fields, arrays = message(answer)
    layout, sent = fields["layout"], dict(zip(fields["layout"]["arrays"], arrays, strict=True))
    assert sum(a.nbytes for a in arrays) < 270_000
    assert sent["maps"].nbytes <= max(BYTES, layout["height"] * layout["width"])
    assert layout["sent"] >= min(64, shape[0])
    if sent["maps"].dtype == np.uint8 and layout["step"] == 1:
        low, high = (sent[k][: layout["sent"], None, None] for k in ("min", "max"))
        near = low + sent["maps"] / 255 * (high - low)
        true = stack[sent["which"][: layout["sent"]].astype(int)]
        assert np.abs(near - true).max() <= (high - low).max() / 500


def test_numbers_that_are_not_finite_are_counted():
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.mask, self.out = nn.Identity(), nn.Linear(3, 2)

        def forward(self, x):
            masked = self.mask(x.masked_fill(x > 1, float("-inf")))
            return self.out(torch.softmax(masked, 1))

    found = maps(Masked(), np.float32([0.0, 2.0, 1.0]), at="mask")
    assert "1 of 3 numbers are not finite." in found.notes
    assert np.isfinite(found.spread)
    assert np.isfinite(message(found)[1][1]).all()


def test_words_table_and_picture():
    found = maps(small(), picture(), at="1")
    assert str(found).startswith("Activations of layer 1\n6 channels of 8 × 8 places, strongest on average: ")
    frame = found.to_frame()
    assert list(frame.columns) == ["channel", "min", "mean", "max", "active", "dead"]
    np.testing.assert_allclose(frame["mean"], found.maps.mean((1, 2)))
    assert found.plot().axes
    assert "<table" in found.to_html() or "<pre>" in found.to_html()


def test_layers_are_offered_in_the_widget_and_a_module_becomes_its_name():
    net, x = small(), picture()
    with jx.explore(net, x, method="activations", at=net[3]) as explorer:
        answer = explorer.wait(30)
        assert explorer.settings == {"at": "3"}
        (at,) = [s for s in explorer._panel["settings"] if s["name"] == "at"]
    assert answer.layer == "3"
    assert at["kind"] == "choice"
    assert at["choices"] == ["", "0", "1", "2", "3", "4", "5"]
    assert at["texts"][4] == "3 · Conv2d 4 × 2 × 2"
