"""Attention: what is seen is what the model computes, however it is written; rollout and relevance by formula."""

from __future__ import annotations

import numpy as np
import pytest
from zoo import ZOO, seeded, table

import jupyter_explain as jx
from jupyter_explain.drawn import drawn
from jupyter_explain.explanation import Attention
from jupyter_explain.messages.attention import BYTES
from jupyter_explain.methods.attention_gradients import relevance
from jupyter_explain.methods.attention_rollout import rollout
from jupyter_explain.models import wrap

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

SIX = table(6, 8, 1)


class Written(nn.Module):
    """Attention in one of many ways over (n, tokens, 8); the mean of what comes out, read by a linear layer."""

    def __init__(self, way, heads=2):
        super().__init__()
        self.way, self.heads = way, heads
        self.qkv, self.head = nn.Linear(8, 24), nn.Linear(8, 3)
        self.soft = nn.Softmax(-1)

    def forward(self, x):
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        return self.head(self.way(self, q, k, v).transpose(1, 2).flatten(2).mean(1))


def scores(q, k):
    return q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5


def in_place(net, q, k, v):
    weights = torch.softmax(scores(q, k), -1)
    weights *= 0.5
    return F.dropout(weights, 0.1, net.training, inplace=True) @ v


WAYS = {
    "fused": lambda net, q, k, v: F.scaled_dot_product_attention(q, k, v),
    "causal": lambda net, q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    "scaled": lambda net, q, k, v: F.scaled_dot_product_attention(q, k, v, scale=0.9),
    "product": lambda net, q, k, v: torch.softmax(scores(q, k), dim=-1) @ v,
    "module": lambda net, q, k, v: torch.matmul(net.soft(scores(q, k)), v),
    "method": lambda net, q, k, v: scores(q, k).softmax(3).matmul(v),
    "einsum": lambda net, q, k, v: torch.einsum("bhqk,bhkd->bhqd", F.softmax(scores(q, k), dim=-1), v),
    "dropout": lambda net, q, k, v: F.dropout(F.softmax(scores(q, k), -1), 0.5, net.training) @ v,
    "folded": lambda net, q, k, v: torch.bmm(F.softmax(scores(q, k), -1).flatten(0, 1), v.flatten(0, 1)).unflatten(
        0, q.shape[:2]
    ),
    "turned": lambda net, q, k, v: (v.mT @ torch.softmax(scores(q, k), -1).transpose(-2, -1)).mT,
    "in place": in_place,
}


def own(way):
    """The net and what it should be seen to do: softmax of its scores (heads, tokens, tokens)."""
    net = seeded(Written(WAYS[way]).double(), 3)
    with torch.no_grad():
        q, k, _ = (t.unflatten(-1, (2, -1)).transpose(1, 2) for t in net.qkv(torch.tensor(SIX)[None]).chunk(3, -1))
        s = scores(q, k) * (0.9 * q.shape[-1] ** 0.5 if way == "scaled" else 1)
        if way == "causal":
            s = s.masked_fill(~torch.ones(6, 6, dtype=torch.bool).tril(), -torch.inf)
        w = torch.softmax(s, -1)[0].numpy()
    return net, w * 0.5 if way == "in place" else w


@pytest.mark.parametrize("way", WAYS)
def test_seen_however_it_is_written(way):
    net, expected = own(way)
    e = jx.explain(net, SIX, "attention", layout="CT")
    assert e.matrices.shape == (1, 2, 6, 6)
    np.testing.assert_allclose(e.matrices[0], expected, atol=1e-12)
    assert e.causal == (way == "causal")
    assert e.evals == 2  # the input itself, and one pass that watches


