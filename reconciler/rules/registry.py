"""The registry of rules: one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.rules import supabase
from reconciler.rules.wrong_type import WRONG_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.rules.rule import Rule

_ALL = (
    WRONG_TYPE,
    *(supabase.DIRECT_HOST, supabase.PROJECT_MISMATCH, supabase.MIXED_PROJECTS),
)
RULES: Mapping[str, Rule] = {rule.code: rule for rule in _ALL}
"""Every rule by its code, which `allow:` names."""
