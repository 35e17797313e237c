"""Text of other people's making: one line, nothing that acts, and names never cut so that two look alike."""

from __future__ import annotations

import pytest

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.printable import ascii_printable, printable, printable_lines
from reconciler.domain.value import Shown
from reconciler.report.change_text import key_text, note_text, value_text
from reconciler.report.inline import inline
from reconciler.report.markdown import code

WORKER = Owner("staging", service="worker")


@pytest.mark.parametrize("character", ["\x1b", "\n", "\r", "\x00", "\x9b", "\u202e", "\u2028", "\ufeff", "\ud800"])
def test_what_does_not_print_is_escaped(character: str) -> None:
    assert printable(f"a{character}b").isprintable()
    assert printable(f"a{character}b") != "ab"
    assert printable_lines(f"a\n{character}b").startswith("a\n")


def test_a_cut_value_says_how_long_it_is() -> None:
    change = ResourceChange(
        Address(WORKER, Kind.ENV_VAR, "K"), "srv-0", Action.CREATE, Reason.MISSING, None, Shown("x" * 1234)
    )

    assert value_text(change) == f"= {'x' * 59}…(1,234 characters)"
    assert inline("x" * 60, 60) == "x" * 60


@pytest.mark.parametrize("kind", list(Kind))
def test_keys_and_sources_are_never_cut(kind: Kind) -> None:
    one, other = (Address(WORKER, kind, "K" * 200 + end) for end in "AB")
    change = ResourceChange(one, "srv-0", Action.CREATE, Reason.MISSING, None, Shown("x"), "env://" + "A" * 200)

    assert key_text(one).endswith("K" * 200 + "A")
    assert key_text(one) != key_text(other)
    assert code(str(one)) == f"`{one}`"
    assert note_text(change) == change.source


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@team #1 www.example.com", "`@team #1 www.example.com`"),
        (" x ", "`  x  `"),
        ("   ", "`   `"),
        ("a|b", r"<code>a\|b</code>"),
        (r"a\|b", r"<code>a\\\|b</code>"),
        ("`<b>` https://x me@x www.x", r"<code>\`&lt;b&gt;\` https&#58;//x me&#64;<!-- -->x www&#46;x</code>"),
    ],
)
def test_whatever_is_not_ours_is_code(text: str, shown: str) -> None:
    assert code(text) == shown


@pytest.mark.parametrize(
    ("text", "shown", "as_name"),
    [
        ("p\u0430ypal", r"p\u0430ypal", r"p\u0430ypal"),
        ("\uff21dmin \U0001d400B", r"\uff21dmin \U0001d400B", r"\uff21dmin \U0001d400B"),
        ("Größe 東京tower", "Größe 東京tower", r"Gr\xf6\xdfe \u6771\u4eactower"),
        ("привет", "привет", r"\u043f\u0440\u0438\u0432\u0435\u0442"),
        ("a\u3164b\ufe0f\u2800", r"a\u3164b\ufe0f\u2800", r"a\u3164b\ufe0f\u2800"),
    ],
)
def test_what_looks_like_something_else_is_told_apart(text: str, shown: str, as_name: str) -> None:
    assert printable(text) == shown
    assert ascii_printable(text) == as_name
