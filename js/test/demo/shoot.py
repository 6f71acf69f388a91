"""Open the demo page in headless Chromium and save screenshots: python test/demo/shoot.py OUT [scene ...]."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
JS = HERE.parent.parent
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGS += ["--disable-component-update", "--disable-sync"]
# The variables of JupyterLab's three themes that the widget reads.
THEMES = {
    "plain": "body{background:#fff;color:#222}",
    "vsdark": "body{background:#1e1e1e;color:#ddd}",
    "light": ":root{--jp-layout-color0:white;--jp-ui-font-color1:rgba(0,0,0,.87);--jp-brand-color1:#1976d2}"
    "body{background:#fff}",
    "dark": ":root{--jp-layout-color0:#111;--jp-ui-font-color1:rgba(255,255,255,.87);--jp-brand-color1:#2196f3}"
    "body{background:#111}",
    "contrast": ":root{--jp-layout-color0:black;--jp-ui-font-color1:#fff;--jp-brand-color1:#7cc4ff}"
    "body{background:#000}",
}


def colormaps() -> str:
    """Matplotlib's tables, as the kernel sends them."""
    names = {"PuOr": "PuOr_r", "RdBu": "RdBu_r", "cividis": "cividis", "viridis": "viridis"}
    tables = {k: (matplotlib.colormaps[v](np.arange(256))[:, :3] * 255).round().astype("u1") for k, v in names.items()}
    return json.dumps({k: base64.b64encode(t.tobytes()).decode() for k, t in tables.items()})


def page_source(out: Path, theme: str) -> Path:
    """The page, written beside the bundle."""
    bundle = out / "demo.js"
    command = ["npx", "esbuild", str(HERE / "demo.ts"), "--bundle", "--format=iife", f"--outfile={bundle}"]
    subprocess.run(command, cwd=JS, check=True, capture_output=True)
    css = (JS / "src" / "widget.css").read_text()
    page = out / f"{theme}.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><html lang=en><style>body{{margin:12px}}{THEMES[theme]}</style>"
        f"<style>{css}</style><body><div id=widget></div><script>window.JX_MAPS={colormaps()}</script>"
        "<script src=demo.js></script>"
    )
    return page


def main() -> None:
    """Shots named scene@theme@width[@lang], e.g. table@dark@420."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for shot in sys.argv[2:]:
            scene, theme, width, *rest = shot.split("@")
            tab = browser.new_page(viewport={"width": int(width), "height": 700})
            tab.on("pageerror", lambda e, s=shot: print(s, "error:", e))
            tab.on("console", lambda m, s=shot: print(s, m.text) if m.type in ("error", "warning") else None)
            lang = rest[0] if rest else "en"
            size = rest[1] if len(rest) > 1 else "28"
            tab.goto(f"{page_source(out, theme).as_uri()}?scene={scene}&lang={lang}&size={size}")
            for name in rest[2:]:
                tab.get_by_role("button", name=name, exact=True).click()
            if scene.endswith("-dead"):
                tab.get_by_label("Seed").fill("3")
                tab.locator(".jx-banner").wait_for(state="visible", timeout=8000)
            tab.wait_for_timeout(600)
            tab.screenshot(path=out / f"{shot}.png", full_page=True)
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