@pytest.mark.parametrize("way", WAYS)
def test_gradient_to_the_weights(way):
    """Against a network that is given the weights: the output is linear in them."""
    net, weights = own(way)
    e = jx.explain(net, SIX, "attention_gradients", layout="CT", variant="product", target=1)
    with torch.no_grad():
        v = net.qkv(torch.tensor(SIX)[None]).chunk(3, -1)[2].unflatten(-1, (2, -1)).transpose(1, 2)[0]
        reads = torch.einsum("hkd,hd->hk", v, net.head.weight[1].unflatten(0, (2, -1))).numpy() / 6
    np.testing.assert_allclose(e.values.sum(1), (weights * reads[:, None]).sum((0, 1)), atol=1e-12)
    assert e.values.sum() == pytest.approx(e.output - float(net.head.bias[1].detach()), abs=1e-9)


def test_masks_and_shared_heads():
    """Boolean and float masks, blind queries, grouped queries, wide scales."""
    q, k = torch.tensor(table(4 * 5, 6, 2)).reshape(1, 4, 5, 6), torch.tensor(table(2 * 5, 6, 3)).reshape(1, 2, 5, 6)
    allowed = torch.rand(5, 5, generator=torch.Generator().manual_seed(0)) > 0.4
    allowed[2] = False
    bias = torch.tensor(table(5, 5, 4))

    class Net(nn.Module):
        def forward(self, x):
            a = F.scaled_dot_product_attention(q * x.sum(), k, k, attn_mask=allowed, enable_gqa=True)
            b = F.scaled_dot_product_attention(q * x.sum(), k, k, attn_mask=bias, scale=2.0, enable_gqa=True)
            return (a + b).sum((1, 2))[:, :3]

    e = jx.explain(Net().double(), np.ones(1), "attention")
    wide = k.repeat_interleave(2, 1).transpose(-2, -1)
    first = torch.softmax((q @ wide / 6**0.5).masked_fill(~allowed, -torch.inf), -1).nan_to_num(0)
    np.testing.assert_allclose(e.matrices[0], first[0], atol=1e-12)
    np.testing.assert_allclose(e.matrices[1], torch.softmax(q @ wide * 2 + bias, -1)[0], atol=1e-12)
    assert not e.matrices[0][:, 2].any()
    assert any("4 rows are zero" in n for n in e.notes)
    assert e.layers == ("attention #1", "attention #2")


class Encoder(nn.Module):
    def __init__(self, **options):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)
        self.blocks = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.blocks(x)[:, 0])


@pytest.mark.parametrize("options", [{}, {"norm_first": True}], ids=["after", "before"])
def test_torch_encoder(options):
    """As `nn.MultiheadAttention` itself says with need_weights, although its fast path keeps them to itself."""
    net = seeded(Encoder(**options), 4).eval()
    said = []
    for layer in net.blocks.layers:
        ask = layer.self_attn.forward

        def forward(q, k, v, ask=ask, **given):
            out, weights = ask(q, k, v, **given | {"need_weights": True, "average_attn_weights": False})
            said.append(weights[0].detach().numpy())
            return out, weights

        layer.self_attn.forward = forward
    x = torch.tensor(SIX, dtype=torch.float32)[None].requires_grad_()
    net(x)
    for layer in net.blocks.layers:
        del layer.self_attn.forward
    e = jx.explain(net, SIX.astype(np.float32), "attention", layout="CT")
    assert e.layers == tuple(f"blocks.layers.{i}.self_attn" for i in range(3))
    np.testing.assert_allclose(e.matrices, said, atol=1e-6)
    np.testing.assert_allclose(e.matrices.sum(-1), 1, atol=1e-6)
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in net.modules())


