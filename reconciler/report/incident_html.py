"""The incident report as a page of HTML: one file, nothing loaded from anywhere, no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, assert_never

from reconciler.report.incident import Command, Items, Paragraph, Rows, Title, sections, title_of
from reconciler.report.inline import inline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.domain.diagnosis import Diagnosis
    from reconciler.report.incident import Block

_STYLE = """\
:root { color-scheme: light dark; --ink: #1f2328; --page: #fff; --line: #d0d7de; --soft: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --page: #0d1117; --line: #30363d; --soft: #161b22; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
h3, p, li { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td { overflow-wrap: anywhere; }
pre { background: var(--soft); border: 1px solid var(--line); padding: .6rem; overflow-x: auto; }
@media print { body { margin: 0; max-width: none; } }
"""


def incident_html(diagnosis: Diagnosis) -> str:
    """Return the report's page."""
    title = _text(title_of(diagnosis))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        + "\n".join(_sections(diagnosis))
        + "\n</main>\n</body>\n</html>\n"
    )


def _sections(diagnosis: Diagnosis) -> Iterator[str]:
    for section in sections(diagnosis):
        yield f"<section>\n<h2>{_text(section.title)}</h2>"
        for block in section.blocks:
            yield _block(section.title, block)
        yield "</section>"


def _block(about: str, block: Block) -> str:
    match block:
        case Title(text):
            return f"<h3>{_text(text)}</h3>"
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Items(texts):
            return "<ul>\n" + "\n".join(f"<li>{_text(text)}</li>" for text in texts) + "\n</ul>"
        case Command(text):
            return f"<pre><code>{_text(text)}</code></pre>"
        case Rows(heading, rows):
            head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in heading)
            body = "\n".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            label = f'<div class="wide" role="region" tabindex="0" aria-label="{_text(about)}">'
            return f"{label}<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
        case _:
            assert_never(block)


def _text(text: str) -> str:
    return escape(inline(text))
