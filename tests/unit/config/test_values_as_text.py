"""Values are the characters that were typed, wherever a value stands; fields of the language have types."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.config import load_text
from reconciler.domain.address import Owner
from reconciler.domain.definition import Literal
from tests.unit.config.mistakes import FILE, HEAD, VARIABLES, mistakes_of

TYPED = [
    *[(text, text) for text in ("no", "yes", "on", "true", "False", "Null_", "nil", "1.10", "0o17", "0x1F", "0b1")],
    *[(text, text) for text in ("12:30:00", "0123", "1e3", "1E400", "+1", "-0", "1_000", ".5", "5.", ".inf", ".nan")],
    *[(text, text) for text in ("2026-11-23", "2026-11-23T10:00:00Z", "9" * 400, "=", "a#b", "a b", "http://x", "-x")],
    *[('"no"', "no"), ("'1.10'", "1.10"), ('"~"', "~"), ("'null'", "null"), ('" x "', " x "), ("'it''s'", "it's")],
    *[(r'"\x41\u00e9\U0001F418\/\t\\\""', 'Aé\U0001f418/\t\\"'), (r'"a\0b"'.replace(r"\0", r"\a"), "a\x07b")],
    ('"a\\\n        b"', "ab"),
]
BLOCKS = [
    ("|\n          one\n          two", "one\ntwo\n"),
    ("|-\n          one\n          two", "one\ntwo"),
    ("|+\n          one\n", "one\n\n"),
    (">-\n          one\n          two", "one two"),
    ("|2-\n            indented", "  indented"),
    ("|-\n          0123", "0123"),
]


def values(text: str) -> dict[str, str]:
    """The values of the service's variable in staging and production."""
    desired = load_text(text, FILE)
    found = {}
    for environment in ("staging", "production"):
        source = desired.services[Owner(environment, service="api")].variables["A"].source
        assert isinstance(source, Literal)
        found[environment] = source.text.reveal()
    return found


@pytest.mark.parametrize(("typed", "text"), [*TYPED, *BLOCKS])
def test_a_bare_value(typed: str, text: str) -> None:
    typed = typed.replace("|2-", "|4-")
    assert values(f"{VARIABLES}      A: {typed}\n") == {"staging": text, "production": text}


@pytest.mark.parametrize(("typed", "text"), TYPED)
def test_a_value_of_a_definition(typed: str, text: str) -> None:
    assert values(f"{VARIABLES}      A: {{value: {typed}}}\n") == {"staging": text, "production": text}


@pytest.mark.parametrize(("typed", "text"), TYPED)
def test_a_value_of_one_environment(typed: str, text: str) -> None:
    definition = f"A:\n        value:\n          staging: {typed}\n          production: {typed}\n"
    assert values(f"{VARIABLES}      {definition}") == {"staging": text, "production": text}


@pytest.mark.parametrize(("typed", "text"), TYPED)
def test_a_shared_value(typed: str, text: str) -> None:
    assert values(f"{VARIABLES}      A:\nvariables:\n  A: {typed}\n") == {"staging": text, "production": text}


@pytest.mark.parametrize(("typed", "text"), TYPED)
def test_a_value_that_an_alias_repeats(typed: str, text: str) -> None:
    assert values(f"{VARIABLES}      B: &b {typed}\n      A: *b\n") == {"staging": text, "production": text}


@pytest.mark.parametrize(("typed", "text"), TYPED)
def test_the_values_of_an_enum(typed: str, text: str) -> None:
    loaded = load_text(f"{VARIABLES}      A: {{type: enum, values: [{typed}, other], value: other}}\n", FILE)
    definition = loaded.services[Owner("staging", service="api")].variables["A"]
    assert definition.type.options["values"] == [text, "other"]


@pytest.mark.parametrize("typed", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_no_value(typed: str) -> None:
    (mistake,) = mistakes_of(f"{VARIABLES}      A: {{value: {typed} }}\n")
    assert "nothing is given" in mistake


def test_a_field_of_the_language_is_read_as_its_type() -> None:
    text = HEAD.replace("staging:", "staging: {approvals: 0x2, protected: True}") + "services: {}\n"
    environment = load_text(text, FILE).environments["staging"]
    assert (environment.approvals, environment.protected) == (2, True)


@pytest.mark.parametrize("word", ["yes", "on", "no", "off", "y", "1", '"true"'])
def test_only_true_and_false_are_true_and_false(word: str) -> None:
    assert len(mistakes_of(HEAD.replace("staging:", f"staging: {{protected: {word}}}"))) == 1


# What a file can hold as escapes or as such; a lone surrogate is no character, and NUL no part of a variable.
CHARACTERS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@settings(deadline=None)
@given(text=CHARACTERS.filter(lambda text: "://" not in text))
def test_any_text_in_double_quotes_survives(text: str) -> None:
    quoted = UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
    assert values(f"{VARIABLES}      A: {quoted}\n") == {"staging": text, "production": text}


@settings(deadline=None)
@given(text=CHARACTERS.filter(lambda text: "://" not in text))
def test_any_text_written_in_escapes_survives(text: str) -> None:
    quoted = "".join(f"\\U{ord(character):08x}" for character in text)
    assert values(f'{VARIABLES}      A: "{quoted}"\n') == {"staging": text, "production": text}
