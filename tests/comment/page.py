"""A page as GitHub's own parser of Markdown makes it: what is in it, and what somebody would read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # the same


@dataclass
class Parsed(HTMLParser):
    """The elements of a page, its links, and the text outside of code."""

    elements: Counter[str] = field(default_factory=Counter)
    links: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    """The text of each piece of code."""
    prose: str = ""
    comments: list[str] = field(default_factory=list)
    _depth: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
        if tag == "code":
            self.code.append("")
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.code[-1] += data
        else:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def parsed(markdown: str) -> Parsed:
    page = Parsed()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))
    page.close()
    return page
