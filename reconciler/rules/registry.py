"""The registry of rules, and the check of a service's values by all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.finding import Finding
from reconciler.rules.rule import Holding, Rule
from reconciler.rules.supabase import DIRECT_HOST, PROJECT_MISMATCH
from reconciler.rules.wrong_type import WRONG_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Definition
    from reconciler.domain.value import Secret

RULES: Mapping[str, Rule] = {rule.code: rule for rule in (WRONG_TYPE, DIRECT_HOST, PROJECT_MISMATCH)}
"""Every rule by its code, which `allow:` names."""


def check_values(
    owner: Owner, kind: Kind, definitions: Mapping[str, Definition], values: Mapping[str, Secret]
) -> list[Finding]:
    """Check the values that one service or group has, or is about to have, by their types and by every rule.

    A value without a definition is nobody's contract and is passed over.
    """
    texts = {key: value.reveal() for key, value in values.items()}
    return [
        Finding(
            rule.code,
            rule.name,
            rule.severity,
            message,
            Address(owner, kind, key),
            definition.location,
            rule.fix,
        )
        for key, definition in sorted(definitions.items())
        if key in texts
        for rule in RULES.values()
        if rule.code not in definition.allow
        and (message := rule.judge(Holding(definition, texts[key], texts))) is not None
    ]
