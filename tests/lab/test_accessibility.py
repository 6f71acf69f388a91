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
    const found = await axe.run('.jx-root', { runOnly: tags, rules, resultTypes: ['violations'] });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join('; ');
        return [rule.id, node.target.join(' '), why];
    }));
}"""
UNFOLD = "() => document.querySelectorAll('.jx-root details').forEach((each) => { each.open = true; })"
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
    """In light and English as it comes; in dark and Chinese with the table and a strip of alarm."""
    faults = []
    for name, make in SCENES.items():
        with shown(make) as state:
            plain.theme("light")
            plain.show(state, lang="en")
            faults += violations(plain, f"{name}, light")
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
        message = state["_result"]["message"]
        buffers = state["_result"]["buffers"]

        def answer(run: int, frame: int = 1, **fields: Any) -> None:
            said = {**message, "run": run, "frame": frame, "answer": {**message["answer"], **fields}}
            plain.page.evaluate("([content, buffers]) => window.deliver(content, buffers)", [said, buffers])
            plain.page.evaluate(FRAMES)

        def check(status: str, **rules: Any) -> None:
            assert plain.page.locator(".jx-root").get_attribute("data-status") == status
            faults.extend(violations(plain, f"{status}, {theme}", **rules))

        for theme in ("light", "dark"):
            plain.theme(theme)
            plain.show({**state, "_result": {}, "status": "idle"}, drawn=False)
            check("idle")
            plain.deliver({"kind": "started", "run": 2})
            check("running")
            answer(2, final=False, eta=3.0)
            check("running")
            answer(2, frame=2, partial=True)
            plain.deliver({"kind": "started", "run": 3})
            # What is dimmed is no longer the answer (aria-busy says so) and may be hard to read.
            check("stale", **{"color-contrast": False})
            answer(3, partial=True)
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
