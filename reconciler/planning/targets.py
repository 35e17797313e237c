"""Targets: which service on Render each declared one stands for, by id or by name, without any doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import ConfigError, Problem
from reconciler.planning.scope import did_you_mean, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.plan import Scope
    from reconciler.domain.state import DesiredService, DesiredState, ServiceSummary


WORKSPACE_PREFIXES = ("tea-", "usr-")
"""What the ids of workspaces begin with; anything else is a name."""


def resolve_targets(
    desired: DesiredState, scope: Scope, listings: Mapping[str, Sequence[ServiceSummary]]
) -> dict[Owner, ServiceSummary]:
    """Return the service that each declared one in scope stands for.

    `listings` holds the workspace of each environment in scope, and of others as far as it is known: what stands
    elsewhere in the file must not be the same service either, although nothing else is asked of it. Raises
    `ConfigError` with all the services that are missing, that a name does not tell apart, or that two entries would
    both write to. A listing is of one workspace, so nothing outside it can be a target.
    """
    chosen = within(desired, scope).services
    found: dict[Owner, ServiceSummary] = {}
    problems: list[Problem] = []
    for owner, service in chosen.items():
        match = _match(service, listings[owner.environment])
        if isinstance(match, Problem):
            problems.append(match)
        else:
            found[owner] = match
    owners: dict[str, list[Owner]] = {summary.id: [] for summary in found.values()}
    for owner, service in desired.services.items():
        # Ids are the same on all of Render, so an id needs no listing.
        known = [found[owner]] if owner in found else _candidates(service, listings.get(owner.environment, ()))
        for service_id in {summary.id for summary in known} or {service.target}:
            if service_id in owners and (owner in found or owner not in chosen):
                owners[service_id].append(owner)
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


def _candidates(service: DesiredService, listing: Sequence[ServiceSummary]) -> list[ServiceSummary]:
    """Return the service of that id, else all of that name."""
    named = []
    for summary in listing:
        if summary.id == service.target:
            return [summary]
        if summary.name == service.target:
            named.append(summary)
    return named


def _match(service: DesiredService, listing: Sequence[ServiceSummary]) -> ServiceSummary | Problem:
    found = _candidates(service, listing)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(summary.id for summary in found))
        return Problem(
            f"{service.owner}: Render has {len(found)} services named `{service.target}` ({ids}); say which by its id",
            service.location,
        )
    return Problem(
        f"{service.owner}: no service `{service.target}` in the workspace"
        f"{did_you_mean(service.target, (summary.name for summary in listing))}",
        service.location,
    )