def test_weights_that_are_asked_for():
    """A network that takes the weights as a second output, with padding, a mask and an extra key."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.look, self.extra = nn.MultiheadAttention(8, 2), nn.MultiheadAttention(8, 2, add_bias_kv=True)
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            t = x.transpose(0, 1)
            pads = torch.zeros(len(x), len(t), dtype=torch.bool)
            pads[:, -1] = True
            out, weights = self.look(t, t, t, key_padding_mask=pads)
            return self.head(self.extra(out, t, t)[0].mean(0)) + weights.sum((1, 2))[:, None]

    e = jx.explain(seeded(Net().double(), 5), SIX, "attention", layout="CT")
    assert e.layers == ("look",)
    assert not e.matrices[..., -1].any()
    np.testing.assert_allclose(e.matrices.sum(-1), 1, atol=1e-12)
    assert any("Left out" in n and "extra (2 heads of 6 × 7)" in n for n in e.notes)


# Hugging Face


def language_models():
    hf = pytest.importorskip("transformers")
    small = {"vocab_size": 40, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "num_labels": 3}
    wide = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 16}
    return {
        "bert": lambda: hf.BertForSequenceClassification(hf.BertConfig(**small, **wide)),
        "gpt2": lambda: hf.GPT2ForSequenceClassification(hf.GPT2Config(**small, n_embd=16, n_layer=2, n_head=4)),
        "llama": lambda: hf.LlamaForSequenceClassification(
            hf.LlamaConfig(**small, **wide, num_key_value_heads=2, max_position_embeddings=32)
        ),
    }


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_hugging_face_stays_sdpa(kind):
    """As its own eager attention says, without switching it; the model and its configuration are left alone."""
    net = seeded(language_models()[kind](), 6).eval()
    assert net.config._attn_implementation == "sdpa"
    ids = np.array([5, 9, 30, 7, 2])
    e = jx.explain(net, ids, "attention", layout="rows")
    g = jx.explain(net, ids, "attention_gradients", layout="rows", target=1)
    assert net.config._attn_implementation == "sdpa"
    eager = language_models()[kind]()
    eager.load_state_dict(net.state_dict())
    eager.eval().set_attn_implementation("eager")
    out = eager(torch.tensor(ids)[None], output_attentions=True)
    weights = torch.stack(out.attentions)[:, 0]
    np.testing.assert_allclose(e.matrices, weights.detach(), atol=1e-6)
    assert e.causal == (kind != "bert")
    slopes = torch.stack(torch.autograd.grad(out.logits[0, 1], out.attentions))[:, 0]
    flow = relevance(weights.detach().numpy(), slopes.numpy())
    row = flow[-1] if e.causal else flow.mean(0)
    own = np.eye(5)[-1] if e.causal else np.full(5, 0.2)
    np.testing.assert_allclose(g.values, row - own, atol=1e-6 * max(1, np.abs(flow).max()))


# rollout


def random_attention(layers=3, heads=2, tokens=5, seed=0):
    w = np.random.default_rng(seed).random((layers, heads, tokens, tokens)) ** 4
    return w / w.sum(-1, keepdims=True)


@pytest.mark.parametrize("fusion", ["mean", "max", "min"])
@pytest.mark.parametrize("discard", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("residual", [0.0, 0.5, 1.0])
def test_rollout_rows_sum_to_one(fusion, discard, residual):
    out = rollout(random_attention(), fusion, residual, discard)
    np.testing.assert_allclose(out.sum(1), 1, atol=1e-12)
    assert (out >= 0).all()


def test_rollout_of_nothing_and_of_everything():
    w = random_attention()
    np.testing.assert_allclose(rollout(w, residual=1.0), np.eye(5), atol=1e-12)
    np.testing.assert_allclose(rollout(np.broadcast_to(np.eye(5), w.shape)), np.eye(5), atol=1e-12)
    n, layers = 5, 3
    uniform = np.full_like(w, 1 / n)
    expected = 2.0**-layers * np.eye(n) + (1 - 2.0**-layers) / n
    np.testing.assert_allclose(rollout(uniform), expected, atol=1e-12)


def test_rollout_is_the_papers_product():
    """Â = ½ mean heads + ½ I, later layers on the left (Abnar and Zuidema 2020); discard 0 changes nothing."""
    w = random_attention()
    mixed = [0.5 * a.mean(0) + 0.5 * np.eye(5) for a in w]
    np.testing.assert_allclose(rollout(w), mixed[2] @ mixed[1] @ mixed[0], atol=1e-12)
    np.testing.assert_allclose(rollout(w, discard=0.0), rollout(w), atol=0)
    assert np.abs(rollout(w) - mixed[0] @ mixed[1] @ mixed[2]).max() > 1e-3


def test_rollout_where_vit_explain_divides_columns():
    """vit-explain: `a / a.sum(-1)` without keepdim divides column j by the sum of row j (its issue 16).

    Where rows sum to 1 this changes nothing; after discarding it makes rows that sum to more or less than 1. It also
    mixes the identity with heads that were fused by max but not yet normalised, so that `residual` is no share of it.
    """
    w = random_attention(layers=1)
    fused = w[0].mean(0)
    fused.ravel()[np.argsort(fused, axis=None, kind="stable")[:13]] = 0
    theirs = (fused + np.eye(5)) / 2
    theirs = theirs / theirs.sum(-1)
    assert np.abs(theirs.sum(1) - 1).max() > 0.02
    kept = fused / fused.sum(1, keepdims=True)
    np.testing.assert_allclose(rollout(w, discard=13.5 / 25), 0.5 * kept + 0.5 * np.eye(5), atol=1e-12)
    strong = w[0].max(0)
    np.testing.assert_allclose(rollout(w, "max"), 0.5 * strong / strong.sum(1, keepdims=True) + 0.5 * np.eye(5))


# relevance


def test_relevance_by_hand():
    """R ← R + Ā R from the identity, Ā the mean over heads of the positive part of gradient × attention."""
    w, g = random_attention(layers=2), np.random.default_rng(1).normal(size=(2, 2, 5, 5))
    first, second = (np.clip(g[i] * w[i], 0, None).mean(0) for i in range(2))
    unit = np.eye(5)
    np.testing.assert_allclose(relevance(w, g), (unit + second) @ (unit + first), atol=1e-12)
    assert not np.allclose(relevance(w, g), relevance(w[::-1], g[::-1]))


def test_relevance_is_not_normalised():
    """Chefer et al. add Ā R as it is. The code of their earlier paper divides the rows of I + Ā by their sums, as a
    rollout does: that squeezes how much the target reacts."""
    w, g = random_attention(layers=2), np.random.default_rng(1).normal(size=(2, 2, 5, 5))

    def divided(slopes):
        steps = [np.eye(5) + np.clip(s * a, 0, None).mean(0) for a, s in zip(w, slopes, strict=True)]
        first, second = (s / s.sum(1, keepdims=True) for s in steps)
        return second @ first

    np.testing.assert_allclose(divided(g).sum(1), 1)
    one, two = relevance(w[:1], g[:1]) - np.eye(5), relevance(w[:1], 2 * g[:1]) - np.eye(5)
    np.testing.assert_allclose(two, 2 * one)
    assert not np.allclose(divided(g), relevance(w, g), rtol=0.1)


def test_positive_part_comes_before_the_mean():
    """Heads must not cancel: their mean of positive parts is not the positive part of their mean."""
    w = np.full((1, 2, 2, 2), 0.5)
    g = np.array([1.0, -1.0])[None, :, None, None] * np.ones((1, 2, 2, 2))
    np.testing.assert_allclose(relevance(w, g), np.eye(2) + 0.25)


# on the input


@pytest.fixture(scope="module")
def vit():
    return ZOO["torch_vit"]()


def test_patches_and_class_token(vit):
    e = jx.explain(vit.model, vit.x, "attention")
    assert isinstance(e, Attention)
    assert (e.grid, e.prefix, e.causal) == ((2, 2), 1, False)
    assert e.tokens == ("class token", "patch 0,0", "patch 0,1", "patch 1,0", "patch 1,1")
    np.testing.assert_allclose(e.matrices.sum(-1), 1, atol=1e-12)
    assert e.received.sum() == pytest.approx(1)


def test_pixels_have_the_value_of_their_patch(vit):
    raw = jx.explain(vit.model, vit.x, "attention")
    e = jx.explain(vit.model, vit.x, "attention_rollout")
    row = rollout(raw.matrices)[0]
    assert e.values.shape == vit.x.shape
    np.testing.assert_allclose(e.values.sum(0)[::4, ::4].ravel(), row[1:], atol=1e-12)
    assert np.ptp(e.values[:, :4, :4]) == 0
    assert any("grid of 2 × 2" in n for n in e.notes)
    assert any("token 0 (class token)" in n for n in e.notes)
    assert (e.target, e.unit) == ("the class token", "share")
    assert e.output == pytest.approx(1)


@pytest.mark.parametrize(("token", "row"), [("first", 0), ("last", 4), (2, 2), ("3", 3), ("patch 0,1", 2)])
def test_token(vit, token, row):
    raw = jx.explain(vit.model, vit.x, "attention")
    e = jx.explain(vit.model, vit.x, "attention_rollout", token=token)
    np.testing.assert_allclose(e.values.sum(0)[::4, ::4].ravel(), rollout(raw.matrices)[row, 1:], atol=1e-12)


def test_mean_token(vit):
    raw = jx.explain(vit.model, vit.x, "attention")
    e = jx.explain(vit.model, vit.x, "attention_rollout", token="mean")
    np.testing.assert_allclose(e.values.sum(0)[::4, ::4].ravel(), rollout(raw.matrices).mean(0)[1:], atol=1e-12)


@pytest.mark.parametrize("token", ["nothing", 5, -1, 1.5, [0]])
def test_token_that_is_none(vit, token):
    with pytest.raises(ValueError, match=r"Attention rollout: token must be .*; got"):
        jx.explain(vit.model, vit.x, "attention_rollout", token=token)


@pytest.mark.parametrize("method", ["attention", "attention_rollout", "attention_gradients"])
@pytest.mark.parametrize("grid", ["3x3", "two", (2, 2, 1), (0, 4), 4])
def test_grid_that_does_not_fit(vit, method, grid):
    with pytest.raises(ValueError, match=r": grid must be rows and columns .* 5 tokens; got"):
        jx.explain(vit.model, vit.x, method, grid=grid)


class Strips(nn.Module):
    """Six tokens on a square picture: the grid cannot be seen."""

    def __init__(self):
        super().__init__()
        self.cut, self.head = nn.Linear(12, 8), nn.Linear(8, 3)

    def forward(self, x):
        t = self.cut(x.flatten(1)[:, :72].unflatten(1, (6, 12)))
        return self.head(F.scaled_dot_product_attention(t, t, t).mean(1))


def test_grid_is_asked_for():
    net, x = seeded(Strips().double(), 8), table(12, 12, 9)[None]
    with pytest.raises(ValueError, match=r"Attention rollout: grid= must say how the 6 tokens lie .*; got"):
        jx.explain(net, x, "attention_rollout")
    assert jx.explain(net, x, "attention").tokens[0] == "token 0"
    e = jx.explain(net, x, "attention_rollout", grid="2 x 3")
    assert e.values.shape == x.shape
    assert np.ptp(e.values[0, :6, :4]) == 0
    assert e.values[0, 0, 0] != e.values[0, 0, 4]


def test_grid_is_for_pictures():
    with pytest.raises(ValueError, match="grid is for pictures"):
        jx.explain(own("fused")[0], SIX, "attention", layout="CT", grid="2x3")


def test_columns_and_steps():
    """Columns of a table as tokens, with and without a class token; steps of a series; tokens without a place."""

    class Columns(nn.Module):
        def __init__(self, extra):
            super().__init__()
            self.extra, self.wide, self.head = extra, nn.Linear(1, 4), nn.Linear(4, 3)

        def forward(self, x):
            t = self.wide(x.flatten(1)[..., None])
            t = torch.cat([t[:, : self.extra] * 0, t], 1) if self.extra >= 0 else t[:, :-2]
            return self.head(F.scaled_dot_product_attention(t, t, t)[:, 0])

    row = table(1, 4, 10)[0]
    whole = jx.explain(seeded(Columns(0).double(), 1), row, "attention_rollout")
    assert whole.values.sum() == pytest.approx(1)
    assert jx.explain(seeded(Columns(1).double(), 1), row, "attention").tokens == (
        "class token",
        "x0",
        "x1",
        "x2",
        "x3",
    )
    e = jx.explain(seeded(Columns(-1).double(), 1), row, "attention_rollout")
    assert (e.values.shape, e.layout.names) == ((2,), ("token 0", "token 1"))
    assert any("no known place" in n for n in e.notes)
    assert jx.explain(seeded(Columns(-1).double(), 1), table(3, 4, 2), "attention_rollout").values.shape == (3, 2)
    series = jx.explain(seeded(Columns(0).double(), 1), row[None], "attention_rollout", layout="CT")
    np.testing.assert_allclose(series.values[0], whole.values)
    long = jx.explain(seeded(Columns(0).double(), 1), np.repeat(row, 2).reshape(2, 4), "attention", layout="CT")
    assert len(long.tokens) == 8


# what cannot be done


def test_no_attention():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    assert "attention" not in wrap(net).can
    with pytest.raises(ValueError, match=r"Attention: needs a model with attention .*; got Sequential and table input"):
        jx.explain(net, np.ones(3, np.float32), "attention")
    with pytest.raises(ValueError, match=r"Attention rollout: needs a model with attention .*; got"):
        jx.explain(lambda rows: rows.sum(1), np.ones(3), "attention_rollout")


def test_only_called_attention():
    """The guess for the menu is by name and code; the method goes by what it sees."""

    class SelfAttention(nn.Linear):
        pass

    net = nn.Sequential(SelfAttention(3, 2))
    assert "attention" in wrap(net).can
    with pytest.raises(ValueError, match=r"Attention: needs a model with attention .*; got Sequential, in which none"):
        jx.explain(net, np.ones(3, np.float32), "attention")


def mix(q, k, v):
    return F.softmax(q @ k.transpose(-2, -1), -1) @ v


class Mixer(nn.Module):
    """Attention that is never called so, in a function of another name."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(mix(x, x, x)[:, 0])


