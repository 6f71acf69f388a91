"""A lesson as its reader meets it: guess, see, go on with a preset."""

from lab.cells import TABLE

LESSON = """
ex = jx.explore(
    model, X.iloc[:20], method="exact_shap", baseline=X.iloc[::20], lock=["row"], hide=["seed"], quiz="rank",
    presets={"Another one": {"row": 3, "note": "Is it still the same order?"}},
)
ex
"""


def test_an_order_is_guessed_then_shown_and_a_preset_goes_on(lab, explorer):
    lab.open([TABLE.rsplit("ex =", 1)[0] + LESSON])
    explorer.wait("done")
    labels = lab.value("ex.wait(30) and ex._quiz['labels']")
    assert explorer.root.locator(".jx-quiz-rank .jx-quiz-name").all_inner_texts() == labels
    assert explorer.root.locator(".jx-bars [role=listitem]").count() == 0
    assert explorer.root.get_by_role("slider", name="Row").is_disabled()
    assert not explorer.root.get_by_role("spinbutton", name="Seed").is_visible()
    run = explorer.run
    explorer.root.get_by_role("button", name=f"Move {labels[1]} up").click()
    explorer.button("Reveal").click()
    explorer.wait("done", after=run)
    explorer.root.get_by_text("pairs in the right order").wait_for()
    assert explorer.root.locator(".jx-bars [role=listitem]").first.is_visible()
    assert lab.value("ex.answers[0]['given']")[:2] == [labels[1], labels[0]]
    run = explorer.run
    explorer.button("Another one").click()
    explorer.wait("done", after=run)
    explorer.root.get_by_text("Is it still the same order?").wait_for()
    assert lab.value("ex.wait(30) and ex.row") == 3
    assert not explorer.root.locator(".jx-quiz").is_visible()
