"""Run the benchmarks (all, or those named) and write docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- {} -->", "<!-- end {} -->"
HEAD = "| measured | against | ratio (ours / other) | target | note |\n|---|---|---|---|---|"


def table(name: str) -> str:
    """The rows that a benchmark prints."""
    path = [str(HERE.parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    env = {**os.environ, "OMP_WAIT_POLICY": "passive", "PYTHONPATH": os.pathsep.join(filter(None, path))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", f"{name}.py"], cwd=HERE, env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    return "\n".join([HEAD, *(line for line in done.stdout.splitlines() if line.startswith("|"))])


def replaced(page: str, name: str, text: str) -> str:
    """The page with the section of one benchmark replaced."""
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in page:
        page = f"{page.rstrip()}\n\n## {name.replace('_', ' ').capitalize()}\n\n{begin}\n{end}\n"
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


def write(name: str, text: str) -> None:
    """Put one benchmark's table on the page, and what machine it ran on."""
    size = f"Last run: {os.cpu_count()} cores, Python {platform.python_version()}."
    page = replaced(PAGE.read_text(), name, text)
    lines = [size if line.startswith("Last run:") else line for line in page.splitlines()]
    PAGE.write_text("\n".join(lines) + "\n")


def main() -> None:
    """Measure and write."""
    known = sorted(p.stem for p in HERE.glob("*.py") if "def main" in p.read_text() and p.stem != "run")
    for name in sys.argv[1:] or known:
        print(f"== {name}", flush=True)
        text = table(name)
        print(text, flush=True)
        write(name, text)


if __name__ == "__main__":
    main()
