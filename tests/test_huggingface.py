"""Texts for networks: embeddings as the input, tokenizers, special tokens, language models. Nothing is downloaded."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from checks import state_of
from torch import nn
from zoo import seeded, word_ids

import jupyter_explain as jx
from jupyter_explain.widget import Explorer

transformers = pytest.importorskip("transformers")
transformers.logging.set_verbosity_error()
TEXTS = ["the movie was great fun", "the plot was awful and boring", "a great film with playful acting", "unplayable"]
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
TEXT = "The movie was unplayable, great"
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
EXACT = {"tolerance": 1e-9, "seconds": 60}


@cache
def pieces(size=70):
    """WordPiece, trained on a few sentences."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=size, special_tokens=list(SPECIAL.values())))
    frame = [("[CLS]", made.token_to_id("[CLS]")), ("[SEP]", made.token_to_id("[SEP]"))]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=frame)
    return made


@cache
def tokenizer():
    return transformers.PreTrainedTokenizerFast(tokenizer_object=pieces(), **SPECIAL)


@cache
def byte_level():
    """Like GPT-2's: bytes, a letter for the space, no special tokens around a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=300, initial_alphabet=letters, special_tokens=["<s>"])
    )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>")


def bert(kind="BertForSequenceClassification", seed=0, **more):
    config = transformers.BertConfig(vocab_size=70, max_position_embeddings=24, num_labels=3, **SMALL, **more)
    return seeded(getattr(transformers, kind)(config).double(), seed)


def gpt(kind="GPT2LMHeadModel", **more):
    config = transformers.GPT2Config(vocab_size=300, n_embd=16, n_layer=2, n_head=2, n_positions=32, **more)
    return seeded(getattr(transformers, kind)(config).double(), 1)


@cache
def classifier():
    return bert(id2label={0: "bad", 1: "meh", 2: "good"}).train()


# closed forms


class Bag(nn.Module):
    """Linear in the embeddings: the share of a token is its own."""

    def __init__(self, pool="mean"):
        super().__init__()
        self.words, self.head, self.pool = nn.Embedding(13, 4), nn.Linear(4, 2), pool
        self.bag = nn.EmbeddingBag(13, 4, mode="sum")

    def forward(self, ids):
        return self.head(self.words(ids).mean(1) if self.pool == "mean" else self.bag(ids))


@pytest.mark.parametrize("pool", ["mean", "bag"])
@pytest.mark.parametrize(
    "method", ["integrated_gradients", "expected_gradients", "deep_lift", "occlusion", "kernel_shap"]
)
def test_a_linear_bag_of_embeddings(pool, method):
    net = seeded(Bag(pool).double(), 3)
    e = jx.explain(net, "a great film", method, tokenizer=word_ids(), target=1, samples=60)
    table = (net.words if pool == "mean" else net.bag).weight
    ids = [5, 6, 11]  # a, great, film; beside them the class token and the separator
    shares = (table[ids] - table[4]) @ net.head.weight[1] / (5 if pool == "mean" else 1)
    np.testing.assert_allclose(e.values, shares.detach(), atol=1e-10)
    assert e.layout.names == ("a", "great", "film")
    assert e.gap is None or abs(e.gap) < 1e-10


def test_gradients_are_those_of_the_embeddings():
    net, ids = classifier(), tokenizer()(TEXT, return_tensors="pt")
    twin = bert()
    leaf = twin.get_input_embeddings()(ids["input_ids"]).detach().requires_grad_()
    twin.eval()(inputs_embeds=leaf, attention_mask=ids["attention_mask"]).logits[0, 1].backward()
    grad, own = leaf.grad[0, 1:-1].numpy(), leaf.detach()[0, 1:-1].numpy()
    options = {"tokenizer": tokenizer(), "target": 1}
    np.testing.assert_allclose(jx.explain(net, TEXT, "saliency", **options).values, grad.sum(1), atol=1e-12)
    found = jx.explain(net, TEXT, "input_x_gradient", **options)
    np.testing.assert_allclose(found.values, (grad * own).sum(1), atol=1e-12)


def test_hiding_is_replacing_the_token():
    net, ids = classifier(), tokenizer()(TEXT, return_tensors="pt")["input_ids"]
    e = jx.explain(net, TEXT, "occlusion", tokenizer=tokenizer(), target=2)
    twin = bert().eval()
    with torch.no_grad():
        whole = twin(ids).logits[0, 2].item()
        for k, value in enumerate(e.values):
            masked = ids.clone()
            masked[0, k + 1] = tokenizer().mask_token_id
            assert value == pytest.approx(whole - twin(masked).logits[0, 2].item(), abs=1e-12)
    assert e.output == pytest.approx(whole, abs=1e-12)


def test_integrated_gradients_as_captum_s_layer_variant():
    captum = pytest.importorskip("captum.attr")
    net, ids = bert().eval(), tokenizer()(TEXT, return_tensors="pt")["input_ids"]
    start = ids.clone()
    start[0, 1:-1] = tokenizer().mask_token_id
    peer = captum.LayerIntegratedGradients(lambda i: net(i).logits, net.bert.embeddings.word_embeddings)
    theirs = peer.attribute(ids, start, target=0, n_steps=200, method="gausslegendre").sum(2)[0, 1:-1]
    ours = jx.explain(bert(), TEXT, "integrated_gradients", tokenizer=tokenizer(), target=0, **EXACT)
    np.testing.assert_allclose(ours.values, theirs.detach(), atol=1e-9)
    assert abs(ours.gap) < 1e-9


# tokens, words and special tokens


def test_tokens_as_they_stand_in_the_text():
    e = jx.explain(classifier(), TEXT, "saliency", tokenizer=tokenizer())
    tokens = tokenizer().convert_ids_to_tokens(tokenizer()(TEXT)["input_ids"])[1:-1]
    known = [(n.lower(), t.removeprefix("##")) for n, t in zip(e.layout.names, tokens, strict=True)]
    assert all(n == t for n, t in known if t != "[UNK]")
    assert (",", "[UNK]") in known
    assert "".join(e.layout.data) == TEXT
    assert "[CLS]" not in e.layout.names


def test_words_are_sums_of_their_tokens():
    options = {"tokenizer": tokenizer(), "target": 0}
    by_token = jx.explain(classifier(), TEXT, "integrated_gradients", **options, **EXACT)
    by_word = jx.explain(classifier(), TEXT, "integrated_gradients", words=True, **options, **EXACT)
    assert by_word.layout.names == ("The", "movie", "was", "unplayable", ",", "great")
    starts = [i for i, p in enumerate(by_token.layout.data) if i == 0 or p[0] == " " or p == ","]
    np.testing.assert_allclose(by_word.values, np.add.reduceat(by_token.values, starts), atol=1e-9)
    hidden = jx.explain(classifier(), TEXT, "exact_shap", words=True, **options)
    assert hidden.values.shape == (6,)
    assert hidden.evals < 200  # six players
    assert abs(hidden.gap) < 1e-12


def test_token_ids_as_they_are():
    ids = np.array(tokenizer()(TEXT)["input_ids"])
    options = {"method": "integrated_gradients", "target": 0}
    of_text = jx.explain(classifier(), TEXT, tokenizer=tokenizer(), **options, **EXACT)
    of_ids = jx.explain(classifier(), ids, layout="tokens", tokenizer=tokenizer(), **options, **EXACT)
    assert of_ids.values.shape == ids.shape
    assert of_ids.values[[0, -1]].tolist() == [0, 0]
    assert of_ids.layout.names[0] == "[CLS]"
    np.testing.assert_allclose(of_ids.values[1:-1], of_text.values, atol=1e-9)
    free = jx.explain(classifier(), ids, layout="tokens", names=map(str, ids), baseline="zeros", **options)
    assert free.values[0] != 0  # nobody says what is special
    both = jx.explain(classifier(), np.stack([ids, ids]), "saliency", layout="tokens", tokenizer=tokenizer())
    assert both.values.shape == (2, len(ids))


def test_a_tokenizer_of_tokenizers_with_padding():
    from tokenizers import Tokenizer

    padded = Tokenizer.from_str(pieces().to_str())
    padded.enable_padding(length=24, pad_id=0, pad_token="[PAD]")
    for method in ("saliency", "occlusion"):
        plain = jx.explain(classifier(), TEXT, method, tokenizer=tokenizer(), target=0)
        other = jx.explain(classifier(), TEXT, method, tokenizer=padded, target=0)
        assert other.layout.names == plain.layout.names
        np.testing.assert_allclose(other.values, plain.values, atol=1e-12)


def test_a_tokenizer_without_places_in_the_text():
    slow = transformers.ByT5Tokenizer()
    net = seeded(Wide().double(), 4)
    e = jx.explain(net, "a é", "saliency", tokenizer=slow)
    assert len(e.layout.names) == 4  # bytes; the end token is no part of the text
    assert e.layout.names[0] == "a"


class Wide(Bag):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(400, 4)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mask", "the mask token"),
        ("pad", "the padding token"),
        ("zeros", "embeddings of zero"),
        ("mean", "the mean embedding of all tokens"),
    ],
)
def test_baselines_by_name(name, words):
    net = seeded(Bag().double(), 3)
    e = jx.explain(net, "a great film", "integrated_gradients", tokenizer=word_ids(), target=1, baseline=name)
    table = net.words.weight.detach()
    row = {"mask": table[4], "pad": table[0], "zeros": torch.zeros(4).double(), "mean": table.mean(0)}[name]
    np.testing.assert_allclose(e.values, (table[[5, 6, 11]] - row) @ net.head.weight[1].detach() / 5, atol=1e-10)
    assert e.baseline == words


def test_baselines_of_other_texts_are_cut_or_padded():
    net = seeded(Bag().double(), 3)
    options = {"tokenizer": word_ids(), "target": 1}
    e = jx.explain(net, "a great film", "integrated_gradients", baseline=["a bad", "not a bad plot film"], **options)
    table, weight = net.words.weight.detach(), net.head.weight[1].detach()
    start = (table[[5, 12, 0]] + table[[9, 5, 12]]) / 2
    np.testing.assert_allclose(e.values, (table[[5, 6, 11]] - start) @ weight / 5, atol=1e-10)


def test_the_first_baseline_is_the_mask_or_what_there_is():
    assert "Baseline chosen for you: the mask token." in jx.explain(classifier(), TEXT, tokenizer=tokenizer()).notes
    e = jx.explain(gpt(), "the movie", tokenizer=byte_level(), samples=20)
    assert e.baseline == "embeddings of zero"


# models


def test_labels_target_and_method():
    e = jx.explain(classifier(), TEXT, tokenizer=tokenizer(), samples=40)
    assert e.method == "integrated_gradients"
    assert e.target in {"bad", "meh", "good"}
    assert jx.explain(classifier(), TEXT, "saliency", tokenizer=tokenizer(), target="meh").target_index == 1
    p = jx.explain(classifier(), TEXT, "saliency", tokenizer=tokenizer(), link="probability")
    assert 0 < p.output < 1
    assert p.unit == "probability"


def test_a_pipeline_knows_its_tokenizer():
    pipe = transformers.pipeline("text-classification", model=bert(), tokenizer=tokenizer())
    mine = jx.explain(pipe, TEXT, "saliency", target=0)
    np.testing.assert_array_equal(
        mine.values, jx.explain(bert(), TEXT, "saliency", tokenizer=tokenizer(), target=0).values
    )


@pytest.mark.parametrize(
    "method",
    ["saliency", "smoothgrad", "integrated_gradients", "expected_gradients", "deep_lift", "lrp", "guided_backprop"],
)
def test_a_causal_language_model_is_asked_for_its_next_token(method):
    net, text = gpt(), "the great movie was"
    with torch.no_grad():
        scores = gpt().eval()(byte_level()(text, return_tensors="pt")["input_ids"]).logits[0, -1]
    e = jx.explain(net, text, method, tokenizer=byte_level(), samples=40)
    assert e.target_index == int(scores.argmax())
    assert e.output == pytest.approx(scores.max().item())
    assert e.layout.names == ("the", "great", "mo", "vie", "was")


def test_next_tokens_by_id_and_by_text():
    great = byte_level().convert_tokens_to_ids("Ġgreat")
    for target in ("great", " great", "Ġgreat", great):
        e = jx.explain(gpt(), "the movie was", "saliency", tokenizer=byte_level(), target=target)
        assert (e.target_index, e.target) == (great, "great")
    inside = jx.explain(gpt(), "the movie was", "saliency", tokenizer=byte_level(), target="vie")
    assert inside.target == "…vie"
    with pytest.raises(ValueError, match=r"target must be one of 0…299"):
        jx.explain(gpt(), "the movie was", "saliency", tokenizer=byte_level(), target="no such token")


def test_llama_and_a_long_vocabulary():
    config = transformers.LlamaConfig(vocab_size=320, max_position_embeddings=16, **SMALL)
    net = seeded(transformers.LlamaForCausalLM(config).double(), 2)
    e = jx.explain(net, "the movie was", "integrated_gradients", tokenizer=byte_level(), target=310, samples=20_000)
    assert e.target == "id 310"
    assert abs(e.gap) < e.error < 1e-4  # its norms are in single precision, whatever the rest is in


def test_parts_of_a_character_are_one_token():
    e = jx.explain(gpt(), "a 🙂 b", "saliency", tokenizer=byte_level())
    assert e.layout.names == ("a", "␣", "🙂", "␣", "b")  # this vocabulary has spaces of their own


def test_a_masked_language_model_is_asked_for_its_mask():
    net, text = bert("BertForMaskedLM"), "the movie was [MASK] fun"
    e = jx.explain(net, text, "occlusion", tokenizer=tokenizer(), words=True, baseline="pad")
    assert e.values[list(e.layout.names).index("[MASK]")] == 0
    assert jx.explain(net, text, "saliency", tokenizer=tokenizer(), target="[UNK]").target == "[UNK]"
    with pytest.raises(ValueError, match=r"target must be one of .*got '☃'"):  # which this tokenizer does not know
        jx.explain(net, text, "saliency", tokenizer=tokenizer(), target="☃")
    ids = tokenizer()(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        scores = bert("BertForMaskedLM").eval()(ids).logits[0, ids[0].tolist().index(tokenizer().mask_token_id)]
    assert e.output == pytest.approx(scores.max().item())


def test_one_score_for_each_token_wants_a_reduction():
    net = bert("BertForTokenClassification")
    with pytest.raises(ValueError, match=r"dense output of shape \(\d+, 3\) needs a target \(index, …\) or a callable"):
        jx.explain(net, TEXT, tokenizer=tokenizer())
    whole = jx.explain(net, TEXT, "saliency", tokenizer=tokenizer(), target=lambda out: out[:, :, 1].sum(1))
    first = jx.explain(net, TEXT, "saliency", tokenizer=tokenizer(), target=(1, 1))
    assert whole.values.shape == first.values.shape


class Returning(nn.Module):
    """A classifier that gives its scores back in some container."""

    def __init__(self, pack):
        super().__init__()
        self.inner, self.pack = bert(), pack

    def forward(self, input_ids, attention_mask=None):
        return self.pack(self.inner(input_ids, attention_mask=attention_mask).logits)


@pytest.mark.parametrize(
    "pack", [lambda t: t, lambda t: (t, None), lambda t: {"logits": t}, lambda t: {"loss": 0, "out": t}]
)
def test_containers_of_scores(pack):
    e = jx.explain(Returning(pack), TEXT, "saliency", tokenizer=tokenizer(), target=0)
    plain = jx.explain(bert(), TEXT, "saliency", tokenizer=tokenizer(), target=0)
    np.testing.assert_allclose(e.values, plain.values, atol=1e-14)


@pytest.mark.parametrize("kind", ["Roberta", "DistilBert", "Electra", "GPT2"])
def test_other_architectures(kind):
    sizes = SMALL | {"vocab_size": 70, "num_labels": 3}
    if kind == "Roberta":
        sizes |= {"max_position_embeddings": 26, "pad_token_id": 0}
    if kind == "DistilBert":
        sizes = {"vocab_size": 70, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "num_labels": 3}
    if kind == "GPT2":
        sizes = {"vocab_size": 70, "n_embd": 16, "n_layer": 2, "n_head": 2, "num_labels": 3, "pad_token_id": 0}
    config = getattr(transformers, f"{kind}Config")(**sizes)
    net = seeded(getattr(transformers, f"{kind}ForSequenceClassification")(config).double(), 5)
    e = jx.explain(net, TEXT, "integrated_gradients", tokenizer=tokenizer(), **EXACT)
    with torch.no_grad():
        scores = net.eval()(**tokenizer()(TEXT, return_tensors="pt")).logits[0]
    assert e.output == pytest.approx(scores.max().item())
    assert abs(e.gap) < 1e-6


def test_a_long_text_is_cut_and_says_so():
    e = jx.explain(classifier(), TEXT * 5, "saliency", tokenizer=tokenizer())
    assert len(e.layout.names) == 22  # 24 places, two for special tokens
    assert any(n.startswith("Text cut: BertForSequenceClassification takes 24 tokens") for n in e.notes)
    config = transformers.RobertaConfig(vocab_size=70, max_position_embeddings=16, pad_token_id=1, **SMALL)
    roberta = transformers.RobertaForSequenceClassification(config)
    found = jx.explain(roberta, TEXT * 5, "saliency", tokenizer=tokenizer())
    assert len(found.layout.names) == 12  # positions begin after the padding's: 14 places


def test_half_precision_and_a_compiled_module():
    half = bert().to(torch.bfloat16)
    assert np.isfinite(jx.explain(half, TEXT, "integrated_gradients", tokenizer=tokenizer(), samples=40).values).all()
    net = torch.compile(bert(), backend="eager")
    np.testing.assert_allclose(
        jx.explain(net, TEXT, "saliency", tokenizer=tokenizer(), target=0).values,
        jx.explain(bert(), TEXT, "saliency", tokenizer=tokenizer(), target=0).values,
        atol=1e-12,
    )


# no harm


@pytest.mark.parametrize("method", ["integrated_gradients", "deep_lift", "occlusion", "attention_rollout"])
def test_model_and_tokenizer_stay_what_they_are(method):
    net, tok = bert().train(), tokenizer()
    before = state_of(net), net.config.to_dict(), tok.backend_tokenizer.to_str()
    jx.explain(net, TEXT * 4, method, tokenizer=tok, samples=40)
    assert (state_of(net), net.config.to_dict(), tok.backend_tokenizer.to_str()) == before


def test_a_batch_of_texts():
    texts = ["great fun", TEXT]
    e = jx.explain(classifier(), texts, "integrated_gradients", tokenizer=tokenizer(), words=True, target=["good", 0])
    assert e.values.shape == (2, 6)
    assert e.values[0, 2:].tolist() == [0, 0, 0, 0]
    one = jx.explain(classifier(), texts[0], "integrated_gradients", tokenizer=tokenizer(), words=True, target="good")
    np.testing.assert_allclose(e.values[0, :2], one.values, atol=1e-8)


def test_the_explorer():
    with Explorer(classifier(), ["great fun", TEXT], tokenizer=tokenizer(), words=True, target="good") as ex:
        assert ex.wait(60).layout.names == ("great", "fun")
        assert ex.method == "integrated_gradients"
        assert [b["value"] for b in ex._panel["baselines"]] == ["mask", "pad", "zeros", "mean"]
        ex.row = 1
        e = ex.wait(60)
        assert ex._panel["rows"]["count"] == 2
        names = {"jx": jx, "model": classifier(), "x": ["great fun", TEXT], "tokenizer": tokenizer()}
        again = eval(ex._panel["code"], names)
        np.testing.assert_array_equal(again.values, e.values)


# refusals


@pytest.mark.parametrize(
    ("x", "options", "error", "words"),
    [
        (TEXT, {}, ValueError, r"tokenizer= must say how"),
        ([TEXT], {}, ValueError, r"tokenizer= must say how"),
        (TEXT, {"tokenizer": 3}, TypeError, r"tokenizer: must be a tokenizer .*; got int"),
        (TEXT, {"tokenizer": str.split}, TypeError, r"got method_descriptor"),
        ("", {"tokenizer": True}, ValueError, r"at least one word; got ''"),
        ([TEXT, 3], {"tokenizer": True}, ValueError, r"got int at place 1"),
        (TEXT, {"tokenizer": True, "baseline": "blur"}, ValueError, r"one of 'mask', 'pad', 'zeros', 'mean'"),
        (TEXT, {"tokenizer": True, "words": "yes"}, ValueError, r"words: must be True"),
        (TEXT, {"tokenizer": True, "method": "grad_cam"}, ValueError, r"Grad-CAM: needs an image or a series"),
        ([0.5, 1.5], {"layout": "tokens"}, ValueError, r"x: token ids must be whole numbers"),
        ([5, 6], {"layout": "tokens", "names": ["a"]}, ValueError, r"names: must be 2 tokens; got 1 names"),
        ([5, 6], {"layout": "tokens", "baseline": ["a b"]}, ValueError, r"baseline: texts need tokenizer="),
        (np.zeros(3), {"tokenizer": True}, ValueError, r"tokenizer: is for a text"),
    ],
)
def test_refused(x, options, error, words):
    options = {k: tokenizer() if v is True else v for k, v in options.items()}
    with pytest.raises(error, match=words):
        jx.explain(classifier(), x, **options)


def test_a_network_that_looks_nothing_up():
    class Hot(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(13, 2)

        def forward(self, ids):
            return self.head(nn.functional.one_hot(ids, 13).float().mean(1))

    with pytest.raises(
        ValueError, match=r"must look the tokens up in an embedding .*; got a network that looks up none"
    ):
        jx.explain(Hot(), "a great film", tokenizer=word_ids())


def test_other_tables_with_the_same_ids_are_named():
    class Two(Bag):
        def __init__(self):
            super().__init__()
            self.more = nn.Embedding(13, 4)

        def forward(self, ids):
            return self.head(self.words(ids).mean(1) + self.more(ids).mean(1))

    e = jx.explain(seeded(Two(), 6), "a great film", "saliency", tokenizer=word_ids())
    assert any("more than one table" in n for n in e.notes)
