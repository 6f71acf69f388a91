"""A lesson's side of the Explorer: its state as a value, presets, locks."""

import json

import numpy as np
import pytest

import jupyter_explain as jx
from jupyter_explain.method import METHODS

WEIGHTS = np.array([1.0, -3.0, 0.5, 2.0])
TABLE = np.random.default_rng(0).normal(size=(20, 4))


def linear(rows):
    return np.asarray(rows) @ WEIGHTS


def explorer(**options):
    return jx.explore(linear, TABLE, **{"method": "exact_shap", **options})


def messages(w):
    """What is sent to the page from now on."""
    sent = []
    w.send = lambda content, buffers=None: sent.append((content, buffers))
    return sent


def ask(w, **changes):
    """The page asks for changes; returns what was refused."""
    sent = messages(w)
    w._inbox.receive(w, {"kind": "ask", "seq": 1, "changes": changes}, [])
    return next(c["refused"] for c, _ in sent if c["kind"] == "heard")


# --- state ---------------------------------------------------------------------------------------------


def test_a_state_restores_every_control():
    with explorer(method="lime", kernel_width=0.3, samples=200, row=3, seed=7, target=0) as w:
        w.edits = {"x1": 2.5}
        state = json.loads(json.dumps(w.state()))
        w.apply({"method": "permutation_shap", "row": 0, "seed": 0, "baseline": "zeros"})
        assert (w.method, w.row, w.edits, w.settings) == ("permutation_shap", 0, {}, {})
        w.apply(state)
        assert w.state() == state
        assert (w.method, w.row, w.edits, w.settings) == ("lime", 3, {"x1": 2.5}, {"kernel_width": 0.3})


def test_a_state_goes_to_another_explorer_and_gives_the_same_answer():
    with explorer(method="permutation_shap", row=2, seed=5, samples=40) as a, explorer() as b:
        b.apply(json.loads(json.dumps(a.state())))
        assert b.wait(30).values.tobytes() == a.wait(30).values.tobytes()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_the_defaults_of_every_method_can_be_written_down(name):
    from jupyter_explain.lesson.state import plain

    settings = {k: p.default for k, p in METHODS[name].settings.items()}
    assert json.loads(json.dumps(plain(settings))) == plain(settings)


def test_a_state_is_small_and_holds_no_data():
    with explorer(baseline=TABLE, method="permutation_shap") as w:
        text = json.dumps(w.state())
        assert len(text) < 4000
        assert w.state()["baseline"] == "given"
        assert str(TABLE[0, 0])[:6] not in text


def test_what_cannot_be_written_down_is_named_and_left_as_it_is():
    def total(outputs):
        return outputs.sum(-1)

    with explorer(target=total) as w:
        state = w.state()
        assert state["left_out"] == ["target"]
        assert "target" not in state
        w.apply(state)
        assert w.target is total


def test_a_baseline_that_was_chosen_for_the_user_stays_so():
    with explorer() as w:
        assert w.state()["baseline"] == "auto"
        chosen = w.baseline
        w.apply(w.state())
        assert (w.baseline, w.state()["baseline"]) == (chosen, "auto")
        w.baseline = chosen  # now it is the user's choice
        assert w.state()["baseline"] == chosen


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"row": 3, "seed": -1}, "seed"),
        ({"row": 3, "method": "lim"}, "method"),
        ({"method": "lime", "settings": {"depth": 3}}, "settings are"),
        ({"colour": "red"}, "state: names are method, target"),
        (3, "state: must be a dictionary"),
        ("Twins", "apply: presets are none"),
    ],
)
def test_a_state_that_is_wrong_somewhere_changes_nothing(state, said):
    with explorer(row=1) as w:
        before = w.state()
        with pytest.raises(ValueError, match=said):
            w.apply(state)
        assert w.state() == before


def test_applying_is_one_run():
    with explorer() as w:
        w.wait(30)
        run = w._run.number
        w.apply({"method": "permutation_shap", "row": 4, "seed": 3, "samples": 30, "baseline": "zeros"})
        assert w._run.number == run + 1


# --- presets -------------------------------------------------------------------------------------------

PRESETS = {
    "Narrow": {"method": "lime", "kernel_width": 0.2, "samples": 300, "note": "Watch R²."},
    "Another row": {"row": 5},
    "Zeros": {"baseline": "zeros"},
}


