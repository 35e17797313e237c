"""Matching: what vouches later for a service that was seen to be as desired, and for which services that can be told.

Render's audit log tells that somebody changed a service's variables. It is not known to tell of secret files, of the
links of env groups, or of what is behind a value that is taken from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.definition import (
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    SecretRef,
)
from reconciler.domain.journal import Match
from reconciler.domain.plan import PlanKind
from reconciler.domain.value import Secret
from reconciler.planning.canonical import canonical_json, service_document
from reconciler.planning.values import all_declared
from reconciler.rules.exposed import SAME_SECRET
from reconciler.rules.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Json, Source
    from reconciler.domain.state import DesiredService, DesiredState, EnvironmentKind
    from reconciler.domain.value import Fingerprint
    from reconciler.planning.fingerprint import FingerprintKey
    from reconciler.planning.steps import Prepared
    from reconciler.planning.wanted import Wanted


def is_told_by_log(service: DesiredService) -> bool:
    """Whether the audit log would tell of every change on Render by which a service may come to differ."""
    if service.secret_files or service.prune:
        return False
    return not any(_comes_from_elsewhere(definition.source) for definition in service.variables.values())


def givers(desired: DesiredState) -> frozenset[Owner]:
    """Return the services whose variables others take their values from: what is read of them is needed there."""
    return frozenset(
        Owner(item.address.owner.environment, service=item.definition.source.service)
        for item in all_declared(desired)
        if isinstance(item.definition.source, FromVariable)
    )


def matches_of(prepared: Prepared, key: FingerprintKey) -> tuple[Match, ...]:
    """Return what is to be remembered of the services in a plan's scope once all of the plan is done.

    A service with a finding is not among them: whoever looks for drift later is to hear of it again.
    """
    plan = prepared.plan
    if plan.kind is not PlanKind.APPLY:
        return ()  # a rollback's services are as they were, not as services.yaml says
    flagged = {check.address.owner for check in plan.checks if check.address is not None}
    places = {check.location for check in plan.checks}
    is_shared = any(check.code == SAME_SECRET.code for check in plan.checks)
    found = []
    for one in prepared.services:
        if is_told_by_log(one.desired) and one.owner not in flagged and one.desired.location not in places:
            values: dict[Address, Wanted] = {**one.settled, **{step.address: step.after for step in one.steps}}
            external = _external(one.desired, values)
            if any(map(_expires, external)) or (is_shared and external):
                # Time alone makes a token wrong, and one secret has more holders than the one that is told.
                continue
            desired = desired_fingerprint(one.desired, prepared.kinds, values, key)
            found.append(Match(one.owner, one.target.id, desired, plan.created_at))
    return tuple(found)


def desired_fingerprint(
    service: DesiredService,
    kinds: Mapping[str, EnvironmentKind],
    values: Mapping[Address, Wanted],
    key: FingerprintKey,
) -> Fingerprint:
    """Return one fingerprint of all that a service is to have: its definitions, and the secrets they refer to.

    What values are judged by is in it, too: the `kinds` of all environments, and the version of the rules.
    """
    fetched = {}
    for name, definition in service.variables.items():
        if isinstance(definition.source, SecretRef):
            value = values.get(Address(service.owner, Kind.ENV_VAR, name))
            fetched[name] = key.fingerprint(value) if isinstance(value, Secret) else None
    document: Json = {
        "service": service_document(service, key),
        "secrets": {**fetched},
        "environments": {**kinds},
        "rules": __version__,
    }
    return key.fingerprint(Secret(canonical_json(document).decode()))


def _external(service: DesiredService, values: Mapping[Address, Wanted]) -> list[Secret]:
    """Return the values that only Render has, so that nobody can judge them without reading them."""
    held = [
        values.get(Address(service.owner, Kind.ENV_VAR, name))
        for name, definition in service.variables.items()
        if isinstance(definition.source, External)
    ]
    return [value for value in held if isinstance(value, Secret)]


def _expires(value: Secret) -> bool:
    return "exp" in (Reading(value).claims or {})


def _comes_from_elsewhere(source: Source) -> bool:
    """Whether a value is compared with what another service or a database has, as shared ones are among each other."""
    match source:
        case FromPostgres() | FromKeyValue() | FromService() | FromVariable():
            return True
        case Generate(shared_as=shared_as):
            return shared_as is not None
        case _:
            return False
