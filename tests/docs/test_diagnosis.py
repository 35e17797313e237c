"""docs/diagnose.md shows what the command really prints, and the signs that are really known."""

from __future__ import annotations

import re

from reconciler.diagnosis.symptoms import TABLE
from reconciler.domain.diagnosis import Confidence, Symptom
from tests.docs.diagnosis import PAGE, embedded, masked, transcript


def test_the_output_on_the_page_is_what_the_command_prints() -> None:
    shown = embedded(PAGE.read_text(encoding="utf-8"))
    assert masked(shown) == masked(transcript()), "write it anew: python -m tests.docs.diagnosis --write"
    assert "direct-database-host" in shown


def test_the_page_has_every_sign_and_every_degree_of_certainty() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = {match.group(1) for match in re.finditer(r"^\| ([a-z ]+) \|", text, re.MULTILINE)}
    assert {symptom.value.replace("_", " ") for symptom in Symptom} | set(Confidence) <= rows


def test_the_examples_on_the_page_are_signs() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| (.*`.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    checked = 0
    for noun, cell in rows:
        patterns = TABLE.get(Symptom(noun.replace(" ", "_")), ())
        for example in re.findall(r"`([^`]+)`", cell) if patterns else ():
            assert any(pattern.search(example) for pattern in patterns), (noun, example)
            checked += 1
    assert checked > 15