def test_presets_start_from_the_authors_controls_whatever_was_changed_since():
    with explorer(presets=PRESETS, seed=2) as w:
        first = w.state()
        w.seed, w.baseline = 9, "mean"
        w.apply("Another row")
        assert w.state() == first | {"row": 5}
        w.apply("Narrow")
        assert (w.method, w.settings, w.samples, w.row, w.seed) == ("lime", {"kernel_width": 0.2}, 300, 0, 2)
        w.settings = {"kernel_width": 5.0}
        w.apply("Narrow")
        assert w.settings == {"kernel_width": 0.2}
        w.apply("Zeros")
        assert w.state() == first | {"baseline": "zeros"}


def test_the_page_applies_presets_and_sees_which_one_it_is():
    with explorer(presets=PRESETS) as w:
        assert [p["name"] for p in w._lesson["presets"]] == list(PRESETS)
        assert w._lesson["presets"][0]["note"] == "Watch R²."
        w._inbox.receive(w, {"kind": "preset", "seq": 1, "name": "Another row"}, [])
        assert (w.row, w._lesson["preset"]) == (5, "Another row")
        w.row = 6
        assert w._lesson["preset"] == ""


def test_a_preset_that_does_not_exist_is_refused_in_the_page():
    with explorer(presets=PRESETS) as w:
        w.wait(30)
        sent = messages(w)
        w._inbox.receive(w, {"kind": "preset", "seq": 3, "name": ["Narrow"]}, [])
        assert [c["kind"] for c, _ in sent] == ["failed", "heard"]


@pytest.mark.parametrize(
    ("presets", "said"),
    [
        ({"a": {"methd": "lime"}}, "preset 'a': names are"),
        ({"a": {"method": "lime", "kernel_width": -1}}, "kernel_width"),
        ({"a": {"row": 99}}, "row: must be a whole number from 0 to 19"),
        ({"a": {"baseline": TABLE}}, "preset 'a': baseline must be a name"),
        ({"a": {"method": "tree_shap"}}, "Tree SHAP needs"),
        (["a"], "presets: must be a dictionary"),
    ],
)
def test_presets_are_checked_when_the_lesson_is_made(presets, said):
    with pytest.raises(ValueError, match=said):
        jx.explore(linear, TABLE, method="exact_shap", presets=presets)


# --- locks ---------------------------------------------------------------------------------------------


def test_the_page_cannot_change_what_is_locked_and_python_can():
    with explorer(method="lime", kernel_width=0.5, lock=["seed", "kernel_width"]) as w:
        refused = ask(w, seed=3, row=2, settings={"kernel_width": 2.0, "regressor": "ols"})
        assert set(refused) == {"seed", "kernel_width"}
        assert "locked in this lesson" in refused["seed"]
        assert (w.seed, w.row, w.settings) == (0, 2, {"kernel_width": 0.5, "regressor": "ols"})
        w.seed = 4
        assert w.seed == 4
        w.lock = ()
        assert ask(w, seed=3) == {}
        assert w.seed == 3


def test_a_page_that_writes_traits_cannot_change_what_is_locked():
    with explorer(lock=["method", "row"]) as w:
        sent = messages(w)
        w.set_state({"row": 3, "method": "lime", "seed": 2})
        assert (w.row, w.method, w.seed) == (0, "exact_shap", 2)
        assert "locked" in next(c["error"]["what"] for c, _ in sent if c["kind"] == "failed")


def test_all_settings_are_locked_at_once():
    with explorer(method="lime", lock=["settings"]) as w:
        assert set(ask(w, settings={"kernel_width": 2.0})) == {"settings"}
        assert w.settings == {}


def test_presets_and_reset_are_not_held_up_by_locks():
    with explorer(presets=PRESETS, lock=["row", "method"]) as w:
        w._inbox.receive(w, {"kind": "preset", "seq": 1, "name": "Another row"}, [])
        assert w.row == 5
        w._inbox.receive(w, {"kind": "reset", "seq": 2}, [])
        assert w.row == 0


def test_names_of_locks_are_checked_and_sent():
    with explorer(lock="seed", hide=["baseline", "kernel_width"]) as w:
        assert (w._lesson["lock"], w._lesson["hide"]) == (["seed"], ["baseline", "kernel_width"])
        with pytest.raises(ValueError, match="hide: names are method, target"):
            w.hide = ["sed"]
        with pytest.raises(ValueError, match="lock: must be a list"):
            w.lock = 3
        assert w.hide == ("baseline", "kernel_width")
