"""Guess first, then see: what is asked, what is held back, what counts as right."""

import json

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.explanation import Attribution, Layout
from jupyter_explain.lesson.quiz import Plan, pose

WEIGHTS = np.array([1.0, -3.0, 0.5, 2.0, 0.0])
NAMES = ("age", "height", "weight", "speed", "noise")
TABLE = np.random.default_rng(0).normal(size=(20, 5))
ONES = np.ones((2, 5))


def linear(rows):
    return np.asarray(rows) @ WEIGHTS


def explorer(**options):
    """Values are the weights themselves."""
    first = {"method": "exact_shap", "baseline": np.zeros((1, 5)), "names": NAMES}
    return jx.explore(linear, ONES, **{**first, **options})


def answer(values, stderr=None, names=None, kind="table"):
    values = np.asarray(values, float)
    names = tuple(f"x{i}" for i in range(values.size)) if names is None else names
    stderr = None if stderr is None else np.full(values.shape, stderr)
    return Attribution(values=values, stderr=stderr, error=0.0, error_kind="exact", layout=Layout(kind, names))


# --- what is right -------------------------------------------------------------------------------------


def test_the_strongest_are_those_with_the_largest_sizes():
    quiz = pose(Plan("top", 2), answer(WEIGHTS, names=NAMES))
    assert {quiz.labels[i] for i in quiz.truth} == {"height", "speed"}
    assert quiz.score(quiz.truth) == 1.0
    assert quiz.score(quiz.read(["height", "noise"])) == 0.5


def test_of_many_features_a_dozen_is_offered_in_their_own_order():
    values = np.linspace(-1, 1, 101) ** 3
    quiz = pose(Plan("top", 3), answer(values))
    places = [int(label[1:]) for label in quiz.labels]
    assert len(places) == 12
    assert places == sorted(places)
    assert {places[i] for i in quiz.truth} <= {0, 1, 2, 98, 99, 100}
    assert min(abs(values[p]) for p in places) < 0.01  # weak ones are among them


def test_signs():
    quiz = pose(Plan("sign", 5), answer(WEIGHTS, names=NAMES))
    assert quiz.labels == ("age", "height", "weight", "speed")  # zero has no sign
    assert quiz.words(quiz.truth) == {"age": "up", "height": "down", "weight": "up", "speed": "up"}
    assert quiz.score(quiz.read({"age": "up", "height": "up", "weight": "up", "speed": "up"})) == 0.75


def test_an_order_scores_the_pairs_that_are_in_order():
    quiz = pose(Plan("rank", 4), answer(WEIGHTS, names=NAMES))
    assert quiz.words(quiz.truth) == ["height", "speed", "age", "weight"]
    assert quiz.score(quiz.read(["height", "speed", "age", "weight"])) == 1.0
    assert quiz.score(quiz.read(["weight", "age", "speed", "height"])) == 0.0
    assert quiz.score(quiz.read(["speed", "height", "age", "weight"])) == pytest.approx(5 / 6)


def test_regions_of_a_picture():
    values = np.zeros((9, 9))
    values[:3, 6:] = -1.0
    values[6:, :3] = 0.4
    quiz = pose(Plan("region", 2), answer(values, kind="image"))
    assert quiz.words(quiz.truth) == ["top right", "bottom left"]
    assert quiz.score(quiz.read(["top right", "centre"])) == 0.5


def test_names_that_occur_twice_are_told_apart():
    quiz = pose(Plan("top", 1), answer([1.0, 0.1, 3.0], names=("the", "cat", "the"), kind="text"))
    assert quiz.labels == ("the (1)", "cat", "the (3)")
    assert quiz.words(quiz.truth) == ["the (3)"]


@pytest.mark.parametrize(("kind", "count"), [("top", 2), ("rank", 3), ("sign", 3)])
def test_a_verdict_within_the_answers_error_is_called_unsettled(kind, count):
    values = [3.0, 2.0, 1.0, 0.5]
    assert pose(Plan(kind, count), answer(values, stderr=0.01)).settled
    assert not pose(Plan(kind, count), answer(values, stderr=0.8)).settled


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("top", ["age"]),
        ("top", ["age", "age"]),
        ("top", ["age", "colour"]),
        ("top", "age"),
        ("top", [0, 9]),
        ("top", [0, True]),
        ("rank", ["age", "height"]),
        ("sign", {"age": "up"}),
        ("sign", [1, 1, 1, 0]),
        ("sign", [1, 1, 1, "left"]),
        ("sign", 3),
    ],
)
def test_what_does_not_answer_the_question_is_refused(kind, given):
    quiz = pose(Plan(kind, {"top": 2, "rank": 4, "sign": 4}[kind]), answer(WEIGHTS, names=NAMES))
    with pytest.raises(ValueError, match=r"guess: must (be|say) .*; got"):
        quiz.read(given)


@pytest.mark.parametrize("kind", ["top", "rank", "sign"])
def test_nothing_is_asked_where_there_is_nothing_to_ask(kind):
    with pytest.raises(ValueError, match="quiz: needs"):
        pose(Plan(kind, 3), answer([0.0] if kind == "top" else [0.0, 0.0, 0.0]))


# --- in the Explorer -----------------------------------------------------------------------------------


