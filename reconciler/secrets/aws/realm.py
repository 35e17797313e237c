"""Where in AWS a secret is asked for: region and role, from a reference's parameters or its ARN."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.secrets.store import UnresolvedError

if TYPE_CHECKING:
    from reconciler.domain.definition import SecretRef

PARAMETERS = ("region", "role_arn")

_ARN = re.compile(r"arn:[a-z-]+:[a-z-]+:(?P<region>[a-z0-9-]+):\d+:.+")
# The region becomes a part of the host's name.
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z0-9]+)+")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Realm:
    """One region, by one role's permissions."""

    region: str | None
    """None for the one that the environment or the profile names."""
    role: str | None
    """The ARN of a role to take on; none for the credentials as they are."""


def realm_of(reference: SecretRef) -> Realm:
    """Read a reference's realm; raises `UnresolvedError` for a region or role that cannot be one."""
    parameters = dict(reference.parameters)
    region, role = parameters.get("region"), parameters.get("role_arn")
    arn = _ARN.fullmatch(reference.path)
    if arn is not None:
        if region is not None and region != arn["region"]:
            raise UnresolvedError(f"`region` is not that of the ARN, `{arn['region']}`; leave it out")
        region = arn["region"]
    if region is not None and not _REGION.fullmatch(region):
        raise UnresolvedError("`region` is not a region such as `eu-central-1`")
    if role is not None and not _ROLE.fullmatch(role):
        raise UnresolvedError("`role_arn` is not a role such as `arn:aws:iam::123456789012:role/reconcile`")
    return Realm(region, role)
