"""The registry of rules: one line for each family, in the order of their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.rules import (
    drivers,
    exposed,
    labels,
    near_misses,
    on_render,
    pasted,
    render_databases,
    render_groups,
    stand_ins,
    supabase,
    supabase_keys,
    supabase_pooler,
    wrong_place,
)
from reconciler.rules.wrong_type import WRONG_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.rules.rule import Rule

_ALL = (
    WRONG_TYPE,
    *(supabase.DIRECT_HOST, supabase.PROJECT_MISMATCH, supabase.MIXED_PROJECTS),
    *(supabase_pooler.POOLER_USER, supabase_pooler.POOL_MODE, supabase_pooler.INVENTED_POOLER),
    *(supabase_keys.SWAPPED, supabase_keys.EXPIRED_KEY, supabase_keys.EXPIRED_TOKEN, supabase_keys.WRONG_SLOT),
    *(on_render.RESERVED, on_render.PORT_ON_WORKER, on_render.KEY_SYNTAX),
    *(render_databases.ELSEWHERE, render_databases.LONG_WAY),
    *(render_groups.SHADOWED, render_groups.AMBIGUOUS, render_groups.TOO_LARGE, on_render.WEB_CONCURRENCY),
    *(pasted.WHITE_SPACE, pasted.QUOTES, pasted.INVISIBLE, pasted.KEY_IN_FRONT),
    *(stand_ins.MASKED, stand_ins.CUT, stand_ins.PLACEHOLDER, stand_ins.UNESCAPED, pasted.CRLF),
    *(wrong_place.LOCAL, wrong_place.PLAIN_HTTP, labels.OTHER_LABEL),
    *(exposed.PUBLIC, exposed.SAME_SECRET, exposed.IN_FILE),
    *(near_misses.MISSING, near_misses.TWO),
    *(drivers.MISMATCH, drivers.SSLMODE, drivers.PREPARED),
)
RULES: Mapping[str, Rule] = {rule.code: rule for rule in _ALL}
"""Every rule by its code, which `allow:` names."""