def test_attention_by_any_other_name():
    net = seeded(Mixer().double(), 2)
    assert "attention" in wrap(net).can
    e = jx.explain(net, SIX, "attention", layout="CT")
    np.testing.assert_allclose(e.matrices[0, 0], torch.softmax(torch.tensor(SIX @ SIX.T), -1), atol=1e-12)
    assert e.layers == ("attention",)


def test_unknown_layer_and_layer_without():
    net = seeded(Encoder(), 4)
    x = SIX.astype(np.float32)
    with pytest.raises(
        ValueError, match=r"Attention: at must name a layer .*blocks\.layers\.1.*; got 'blocks.layer.1'"
    ):
        jx.explain(net, x, "attention", layout="CT", at="blocks.layer.1")
    with pytest.raises(ValueError, match=r"at must name a layer with attention inside .*self_attn.*; got 'head'"):
        jx.explain(net, x, "attention", layout="CT", at="head")
    one = jx.explain(net, x, "attention", layout="CT", at=net.blocks.layers[1])
    whole = jx.explain(net, x, "attention", layout="CT", at="")
    np.testing.assert_array_equal(one.matrices[0], whole.matrices[1])
    assert one.target == "layer blocks.layers.1.self_attn"


def test_scripts_are_refused():
    scripted = torch.jit.script(Mixer().double())
    with pytest.raises(ValueError, match=r"needs a model with attention|torch\.jit.*; got a scripted module"):
        jx.explain(scripted, SIX, "attention", layout="CT")

    class Half(nn.Module):
        def __init__(self):
            super().__init__()
            self.attn, self.last = torch.jit.script(Mixer().double()), nn.Identity()

        def forward(self, x):
            return self.last(self.attn(x))

    with pytest.raises(ValueError, match=r"sees no attention inside torch\.jit; .*; got a scripted module \(attn\)"):
        jx.explain(Half(), SIX, "attention", layout="CT")


