"""Sentences that quote other people's words, as text: they read as they were said, and nothing in them acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.report.inline import inline
from reconciler.report.markdown import escaped
from tests.comment.page import parsed

MARKS = st.text(alphabet=list("\\`*_{}[]()#+-.!|~$<>&@:/=1a wm\"'\n"), max_size=40)


@pytest.mark.parametrize(
    "text",
    [
        "1. first",
        "12) x",
        "- item",
        "+ item",
        "# heading",
        "=== line",
        "> quote",
        "see #12 and #abc",
        "a_b __c__ _d_ *e* ~~f~~",
        "![image](x) [link](https://example.com)",
        "https://example.com www.example.com a@example.com mailto:a@example.com",
        "<b>bold</b> &amp; <!-- hidden -->",
        "`code` ``more``",
        "$x^2$",
        "[1]: /x",
        "    indented",
        "---",
        "***",
    ],
)
def test_what_markdown_would_act_on_is_text(text: str) -> None:
    check_text(text)


@given(MARKS)
def test_any_text_is_text(text: str) -> None:
    check_text(text)


def test_what_is_harmless_stays_as_it_is() -> None:
    said = "2026-11-24 03:18:38 UTC: KEY_OF_MINE (srv-abc) is “not set”, 1,000 lines"
    assert escaped(said) == said


def check_text(text: str) -> None:
    page = parsed(f"before\n\n{escaped(text)}\n\nafter")
    assert set(page.elements) <= {"p"}
    assert page.links == []
    assert "".join(page.prose.split()) == "".join(f"before{inline(text)}after".split())
