"""The answer as one HTML file: picture, text and table; no scripts, nothing loaded from anywhere."""

from __future__ import annotations

from base64 import b64encode
from functools import singledispatch
from html import escape

from ..explanation import Attribution, Explanation, OrderSteps
from ..tables import cases, count_of, ranking
from ..words import CAUTION, Signed, clean, ends, number, others, sentence, shown, summary, title
from .canvas import png, trust
from .local_fit import facts, png_fit
from .steps import png_steps

ROWS = 1000  # rows of the table; the picture and the rest row say what the others add up to
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --paper: #14171b; }
}
body { margin: 24px auto; max-width: 880px; padding: 0 16px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 20px; margin: 0 0 8px; }
h2 { font-size: 16px; margin: 16px 0 4px; }
img { display: block; max-width: 100%; height: auto; margin: 16px 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 16px 0; }
caption { text-align: left; color: var(--soft); padding: 4px 0; }
th, td { padding: 3px 16px 3px 0; border-bottom: 1px solid var(--line); text-align: right; font-weight: normal; }
th:first-child { text-align: left; }
thead th { color: var(--soft); }
tfoot th, tfoot td { font-weight: 600; }
footer { color: var(--soft); font-size: 13px; }
"""


def page(e: Explanation) -> str:
    """A self-contained page. Everything that comes from the user is escaped, and the policy forbids scripts anyway."""
    notes = "".join(f"<p>{text(n)}</p>" for n in e.notes)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title(e))}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{text(title(e))}</h1>
{body(e)}
<footer><p>{text(" · ".join(trust(e)))}</p>{notes}<p>{text(CAUTION)}</p></footer>
</body>
</html>
"""


def text(words: str) -> str:
    """Escaped for HTML text and attributes."""
    return escape(clean(words), quote=True)


def picture(e: Explanation, words: str) -> str:
    """The picture, light and dark, with the words for those who do not see it."""
    return _both([png(e, 160, dark, words=False) for dark in (False, True)], words)


def _both(pictures: list[bytes], words: str) -> str:
    light, dark = (f"data:image/png;base64,{b64encode(p).decode('ascii')}" for p in pictures)
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
    return f'<picture>{source}<img alt="{text(words)}" width="858" src="{light}"></picture>'


@singledispatch
def body(e: Explanation) -> str:
    """Sentence, picture and table of an answer; every answer type may register its own."""
    return f"<p>{text(sentence(e))}</p>{picture(e, title(e))}<pre>{escape(summary(e))}</pre>"


@body.register(Attribution)
def _attribution(e: Attribution) -> str:
    table = _batch_table(e) if count_of(e) is not None else _table(cases(e)[0])
    return f"<p>{text(sentence(e))}</p>\n{picture(e, sentence(e))}\n{table}{_neighbours(e)}{_steps(e)}"


def _neighbours(e: Attribution) -> str:
    """The local fit under the microscope, where there is one."""
    if e.fit is None:
        return ""
    words = f"Neighbours and the fitted line: {facts(e.fit)}"
    return f"\n<h2>Neighbourhood</h2>\n{_both([png_fit(e.fit, 160, dark) for dark in (False, True)], words)}"


def _steps(e: Attribution) -> str:
    """How the answer came about, where it shows that."""
    if e.steps is None:
        return ""
    words = "Output and sum of the attributions on the way from baseline to input, and some of the steps"
    if isinstance(e.steps, OrderSteps):
        words = "What each feature gained in the first walks, and the means"
    return f"\n<h2>Step by step</h2>\n{_both([png_steps(e, 160, dark) for dark in (False, True)], words)}"


def _table(case: Attribution) -> str:
    r = ranking(case, ROWS)
    write = Signed([*r.shown, r.total], [i.stderr for i in r.top], 4)
    rows = [[i.name, shown(i.data), write(i.value, i.stderr)] for i in r.top]
    rows += [[others(r), "", write(r.rest)]] if r.rest is not None else []
    kind = {"image": "region", "series": "stretch", "text": "token"}.get(case.layout.kind, "feature")
    return rendered([kind, "value", "attribution"], rows, ["sum", "", write(r.total)], ends(case))


def _batch_table(e: Attribution) -> str:
    rows = []
    for i, case in enumerate(cases(e, ROWS)):
        best = ranking(case, 1).top[0]
        rows.append([f"row {i}", number(float(case.output), 4), best.name, Signed([best.value], (), 4)(best.value)])
    more = (count_of(e) or 0) - len(rows)
    return rendered(["row", e.unit, "strongest", "attribution"], rows, [], f"and {more} more rows" if more else "")


def rendered(head: list[str], rows: list[list[str]], foot: list[str], caption: str) -> str:
    """A table; the first cell of every row is its heading. A column without any entry is left out."""
    keep = [k for k in range(len(head)) if any(r[k] for r in rows)]
    line = lambda r: f'<th scope="row">{text(r[0])}</th>' + "".join(f"<td>{text(r[k])}</td>" for k in keep[1:])  # noqa: E731
    top = "".join(f'<th scope="col">{text(head[k])}</th>' for k in keep)
    middle = "\n".join(f"<tr>{line(r)}</tr>" for r in rows)
    bottom = f"<tfoot><tr>{line(foot)}</tr></tfoot>" if foot else ""
    words = f"<caption>{text(caption)}</caption>" if caption else ""
    return f"<table>{words}<thead><tr>{top}</tr></thead>\n<tbody>\n{middle}\n</tbody>{bottom}</table>"