def test_no_byte_of_the_answer_is_sent_before_the_guess():
    with explorer() as w:
        w.wait(30)
        assert "image/png" in w._repr_mimebundle_()[0]
        sent = []
        w.send = lambda content, buffers=None: sent.append((content, buffers))
        w.quiz("top", count=2)
        w.wait(30)
        w.row = 1
        w.wait(30)
        assert {content["kind"] for content, _ in sent} <= {"started", "withheld"}
        assert not any(buffers for _, buffers in sent)
        assert w._result == {}
        assert set(w._quiz) == {"state", "kind", "question", "labels", "pick"}
        saved = w._repr_mimebundle_()[0]
        assert "image/png" not in saved
        assert saved["text/plain"] == "A question about an explanation, which is hidden until it is answered."
        w._inbox.receive(w, {"kind": "sync", "run": 0}, [])
        assert "answer" not in {content["kind"] for content, _ in sent}
        assert w.guess(["height", "speed"]) == 1.0
        w.wait(30)
        assert "answer" in {content["kind"] for content, _ in sent}
        assert w._result["message"]["kind"] == "answer"
        assert w._quiz["state"] == "revealed"


def test_a_quiz_from_the_start_never_sends_an_answer():
    with explorer(quiz={"kind": "rank", "count": 3, "question": "Which first?"}) as w:
        w.wait(30)
        assert (w._quiz["question"], w._quiz["pick"], w._result) == ("Which first?", 3, {})


def test_a_guess_is_kept_as_plain_values():
    with explorer(quiz="top") as w:
        w.wait(30)
        w._inbox.receive(w, {"kind": "guess", "picks": [0, 1, 2]}, [])
        (kept,) = json.loads(json.dumps(w.answers))
        assert kept["given"] == ["age", "height", "weight"]
        assert kept["truth"] == ["height", "speed", "age"]
        assert kept["score"] == pytest.approx(2 / 3)
        assert kept["state"] == w.state()


def test_what_was_revealed_goes_when_the_controls_move_on():
    with explorer(quiz="top") as w:
        w.wait(30)
        w.guess([0, 1, 2])
        w.wait(30)
        assert w._quiz["state"] == "revealed"
        w.row = 1
        assert w._quiz == {}
        assert w.wait(30) is not None


def test_the_question_follows_the_controls_while_it_is_open():
    with jx.explore(linear, TABLE, method="exact_shap", names=NAMES, quiz="rank", baseline="zeros") as w:
        for row in range(3):
            w.row = row
            e = w.wait(30)
            order = [NAMES[i] for i in np.argsort(-np.abs(e.values.ravel()))][:4]
            assert w._posed.words(w._posed.truth) == order


def test_a_method_without_attributions_is_named_and_nothing_is_shown():
    with explorer(quiz="top") as w:
        w.wait(30)
        w.method = "partial_dependence"
        w.wait(30)
        assert "asks about attributions" in w._quiz["reason"]
        assert w._result == {}
        w.method = "exact_shap"
        w.wait(30)
        assert w._quiz["state"] == "open"


def test_a_quiz_can_be_called_off():
    with explorer(quiz="top") as w:
        w.wait(30)
        w.quiz(None)
        w.wait(30)
        assert (w._quiz, w.answers) == ({}, [])
        assert w._result["message"]["kind"] == "answer"


def test_a_guess_without_a_question_is_refused():
    with explorer() as w:
        with pytest.raises(ValueError, match=r"guess: needs an open question; quiz\(\) asks one"):
            w.guess([1])
        w.quiz("sign")
        w.wait(30)
        with pytest.raises(ValueError, match="must say 'up' or 'down' of each of age, height, weight, speed"):
            w.guess(["up"])
        assert w._quiz["state"] == "open"
        assert w.answers == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "region"}, "kind must be 'auto' or one of top, sign, rank for table input"),
        ({"kind": "top", "count": 0}, "count must be a whole number from 1 to 8"),
        ({"kind": "rank", "count": 1}, "count must be a whole number from 2 to 8"),
        ({"kind": "top", "question": 3}, "question must be a text"),
    ],
)
def test_a_quiz_that_makes_no_sense_is_refused(arguments, said):
    with explorer() as w, pytest.raises(ValueError, match=said):
        w.quiz(**arguments)


# --- checks --------------------------------------------------------------------------------------------


def test_checks_compare_controls_settings_errors_and_names():
    with explorer(method="lime", kernel_width=0.5, samples=400, row=1) as w:
        expected = {"method": "lime", "kernel_width": 0.5, "row": {0, 1}, "samples": lambda n: n >= 400}
        assert w.check(expected)[0] == 1.0
        assert w.check({"settings": {"kernel_width": 0.5, "regressor": "ridge"}})[0] == 1.0
        score, words = w.check({"method": "lime", "seed": 3})
        assert score == 0.5
        assert words.splitlines() == ["✓ method is 'lime'", "✗ seed is 0: not what was asked for"]
        assert w.check({"depth": 3}) == (0.0, "✗ depth: LIME has no such setting")


def test_checks_wait_for_the_answer():
    with explorer() as w:
        assert w.check({"error": 0.0, "gap": 1e-9, "top": ["speed", "height"]})[0] == 1.0
        score, words = w.check({"top": ["age"], "error": -1})
        assert score == 0.0
        assert words.splitlines()[0] == "✗ the strongest are not those that were asked for: height"


def test_checks_of_guesses():
    with explorer(quiz="top") as w:
        w.wait(30)
        assert w.check({"score": 0.5}) == (0.0, "✗ score: nothing was guessed yet")
        w.guess(["height", "speed", "noise"])
        assert w.check({"score": 0.6})[0] == 1.0
        assert w.check({"score": 0.7})[0] == 0.0


@pytest.mark.parametrize("expected", [{}, None, {"colour": 1}])
def test_a_check_of_nothing_is_refused(expected):
    with explorer() as w, pytest.raises(ValueError, match="check: "):
        w.check(expected)
