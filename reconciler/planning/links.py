"""Links: which env groups a service is still to be linked to; nothing is ever unlinked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.value import Secret, Shown
from reconciler.planning.diff import Difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.state import DesiredService, LiveGroup, LiveService

SOURCE = "env group"


def link_differences(
    service: DesiredService, live: LiveService, groups: Mapping[Owner, LiveGroup]
) -> tuple[Difference, ...]:
    """Compare a service's declared links with those that Render has; a link's value is the id of its group."""
    found = []
    for name in sorted(service.env_groups):
        group = groups[Owner(service.owner.environment, group=name)]
        shown, value = Shown(group.summary.id), Secret(group.summary.id)
        is_linked = group.is_linked_to(live.summary.id)
        change = ResourceChange(
            Address(service.owner, Kind.ENV_GROUP_LINK, name),
            live.summary.id,
            Action.NO_OP if is_linked else Action.CREATE,
            Reason.EQUAL if is_linked else Reason.MISSING,
            shown if is_linked else None,
            shown,
            SOURCE,
            service.location,
        )
        found.append(Difference(change, value if is_linked else None, value, is_kept=True))
    return tuple(found)
