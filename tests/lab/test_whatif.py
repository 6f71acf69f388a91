"""What-if editors, pictures of the second bundle, and the second language, as a reader meets them."""

from lab.cells import TABLE
from lab.explorer import numbers

# What is drawn, spoken of and edited after a change is another answer than before.
BUNDLE = "([root, found]) => document.querySelector(root)?.querySelectorAll(found).length > 0"


def test_moving_a_feature_moves_the_picture_and_undo_takes_it_back(lab, explorer):
    lab.open([TABLE])
    run = explorer.wait("done").run
    before = explorer.bar_names()
    explorer.root.get_by_text("What if…").click()
    slider = explorer.root.get_by_role("slider", name="mean area", exact=True)
    explorer.drag(slider, 0.4, 0.1)
    explorer.wait("done", after=run)
    assert 0 < lab.value("ex.wait(30) and ex.edits['mean area']") < 1000
    assert explorer.bar_names() != before
    assert "(was " in explorer.root.locator(".jx-whatif-now").inner_text()
    run = explorer.run
    explorer.button("Undo").click()
    explorer.wait("done", after=run)
    assert lab.value("ex.wait(30) and ex.edits") == {}
    assert explorer.bar_names() == before


def test_every_picture_follows_the_edited_row(lab, explorer):
    lab.open([TABLE])
    run = explorer.wait("done").run
    lab.execute("ex.edits = {'mean area': 400.0}")
    explorer.wait("done", after=run)
    run = explorer.run
    explorer.choice("Method").select_option("counterfactual")
    explorer.wait("done", after=run)
    explorer.page.wait_for_function(BUNDLE, arg=[explorer.selector, ".jx-examples td"])
    row = explorer.root.locator(".jx-examples thead tr").nth(2).locator("th").nth(1).inner_text()
    shown = lab.value("float(ex.wait(30).output)")
    assert abs(numbers(row)[0] - shown) < 0.01
    run = explorer.run
    explorer.choice("Method").select_option("shap_interactions")
    explorer.wait("done", after=run)
    explorer.page.wait_for_function(BUNDLE, arg=[explorer.selector, ".jx-matrix"])


def test_chinese_words_come_when_they_are_wanted(lab, explorer):
    lab.open([TABLE])
    explorer.wait("done")
    assert lab.value("ex._words") == {}
    explorer.choice("Language").select_option("zh-CN")
    explorer.root.get_by_role("button", name="停止").wait_for()
    assert lab.value("ex.lang") == "zh-CN"


def test_the_row_is_dragged_on_a_plane_and_undo_takes_it_back(lab, explorer):
    lab.open([TABLE])
    run = explorer.wait("done").run
    explorer.choice("Method").select_option("decision_boundary")
    explorer.wait("done", after=run)
    explorer.page.wait_for_function(BUNDLE, arg=[explorer.selector, ".jx-surface .jx-ring"])
    ring = explorer.root.locator(".jx-surface .jx-ring")
    ring.scroll_into_view_if_needed()
    box = ring.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.move(x + 60, y - 40, steps=4)
    explorer.page.mouse.up()
    explorer.root.get_by_text("What if… (2 changed)").click()  # said once the kernel has heard the last of it
    assert len(lab.value("ex.wait(30) and ex.edits")) == 2
    explorer.wait("done")
    run = explorer.run
    explorer.button("Undo").click()
    explorer.wait("done", after=run)
    assert lab.value("ex.wait(30) and ex.edits") == {}
