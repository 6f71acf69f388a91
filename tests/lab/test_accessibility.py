"""axe-core finds nothing in any kind of view and any state, in light and dark, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab.plain import FRAMES, Plain
from lab.scenes import SCENES, shown
from playwright.sync_api import Browser

from jupyter_explain.built import words

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async ([tags, rules]) => {
    const how = { runOnly: tags, rules, resultTypes: ['violations'], preload: false };
    const found = await axe.run('.jx-root', how);
    return found.violations.flatMap((rule) => rule.nodes.map((node) => {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join('; ');
        return [rule.id, node.target.join(' '), why];
    }));
}"""
UNFOLD = "() => document.querySelectorAll('.jx-root details').forEach((each) => { each.open = true; })"
# What sticks out of the widget to the right, and is not scrolled.
WIDE = """() => {
    const root = document.querySelector('.jx-root');
    const edge = root.getBoundingClientRect().right + 1;
    const cut = (each) => {
        for (let up = each.parentElement; up !== root; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== 'visible') return true;
        return each.matches('.jx-sr, .jx-sr *, svg *');
    };
    return [...root.querySelectorAll('*')]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > edge && !cut(each))
        .map((each) => `${each.tagName} ${each.className}`);
}"""
# Everything that a screen reader would say from now on.
LISTEN = """() => {
    window.said = [];
    new MutationObserver((changes) => changes.forEach(({ target }) => {
        const from = target.nodeType === 1 ? target : target.parentElement;
        const region = from?.closest('[aria-live], [role=status], [role=alert], output');
        if (region && region.ariaLive !== 'off') window.said.push(region.textContent);
    })).observe(document.querySelector('.jx-root'), { subtree: true, childList: true, characterData: true });
}"""
FAILURE = {"what": "ValueError: shapes do not match", "hint": "Try another row.", "details": "Traceback …"}


@pytest.fixture(scope="module")
def plain(browser: Browser) -> Iterator[Plain]:
    page = Plain(browser)
    yield page
    page.close()
    assert not page.errors, page.errors


def violations(plain: Plain, view: str, **rules: Any) -> list[str]:
    """One line per fault: the view, the rule, where, and why. Folded parts are looked at too."""
    plain.page.evaluate(UNFOLD)
    plain.page.evaluate(FRAMES)
    found = plain.page.evaluate(AXE, [TAGS, {name: {"enabled": on} for name, on in rules.items()}])
    return [f"{view}: {rule} at {where}: {why}" for rule, where, why in found]


def test_every_view_is_accessible(plain: Plain) -> None:
    """Light and English, as wide as it comes and 320 pixels; dark and Chinese, with the table and a strip of alarm."""
    faults = []
    for name, make in SCENES.items():
        with shown(make) as state:
            plain.theme("light")
            plain.show(state, lang="en")
            faults += violations(plain, f"{name}, light")
            plain.page.set_viewport_size({"width": 344, "height": 800})
            plain.page.evaluate(FRAMES)
            faults += [f"{name}: wider than 320 pixels at {where}" for where in plain.page.evaluate(WIDE)]
            plain.page.set_viewport_size({"width": 1000, "height": 800})
            plain.theme("dark")
            plain.show(state, lang="zh-CN", _words=words("zh-CN"))
            if state["_result"]:
                plain.page.get_by_role("button", name="表格", exact=True).click()
            plain.deliver({"kind": "failed", "run": 1, "error": FAILURE})
            faults += violations(plain, f"{name}, dark")
    assert not faults, "\n" + "\n".join(faults)


