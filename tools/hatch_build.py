"""Build hook: the front end is built before it is packed, and never twice.

An unpacked sdist (it has a PKG-INFO) carries the built files, so installing from it needs no npm. A checkout
builds when the built files are missing or older than their sources, so that no wheel carries a stale one.
"""

import os
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = tuple(f"jupyter_explain/static/{name}" for name in ("widget.js", "widget.css", "more.js", "zh-CN.json"))
CONFIGURATION = ("js/package.json", "js/package-lock.json")


class FrontEndHook(BuildHookInterface):
    """Runs `npm ci` and `npm run build` where that is needed and possible."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict) -> None:
        root = Path(self.root)
        if os.environ.get("JX_SKIP_FRONTEND") or (root / "PKG-INFO").exists() or up_to_date(root):
            return
        npm = shutil.which("npm")
        if npm:
            build(npm, root / "js")
        elif version != "editable":  # an editable install works without it: `make build` adds the front end later
            raise RuntimeError(
                "jupyter_explain: the front end is not built and npm is not on the PATH; "
                "run `make build`, or put Node.js 20 or newer on the PATH"
            )


def up_to_date(root: Path) -> bool:
    """True where every built file exists and is as new as the newest source."""
    built = [root / name for name in BUILT]
    sources = [*(root / "js" / "src").rglob("*"), *(root / name for name in CONFIGURATION)]
    if not all(file.exists() for file in built):
        return False
    newest = max((file.stat().st_mtime for file in sources if file.is_file()), default=0.0)
    return min(file.stat().st_mtime for file in built) >= newest


def build(npm: str, folder: Path) -> None:
    if not (folder / "node_modules").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=folder, check=True)
    subprocess.run([npm, "run", "build"], cwd=folder, check=True)