class Windows(nn.Module):
    """Two windows of three tokens, and keys of which there are fewer than queries."""

    def __init__(self, keys):
        super().__init__()
        self.keys = keys

    def forward(self, x):
        t = x.unflatten(1, (2, 3)).flatten(0, 1)[:, None]
        k = t[..., : self.keys, :]
        return F.scaled_dot_product_attention(t, k, k).unflatten(0, (-1, 2)).sum((1, 2, 3))


@pytest.mark.parametrize(("keys", "said"), [(3, "3 × 3"), (2, "3 × 2")])
@pytest.mark.parametrize("method", ["attention", "attention_rollout", "attention_gradients"])
def test_windows_are_no_attention_among_all_tokens(method, keys, said):
    rule = rf"needs attention among all tokens of the input; got 2 windows of 1 heads of {said} only"
    with pytest.raises(ValueError, match=rule):
        jx.explain(Windows(keys).double(), SIX, method, layout="CT")


@pytest.mark.parametrize("method", ["attention_rollout", "attention_gradients"])
def test_no_layer_may_be_missing_from_a_product(method):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = (nn.MultiheadAttention(8, n, batch_first=True) for n in (2, 4))
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            return self.head(self.two(*[self.one(x, x, x)[0]] * 3)[0].mean(1))

    net = seeded(Net().double(), 3)
    assert jx.explain(net, SIX, "attention", layout="CT").layers == ("one",)
    with pytest.raises(ValueError, match=r"needs layers that all attend among .*; got also two \(4 heads of 6 × 6\)"):
        jx.explain(net, SIX, method, layout="CT")


