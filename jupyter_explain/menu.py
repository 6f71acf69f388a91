"""The list of methods, as records that show themselves as a table."""

from __future__ import annotations

from html import escape

from .method import METHODS, Method


class Menu(list[Method]):
    """Method records; in a notebook, a table."""

    def __repr__(self) -> str:
        rows = [(m.name, m.title, ", ".join(sorted(m.needs)), ", ".join(m.settings) or "-") for m in self]
        rows.insert(0, ("name", "title", "needs", "settings"))
        width = [max(len(r[i]) for r in rows) for i in range(3)]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, [*width, 0], strict=True)).rstrip() for r in rows)

    def _repr_html_(self) -> str:
        head = "<tr><th>name</th><th>what it is</th><th>needs</th><th>settings</th></tr>"
        return f"<table>{head}{''.join(map(_row, self))}</table>"


def _row(m: Method) -> str:
    cells = (m.name, f"{m.title}: {m.help}", ", ".join(sorted(m.needs)), ", ".join(m.settings))
    return "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>"


def methods() -> Menu:
    """All methods: records with `.name`, `.title`, `.needs`, `.settings`, `.axioms`, `.cites`."""
    return Menu(METHODS[name] for name in sorted(METHODS))