def test_every_state_is_accessible(plain: Plain) -> None:
    """Before the first answer, while it refines, dimmed, stopped, failed, and with the kernel gone."""
    faults = []
    with shown(SCENES["bars"]) as state:

        def check(status: str, **rules: Any) -> None:
            assert plain.page.locator(".jx-root").get_attribute("data-status") == status
            faults.extend(violations(plain, f"{status}, {theme}", **rules))

        for theme in ("light", "dark"):
            plain.theme(theme)
            plain.show({**state, "_result": {}, "status": "idle"}, drawn=False)
            check("idle")
            plain.deliver({"kind": "started", "run": 2})
            check("running")
            plain.answer(state, run=2, final=False, eta=3.0)
            check("running")
            plain.answer(state, run=2, frame=2, partial=True)
            plain.deliver({"kind": "started", "run": 3})
            # What is dimmed is no longer the answer (aria-busy says so) and may be hard to read.
            check("stale", **{"color-contrast": False})
            plain.answer(state, run=3, partial=True)
            check("partial")
            plain.deliver({"kind": "failed", "run": 4, "error": FAILURE})
            check("error", **{"color-contrast": False})
            plain.page.evaluate("() => window.gone()")
            plain.page.locator(".jx-banner").wait_for(state="visible")
            # axe-core takes all that is in a disabled fieldset for unfocusable; its scroller is not.
            plain.page.evaluate(UNFOLD)
            plain.page.locator(".jx-edits").focus()
            assert plain.page.locator(".jx-edits:focus").count() == 1
            check("error", **{"color-contrast": False, "scrollable-region-focusable": False})
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("view", ["bars", "tree surrogate", "maps"])
def test_the_end_of_a_run_is_said_once(plain: Plain, view: str) -> None:
    """However many frames there were; and the focus stays where it was."""
    with shown(SCENES[view]) as state:
        plain.show(state, lang="en")
        inside = plain.page.locator(".jx-place [tabindex='0']").last
        inside.focus()
        plain.page.evaluate(LISTEN)
        for frame in range(1, 9):
            plain.answer(state, run=2, frame=frame, final=frame == 8, error=1 / frame, eta=1.0)
        said = plain.page.evaluate("() => window.said")
        assert len(said) == 1, said
        assert said[0].startswith("Done")
        assert plain.page.locator(".jx-place :focus").count() == 1


def test_the_readers_own_colours_and_motion(browser: Browser) -> None:
    """Forced colours reach what is drawn in SVG and what is pressed; who wants little motion gets none."""
    plain = Plain(browser, forced_colors="active", color_scheme="dark", reduced_motion="reduce")
    style = "([where, name]) => getComputedStyle(document.querySelector(where))[name]"
    with shown(SCENES["curves"]) as state:
        plain.show(state, lang="en")
        assert plain.page.evaluate(style, [".jx-curve-text", "fill"]) == "rgb(255, 255, 255)"
        assert plain.page.evaluate(style, [".jx-root", "backgroundColor"]) == "rgb(0, 0, 0)"
    with shown(SCENES["heatmap"]) as state:
        plain.show(state, lang="en")
        pressed, other = (f".jx-tools [aria-pressed='{on}']" for on in ("true", "false"))
        looks = [plain.page.evaluate(style, [where, "backgroundColor"]) for where in (pressed, other)]
        assert looks[0] != looks[1]
        assert plain.page.evaluate(style, [".jx-progress i", "transitionDuration"]) == "0s"
    plain.close()


# Of everything in the picture's place that says something: how much of it can be seen.
SEEN = """() => [...document.querySelectorAll('.jx-place *, .jx-parts *, .jx-say')]
    .filter((each) => each.checkVisibility() && !each.closest('.jx-tools, .jx-toggles, .jx-sr, .jx-off'))
    .filter((each) => each.matches('canvas, svg') || [...each.childNodes].some((n) => n.data?.trim()))
    .map((each) => {
        let seen = 1;
        for (let up = each; up !== null; up = up.parentElement) seen *= Number(getComputedStyle(up).opacity);
        return [seen, `${each.tagName} ${each.getAttribute('class')}`];
    })"""


def test_what_is_no_longer_the_answer_is_dimmed(plain: Plain) -> None:
    """In every view, its sentence and its table too."""
    left = []
    for name, make in SCENES.items():
        with shown(make) as state:
            plain.theme("light")
            plain.show(state, lang="en")
            if not state["_result"]:
                continue
            plain.page.get_by_role("button", name="Table", exact=True).click()
            plain.deliver({"kind": "failed", "run": 2, "error": FAILURE})
            plain.page.evaluate(FRAMES)
            left += [f"{name}: {where}" for seen, where in plain.page.evaluate(SEEN) if seen > 0.5]
    assert not left, "\n" + "\n".join(left[:40])
