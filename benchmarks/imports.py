"""Seconds to import the package in a fresh interpreter, against the limit and against shap."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from timing import row


def seconds(module: str) -> float:
    """Median of five fresh interpreters, less the interpreter's own start."""

    def once(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
        return time.perf_counter() - started

    return statistics.median(once(f"import {module}") - once("pass") for _ in range(5))


def main() -> None:
    """Print the table rows."""
    ours, peer = seconds("jupyter_explain"), seconds("shap")
    row("import jupyter_explain", "0.3 s", ours / 0.3, "≤ 1", f"{ours:.2f} s")
    row("import jupyter_explain", "import shap", ours / peer, "≤ 0.08", f"shap {peer:.1f} s")


if __name__ == "__main__":
    main()
