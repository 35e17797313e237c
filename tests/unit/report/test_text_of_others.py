"""Text of other people's making: one line, nothing that acts, and names never cut so that two look alike."""

from __future__ import annotations

import pytest

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.printable import printable, printable_lines
from reconciler.domain.value import Shown
from reconciler.report.change_text import key_text, note_text, value_text
from reconciler.report.inline import inline
from reconciler.report.markdown import code, prose

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
        ("see www.example.com", "see www&#46;example.com"),
        ("WWW.example.com", "WWW&#46;example.com"),
        ("https://example.com", "https&#58;//example.com"),
        ("someone@example.com", "someone&#64;<!-- -->example.com"),
        ("<!-- --> @team", "&lt;\\!\\-\\- \\-\\-&gt; &#64;<!-- -->team"),
        ("a|b\n# c", "a\\|b\\\\n\\# c"),
    ],
)
def test_prose_has_no_links_and_no_mentions(text: str, shown: str) -> None:
    assert prose(text) == shown
