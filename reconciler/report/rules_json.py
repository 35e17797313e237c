"""The rules as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.rules import Rule


def rules_json(rules: Iterable[Rule]) -> str:
    """Return a list of all rules, each with everything there is to say of it."""
    return json.dumps([_document(rule) for rule in rules], indent=2, ensure_ascii=False)


def rule_json(rule: Rule) -> str:
    """Return one rule."""
    return json.dumps(_document(rule), indent=2, ensure_ascii=False)


def _document(rule: Rule) -> dict[str, str]:
    return {
        "code": rule.code,
        "name": rule.name,
        "family": rule.family,
        "severity": rule.severity.value,
        "reason": rule.reason,
        "fix": rule.fix,
        "source": rule.source,
        "fires_on": rule.fires.shown,
        "silent_on": rule.passes.shown,
    }