def test_tokens_taken_for_rows():
    """`batch_first` forgotten: every token looks at itself alone, which must not pass for attention."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.look, self.head = nn.MultiheadAttention(8, 2), nn.Linear(8, 3)

        def forward(self, x):
            return self.head(self.look(x, x, x, need_weights=False)[0].mean(1))

    with pytest.raises(ValueError, match=r"got 6 windows of 2 heads of 1 × 1 only"):
        jx.explain(seeded(Net().double(), 3), SIX, "attention", layout="CT")


def test_too_much_to_hold(monkeypatch):
    monkeypatch.setattr("jupyter_explain.question.MEMORY", 1000)
    with pytest.raises(ValueError, match=r"for the attention of all layers; at= keeps that of one"):
        jx.explain(seeded(Encoder().double(), 4), SIX, "attention", layout="CT")
    one = jx.explain(seeded(Encoder().double(), 4), SIX, "attention", layout="CT", at="blocks.layers.2")
    assert len(one.layers) == 1


def test_layers_that_run_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 3)

        def forward(self, x):
            for _ in range(2):
                x = self.block(x, x, x, need_weights=False)[0]
            return self.head(x[:, 0])

    e = jx.explain(seeded(Twice().double(), 3), SIX, "attention", layout="CT")
    assert e.layers == ("block #1", "block #2")


def test_half_precision():
    net, expected = own("fused")
    e = jx.explain(net.to(torch.bfloat16), SIX, "attention", layout="CT")
    np.testing.assert_allclose(e.matrices[0], expected, atol=0.02)
    np.testing.assert_allclose(e.matrices.sum(-1), 1, atol=0.02)


# words, tables, messages


def made(layers=2, heads=3, tokens=4, **more):
    facts = {"error": 0.0, "error_kind": "exact", "title": "Attention", "target": f"{layers} layers × {heads} heads"}
    names = tuple(f"token {i}" for i in range(tokens))
    w = random_attention(layers, heads, tokens).astype(np.float32)
    return Attention(matrices=w, layers=tuple(f"b.{i}.attn" for i in range(layers)), tokens=names, **facts | more)


def test_frame_and_words():
    e = made()
    found = e.to_frame()
    assert len(found) == e.matrices.size
    row = found[(found.layer == "b.1.attn") & (found["head"] == 2) & (found["from"] == 1) & (found["to"] == 3)]
    assert row.weight.item() == e.matrices[1, 2, 1, 3]
    assert row.to_token.item() == "token 3"
    best = int(np.argmax(e.received))
    assert f"token {best}" in str(e).splitlines()[1]
    assert "2 layers of 3 heads over 4 tokens" in str(e)
    assert str(e) == repr(e)
    assert "<table>" in e.to_html()


@pytest.mark.parametrize("shape", [(1, 1, 4), (1, 3, 30), (2, 3, 5), (12, 12, 6), (30, 16, 5)])
def test_pictures(shape):
    from jupyter_explain.views import png

    assert png(made(*shape)).startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [(2, 3, 5), (1, 1, 30), (12, 12, 32), (12, 12, 64), (12, 12, 197), (24, 16, 300)])
def test_message_fits_and_keeps_the_numbers(shape):
    layers, heads, tokens = shape
    e = made(*shape, **({"grid": (14, 14), "prefix": 1} if tokens == 197 else {}))
    layout, (weights,) = drawn(e)
    assert weights.nbytes <= BYTES
    full, step, n = layout["full"], layout["step"], len(layout["tokens"])
    assert weights.shape == (layers + full * heads * (heads > 1), n, n)
    assert full >= 1 or heads == 1
    values = layout["top"] * (weights / 255.0) ** 2 if weights.dtype == np.uint8 else weights
    if step == 1:
        np.testing.assert_allclose(values[:layers], e.mean, atol=0.005)
    if step == 1 and heads > 1:
        np.testing.assert_allclose(values[layers:], e.matrices[layers - full :].reshape(-1, n, n), atol=0.005)
    np.testing.assert_allclose(values.sum(-1), 1, atol=1e-5 if weights.dtype != np.uint8 else 0.2)
    if tokens == 197:
        assert layout["grid"][0] * layout["grid"][1] + 1 == n
        assert "patch" not in layout["tokens"][0]


def test_groups_of_tokens_take_what_their_members_take():
    e = made(1, 1, 5, grid=(2, 2), prefix=1)
    from jupyter_explain.messages.attention import grouped, together

    group, names, grid = grouped(e, 2)
    assert (list(group), names, grid) == ([0, 1, 1, 1, 1], ["token 0", "token 1–4"], [1, 1])
    small = together(e.matrices, group, 2)[0, 0]
    a = e.matrices[0, 0]
    np.testing.assert_allclose(
        small, [[a[0, 0], a[0, 1:].sum()], [a[1:, 0].mean(), a[1:, 1:].sum(1).mean()]], rtol=1e-6
    )


def text_classifier():
    hf = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "was", "not", "good", "but", "music", "great"]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    names = {f"{n}_token": f"[{n.upper()}]" for n in ("unk", "pad", "cls", "sep", "mask")}
    tokenizer = hf.PreTrainedTokenizerFast(tokenizer_object=made, **names)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 16}
    return seeded(hf.BertForSequenceClassification(hf.BertConfig(vocab_size=len(words), **size)), 3), tokenizer


def test_tokens_of_a_text():
    """Special tokens are part of the matrix and no part of the text; the first of them is the class token."""
    net, tokenizer = text_classifier()
    text = "the film was not good"
    e = jx.explain(net, text, "attention", tokenizer=tokenizer)
    assert e.tokens == ("[CLS]", "the", "film", "was", "not", "good", "[SEP]")
    flow = rollout(e.matrices)
    r = jx.explain(net, text, "attention_rollout", tokenizer=tokenizer)
    assert r.layout.names == ("the", "film", "was", "not", "good")
    np.testing.assert_allclose(r.values, flow[0, 1:-1], atol=1e-12)
    assert any("token 0 ([CLS])" in n for n in r.notes)
    assert any(f"Special tokens, with a value of {flow[0, [0, -1]].sum():.3g} in all" in n for n in r.notes)
    one = jx.explain(net, text, "attention_rollout", tokenizer=tokenizer, token="film")
    np.testing.assert_allclose(one.values, flow[2, 1:-1], atol=1e-12)
    assert one.target == "token 2 (film)"
    g = jx.explain(net, text, "attention_gradients", tokenizer=tokenizer, target=1)
    assert g.values.shape == (5,)
    assert (g.values >= 0).all()
    assert g.values.any()


def test_shares_of_attention_speak_neither_for_nor_against(vit):
    figure = jx.explain(vit.model, vit.x, "attention_rollout").plot()
    texts = [t.get_text() for ax in figure.axes for t in ax.texts]
    assert not [t for t in texts if t.endswith((" for", " against"))]
