"""Targets: which service on Render each declared one stands for, by id or by name, without any doubt."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reconciler.errors import ConfigError, Problem
from reconciler.planning.scope import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.state import DesiredService, DesiredState, ServiceSummary


def resolve_targets(
    desired: DesiredState, listings: Mapping[str, Sequence[ServiceSummary]]
) -> dict[Owner, ServiceSummary]:
    """Return the service that each declared one stands for; `listings` holds each environment's workspace.

    Raises `ConfigError` with all the services that are missing, that a name does not tell apart, or that two entries
    would both write to. A listing is of one workspace, so nothing outside it can be a target.
    """
    found: dict[Owner, ServiceSummary] = {}
    problems: list[Problem] = []
    for owner, service in desired.services.items():
        match = _match(service, listings[owner.environment])
        if isinstance(match, Problem):
            problems.append(match)
        else:
            found[owner] = match
    owners: dict[str, list[Owner]] = defaultdict(list)
    for owner, summary in found.items():
        owners[summary.id].append(owner)
    for service_id, claimants in owners.items():
        if len(claimants) > 1:
            names = " and ".join(str(owner) for owner in sorted(claimants, key=str))
            problems.append(
                Problem(
                    f"{names} are one and the same service on Render ({service_id}); each service may stand once",
                    desired.services[claimants[-1]].location,
                )
            )
    if problems:
        raise ConfigError(problems)
    return found


def _match(service: DesiredService, listing: Sequence[ServiceSummary]) -> ServiceSummary | Problem:
    for summary in listing:
        if summary.id == service.target:
            return summary
    named = [summary for summary in listing if summary.name == service.target]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(sorted(summary.id for summary in named))
        return Problem(
            f"{service.owner}: Render has {len(named)} services named `{service.target}` ({ids}); say which by its id",
            service.location,
        )
    return Problem(
        f"{service.owner}: no service `{service.target}` in the workspace"
        f"{did_you_mean(service.target, (summary.name for summary in listing))}",
        service.location,
    )
