"""Whom an env group's changes reach, in a sentence: the services that are deployed for it, and those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.address import Owner
    from reconciler.domain.plan import GroupReach, Plan


def reach_notes(plan: Plan) -> Mapping[Owner, str]:
    """Return the sentence on each env group that a plan changes."""
    deployed = {deploy.owner for deploy in plan.deploys}
    return {reach.owner: _sentence(reach, deployed) for reach in plan.reaches}


def _sentence(reach: GroupReach, deployed: set[Owner]) -> str:
    environments = {owner.environment for owner in reach.services}
    others = sorted(environments - {reach.owner.environment})
    parts = [f"{owner}{'' if owner in deployed else ' (not deployed)'}" for owner in reach.services]
    parts += [f"{printable(link.name)} (only on Render, not deployed)" for link in reach.undeclared]
    if not parts:
        return "reaches no service"
    beyond = f"; this counts in {', '.join(others)} too" if others else ""
    return f"reaches {', '.join(parts)}{beyond}"
