"""Anchors and counterfactuals of texts and images: players are hidden as the masker hides them."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import jupyter_explain as jx
from jupyter_explain.counterfactuals.smallest import Smallest
from jupyter_explain.rules.pruning import Pruning
from jupyter_explain.wire import answer_message

TEXT = "this film is not good but the music was good"
SIDE = 4  # patches on each side of the picture


def mood(texts):
    """Praise, unless there is a "not" or the film is missing."""
    words = [t.split() for t in texts]
    yes = np.array([("good" in w) and ("not" not in w) and ("film" in w) for w in words], float)
    return np.stack([1 - yes, yes], 1)


class Votes(torch.nn.Module):
    """A class for each of three weighted sums over the patches of a picture."""

    def __init__(self, weights):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.tensor(weights, dtype=torch.float32))

    def forward(self, x):
        patches = torch.nn.functional.avg_pool2d(x, 2).flatten(1)
        return torch.tanh(patches) @ self.weights.T + torch.tensor([0.3, 0.0, 0.0])


def votes(seed, players=SIDE**2):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(3, SIDE**2))
    picture = np.zeros((1, 2 * SIDE, 2 * SIDE), np.float32)
    on = rng.choice(SIDE**2, players, replace=False)
    for p in on:
        row, column = 2 * (p // SIDE), 2 * (p % SIDE)
        picture[0, row : row + 2, column : column + 2] = 0.4 + 0.6 * rng.random()
    return Votes(weights), picture


OPTIONS = {"baseline": "zeros", "groups": "patches", "segments": SIDE**2}


def decided(model, picture):
    return int(model(torch.from_numpy(picture)[None]).argmax())


def hide(picture, players):
    out = picture.copy()
    for p in players:
        row, column = 2 * (p // SIDE), 2 * (p % SIDE)
        out[0, row : row + 2, column : column + 2] = 0
    return out


def smallest(model, picture):
    """The size of the smallest set whose absence changes the decision, by trying all; None where none does."""
    on = [p for p in range(SIDE**2) if hide(picture, [p]).sum() < picture.sum()]
    own = decided(model, picture)
    for k in range(1, len(on) + 1):
        if any(decided(model, hide(picture, s)) != own for s in itertools.combinations(on, k)):
            return k
    return None


# the search


def answers(search, margin):
    """Runs a search to its end against a margin of sets of players."""
    steps = search.steps()
    sets, ref = next(steps)
    while True:
        try:
            sets, ref = steps.send(np.array([margin(frozenset(np.flatnonzero(s)), ref) for s in sets]))
        except StopIteration:
            return search


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_set_is_that_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    n = 7
    game = {frozenset(s): rng.normal(-1.2) for k in range(n + 1) for s in itertools.combinations(range(n), k)}
    search = answers(Smallest(np.ones(n, bool), 1, rng), lambda s, ref: game[s])
    good = [s for s, v in game.items() if v > 0 and s]
    best = min(map(len, good), default=n + 1)
    assert search.best == best
    if good:
        assert search.proved + 1 >= best
    else:
        assert search.exhausted


def test_players_that_must_stay_stay_and_every_reference_row_is_tried():
    allowed = np.array([True, False, True, True])
    wins = lambda s, ref: 1.0 if ref == 1 and {2, 3} <= s else -1.0  # noqa: E731
    search = answers(Smallest(allowed, 2, np.random.default_rng(0)), wins)
    ((hidden, ref),) = search.found.values()
    assert (np.flatnonzero(hidden).tolist(), ref) == ([2, 3], 1)
    assert not any(s[1] for s, _ in search.found.values())


def test_pruning_ends_where_nothing_can_be_left_out():
    need = {1, 4, 7}
    search = Pruning(np.ones(10, bool))
    asked = 0
    while len(search.tries):
        asked += len(search.tries)
        search.tell(np.array([1.0 if need <= set(np.flatnonzero(t)) else -1.0 for t in search.tries]))
    assert set(np.flatnonzero(search.left)) == need
    assert asked <= 30


# counterfactuals


def test_the_fewest_words_are_found_and_proved():
    e = jx.explain(mood, TEXT, "counterfactual")
    assert [e.names[i] for i in np.flatnonzero(e.changed[0])] == ["not"]
    assert len(e.rows) == 1, "without it nothing else matters"
    assert e.inputs[0] == "this film is good but the music was good"
    assert (e.decision, e.decisions[0], e.error_kind, e.error) == ("class 0", "class 1", "exact", 0.0)
    assert "Would be class 1 instead of class 0 without “not”. No fewer words do" in str(e)


def test_a_word_that_must_stay_stays_and_none_found_is_proved():
    e = jx.explain(mood, TEXT, "counterfactual", fixed=["not"])
    assert e.rows == ()
    assert (e.error_kind, e.bound) == ("exact", True)
    assert "There is none: every choice was tried." in str(e)
    praise = "this film is good"
    e = jx.explain(mood, praise, "counterfactual", fixed="film", count=5)
    assert [e.names[i] for i in np.flatnonzero(e.changed[0])] == ["good"]
    e = jx.explain(mood, praise, "counterfactual", count=5)
    assert {e.names[int(np.flatnonzero(c)[0])] for c in e.changed} == {"film", "good"}


def test_the_users_own_estimator_decides_about_texts():
    texts = ["good film", "bad film", "good music", "bad music", "good", "bad"]
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, ["yes", "no"] * 3)
    e = jx.explain(model, "a good good bad film", "counterfactual")
    assert (e.decision, e.decisions[0]) == ("yes", "no")
    assert model.predict(list(e.inputs)).tolist() == ["no"] * len(e.inputs)
    assert e.changed[0].sum() == 2
    assert len(e.rows) >= 1


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_mask_is_that_of_brute_force(seed):
    model, picture = votes(seed, 8)
    best = smallest(model, picture)
    e = jx.explain(model, picture, "counterfactual", **OPTIONS, samples=20_000)
    assert e.error_kind == "exact"
    assert (e.distances[0] if len(e.rows) else None) == best
    for changed, given in zip(e.changed, e.inputs, strict=True):
        np.testing.assert_array_equal(given, hide(picture, np.flatnonzero(changed)))
        assert decided(model, given) != decided(model, picture)
        for p in np.flatnonzero(changed):
            fewer = [i for i in np.flatnonzero(changed) if i != p]
            assert not fewer or decided(model, hide(picture, fewer)) == decided(model, picture)


def test_every_answer_says_how_much_smaller_it_might_be():
    model, picture = votes(11, 16)
    best = smallest(model, picture)
    sizes = []
    for e in jx.stream(model, picture, "counterfactual", **OPTIONS):
        if len(e.rows):
            assert e.distances[0] - e.error <= best <= e.distances[0]
            assert e.error_kind == ("exact" if e.final else "bound")
            sizes.append(e.distances[0])
    assert np.all(np.diff(sizes) <= 0)
    assert sizes[-1] == best


def test_several_pictures_to_hide_behind():
    model, picture = votes(3, 8)
    behind = np.random.default_rng(0).random((6, *picture.shape)).astype(np.float32)
    e = jx.explain(model, picture, "counterfactual", **OPTIONS | {"baseline": behind}, samples=3000)
    assert "Hidden behind 4 of 6 baseline rows" in " ".join(e.notes)
    assert e.pieces.absent is None
    assert all(decided(model, given) != decided(model, picture) for given in e.inputs)


@pytest.mark.parametrize("goal", [None, "<= 0", "< 0.5"])
def test_an_output_just_on_the_goal_reaches_it(goal):
    e = jx.explain(lambda texts: np.array([t == "a b c" for t in texts], float), "a b c", "counterfactual", goal=goal)
    cut = "< 0.5" if goal == "< 0.5" else "≤ 0"
    assert set(e.decisions) == {f"output {cut}"} == {e.goal}
    assert e.decision == f"output {'≥ 0.5' if goal == '< 0.5' else '> 0'}"


@pytest.mark.parametrize("goal", ["> 1.2.3", "> .", "> 1e400", "> nan"])
def test_a_goal_that_is_no_number_is_refused(goal):
    with pytest.raises(ValueError, match=r"Counterfactuals: goal must be like '> 0.8' .*; got '>"):
        jx.explain(lambda texts: np.array([float(len(t)) for t in texts]), "a b", "counterfactual", goal=goal)


def test_below_is_not_at_most():
    count = lambda texts: np.array([len(t.split()) for t in texts], float)  # noqa: E731
    fewest = {g: jx.explain(count, "a b c", "counterfactual", goal=g).distances[0] for g in ("<= 2", "< 2")}
    assert fewest == {"<= 2": 1, "< 2": 2}
    none = jx.explain(lambda texts: count(texts) * 0, "a b", "counterfactual", goal="> 0")
    assert not none.decisions
    with pytest.raises(ValueError, match="something else than the output has"):
        jx.explain(count, "a b c", "counterfactual", goal=">= 3")


def test_a_goal_that_is_a_number_and_a_class_that_is_wanted():
    model, picture = votes(2, 10)
    own = decided(model, picture)
    for wanted in range(3):
        if wanted != own:
            e = jx.explain(model, picture, "counterfactual", **OPTIONS, goal=wanted, samples=4000)
            assert set(e.decisions) <= {f"class {wanted}"}
    e = jx.explain(lambda r: r.sum((1, 2)), picture[0], "counterfactual", layout="HW", goal="< 3", **OPTIONS)
    assert all(e.outputs < 3)
    assert len(e.outputs)


# anchors


def test_a_text_that_is_a_rule_gives_the_rule():
    e = jx.explain(mood, TEXT, "anchors", samples=6000)
    assert [c.column for c in e.rules[0].conditions] == ["not"]
    assert (e.rules[0].precision, e.reached, e.rules[0].coverage) == (1.0, True, 0.5)
    praise = jx.explain(mood, "this film is so good", "anchors", samples=6000)
    assert sorted(c.column for c in praise.rules[0].conditions) == ["film", "good"]
    assert praise.rules[0].coverage == 0.25
    assert "IF “film” AND “good” THEN class 1" in str(praise)
    assert "keeps 2 of 5 words" in str(praise)


def test_a_picture_that_is_a_rule_gives_the_rule():
    both = lambda r: np.stack([c := (r[:, 0, 0, 0] > 0) & (r[:, 0, 7, 7] > 0), ~c], 1).astype(float)  # noqa: E731
    e = jx.explain(both, np.ones((1, 8, 8), np.float32), "anchors", layout="CHW", **OPTIONS, samples=8000)
    assert np.flatnonzero(e.kept).tolist() == [0, 15]
    assert e.reached
    assert e.rules[0].precision == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_holds_the_true_precision(seed):
    """All maskings of eight segments are counted."""
    model, picture = votes(seed, 8)
    e = jx.explain(model, picture, "anchors", **OPTIONS, samples=5000, seed=seed)
    kept = set(np.flatnonzero(e.kept))
    free = [p for p in range(SIDE**2) if hide(picture, [p]).sum() < picture.sum() and p not in kept]
    sets = [s for k in range(len(free) + 1) for s in itertools.combinations(free, k)]
    own = decided(model, picture)
    truth = np.mean([decided(model, hide(picture, s)) == own for s in sets])
    assert e.rules[0].low <= truth <= e.rules[0].high
    assert e.error >= abs(truth - e.rules[0].precision)


def test_counterexamples_keep_the_rule_and_need_all_that_they_hide():
    e = jx.explain(mood, TEXT, "anchors", samples=2000, rule=["film"])
    assert e.given
    assert not e.reached
    assert {tuple(e.pieces.names[i] for i in np.flatnonzero(o.hidden)) for o in e.others} == {("not",)}
    assert all("film" in t and mood([t])[0, 1] == 1 for t in e.counterexamples)
    assert "otherwise: without “not”" in str(e)


def test_of_a_table_only_what_a_counterexample_needs_is_shown():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 6))
    model = lambda r: np.stack([r[:, 0] + r[:, 1] <= 0, r[:, 0] + r[:, 1] > 0], 1).astype(float)  # noqa: E731
    e = jx.explain(model, np.full(6, 0.7), "anchors", baseline=rows, samples=3000, rule=["x0"])
    assert e.others
    for other in e.others:
        assert not other.known
        assert [column for column, _, _ in other.changes] in (["x1"], ["x0", "x1"])
    sent = answer_message(e, None, False, False)[0]["layout"]["others"]
    assert sent == [[list(c) for c in o.changes] for o in e.others]


def test_rows_and_rare_texts_stay_in_python():
    import pandas as pd

    rows = pd.DataFrame({"who": [f"person {i}" for i in range(40)], "a": np.arange(40.0), "b": 1.0, "c": 2.0})
    x = pd.DataFrame({"who": ["me"], "a": [0.0], "b": [1.0], "c": [2.0]})
    model = lambda r: np.stack([m := (r["who"] == "me").to_numpy(), ~m], 1).astype(float)  # noqa: E731
    e = jx.explain(model, x, "anchors", baseline=rows, samples=500, rule=["a"])
    assert e.others
    assert all(o.known for o in e.others)
    assert "person" not in json.dumps(answer_message(e, None, False, False)[0]) + str(e) + e.to_html()


def test_the_same_word_twice_has_two_names():
    e = jx.explain(mood, TEXT, "anchors", samples=500, rule=["good (2)", 3])
    assert [c.text for c in e.rules[0].conditions] == ["“not”", "“good” (2)"]


# what is refused


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("anchors", {"rule": ["sun"]}, "rule must name players"),
        ("anchors", {"rule": [99]}, "numbers from 0 to 9"),
        ("anchors", {"rule": 3}, "rule must be a list"),
        ("counterfactual", {"fixed": ["sun"]}, "fixed must name players"),
        ("counterfactual", {"fixed": list(range(10))}, "at least one word must be free"),
        ("counterfactual", {"bounds": {"film": (0, 1)}}, "bounds is for the columns of a table"),
        ("counterfactual", {"monotone": {"film": "up"}}, "monotone is for the columns of a table"),
        ("counterfactual", {"goal": 0}, "another class than the predicted one; got class 0"),
        ("counterfactual", {"goal": "class 7"}, "goal must be a class"),
        ("anchors", {"target": "maybe"}, "target must be"),
        ("anchors", {"labels": ["a"]}, "must name the 2 outputs"),
    ],
)
def test_what_makes_no_sense_is_refused(method, options, said):
    with pytest.raises(ValueError, match=said):
        jx.explain(mood, TEXT, method, samples=200, **options)


# what is shown


@pytest.mark.parametrize("method", ["anchors", "counterfactual"])
@pytest.mark.parametrize("kind", ["text", "image"])
def test_it_is_text_frame_picture_page_and_message(method, kind):
    model, picture = votes(1, 10)
    given = (mood, TEXT, {}) if kind == "text" else (model, picture, OPTIONS)
    e = jx.explain(given[0], given[1], method, samples=1500, **given[2])
    assert len(e.to_frame())
    assert e.to_html().startswith("<!DOCTYPE html>")
    assert e._repr_mimebundle_()["image/png"].startswith(b"\x89PNG")
    fields, arrays = answer_message(e, None, False, False)
    json.dumps(fields, allow_nan=False)
    layout = fields["layout"]
    sent = dict(zip(layout["arrays"], arrays, strict=True))
    assert layout["pieces"]["players"] == list(e.pieces.names)
    size = (2 * SIDE, 2 * SIDE) if kind == "image" else (10,)
    assert sent["map"].shape == size
    shown = layout["kept"] if method == "anchors" else layout["hidden"][0]
    assert shown == np.flatnonzero(e.kept if method == "anchors" else e.changed[0]).tolist()
    assert sum(a.nbytes for a in arrays) < 250_000


@pytest.mark.parametrize("kind", ["text", "picture", "series"])
def test_of_many_counterfactuals_some_are_drawn(kind):
    """Every part matters by itself, so each of ten is a counterfactual."""
    text, numbers = " ".join("abcdefghij"), np.ones((1, 8, 8), np.float32)
    if kind == "text":
        e = jx.explain(lambda texts: np.array([t == text for t in texts], float), text, "counterfactual", count=10)
    elif kind == "picture":
        whole = lambda rows: (rows.reshape(len(rows), -1).mean(1) > 0.999).astype(float)  # noqa: E731
        e = jx.explain(whole, numbers, "counterfactual", count=10, **OPTIONS)
    else:
        net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 1))
        torch.nn.init.ones_(net[1].weight)
        torch.nn.init.constant_(net[1].bias, -63.5)
        e = jx.explain(net, numbers[0], "counterfactual", count=10, baseline="zeros", goal="< 0")
    assert len(e.decisions) == 10
    assert e.to_html().startswith("<!DOCTYPE html>")


def test_large_pictures_are_sent_small():
    picture = np.random.default_rng(0).random((3, 500, 300)).astype(np.float32)
    model = lambda r: r[:, :, :100].mean((1, 2, 3))  # noqa: E731
    e = jx.explain(model, picture, "counterfactual", layout="CHW", baseline="zeros", segments=20, goal="< 0.3")
    _, arrays = answer_message(e, None, False, False)
    assert max(arrays[-1].shape) <= 224
    assert set(np.unique(arrays[-1])) == set(range(len(e.names)))
    assert len(e.rows)


def test_a_network_without_gradients_is_searched_without():
    class Steps(torch.nn.Module):
        def forward(self, x):
            on = (x[:, 0, 0, 0] > 0.5) & (x[:, 0, 7, 7] > 0.5)
            return torch.stack([on.float(), 1 - on.float()], 1)

    class Root(torch.nn.Module):
        def forward(self, x):
            return torch.stack([0 * x[:, 0, 0, 0] + 0.5, torch.sqrt(1 - x[:, 0, 0, 0])], 1)

    x = np.ones((1, 8, 8), np.float32)
    e = jx.explain(Steps(), x, "counterfactual", **OPTIONS)
    assert {tuple(np.flatnonzero(c)) for c in e.changed} == {(0,), (15,)}
    e = jx.explain(Root(), x, "counterfactual", **OPTIONS)
    assert (0,) in {tuple(np.flatnonzero(c)) for c in e.changed}
    assert "Searched without gradients" in " ".join(e.notes)


def test_the_explorer_takes_words_and_lets_them_go():
    with jx.explore(mood, TEXT, method="anchors", samples=1500) as w:
        assert w.wait(30).given is False
        w._inbox.receive(w, {"kind": "ask", "seq": 1, "changes": {"settings": {"rule": ["film"]}}, "coarse": False}, [])
        mine = w.wait(30)
        assert mine.given
        assert np.flatnonzero(mine.kept).tolist() == [1]
        wrong = {"kind": "ask", "seq": 2, "changes": {"settings": {"rule": ["sun"]}}, "coarse": False}
        w._inbox.receive(w, wrong, [])
        with pytest.raises(ValueError, match="rule must name players"):
            w.wait(30)
        w._inbox.receive(w, {"kind": "ask", "seq": 3, "changes": {"settings": {"rule": None}}, "coarse": False}, [])
        assert w.wait(30).given is False
