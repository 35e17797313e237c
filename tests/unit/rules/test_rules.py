"""Rules: each fires on its own example and on nothing that is right, and says what it is about."""

from __future__ import annotations

import pytest

from reconciler.rules import RULES, Example, Rule, findings_of

ALL = list(RULES.values())


def codes(example: Example) -> set[str]:
    return {finding.code for finding in findings_of(example.scene())}


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_rule_fires_on_its_example_and_nothing_does_on_the_right_one(rule: Rule) -> None:
    assert rule.code in codes(rule.fires)
    assert codes(rule.passes) == set()


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_a_rule_says_why_and_what_to_do_in_a_line(rule: Rule) -> None:
    for text in (rule.reason, rule.fix, rule.source, rule.fires.shown, rule.passes.shown):
        assert text
        assert "\n" not in text
    assert rule.source == "observed" or rule.source.startswith("https://")
