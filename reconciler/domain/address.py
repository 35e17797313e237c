"""The address of one thing that reconcile manages: `production/upload-worker/DATABASE_URL`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What stands at an address."""

    ENV_VAR = "env_var"
    SECRET_FILE = "secret_file"  # noqa: S105 — the name of a kind, not a secret
    ENV_GROUP_LINK = "env_group_link"


@dataclass(frozen=True, slots=True)
class Owner:
    """The service or env group of one environment that variables belong to."""

    environment: str
    service: str | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        if (self.service is None) == (self.group is None):
            message = "an owner is either a service or an env group"
            raise ValueError(message)

    @property
    def name(self) -> str:
        """The service's or group's name in `services.yaml`."""
        return self.service or self.group or ""

    def __str__(self) -> str:
        return f"{self.environment}/{self.service}" if self.service else f"{self.environment}/groups/{self.group}"


@dataclass(frozen=True, slots=True)
class Address:
    """One variable, secret file or group link; its text is stable and unique within a plan."""

    owner: Owner
    kind: Kind
    key: str

    def __str__(self) -> str:
        match self.kind:
            case Kind.ENV_VAR:
                return f"{self.owner}/{self.key}"
            case Kind.SECRET_FILE:
                return f"{self.owner}/files/{self.key}"
            case Kind.ENV_GROUP_LINK:
                return f"{self.owner}/groups/{self.key}"

    @property
    def sort_key(self) -> tuple[str, str, str, str, str]:
        """Order of plans and outputs: by environment, services before groups, owner, kind, key."""
        rank = {Kind.ENV_VAR: "0", Kind.SECRET_FILE: "1", Kind.ENV_GROUP_LINK: "2"}[self.kind]
        return (self.owner.environment, "0" if self.owner.service else "1", self.owner.name, rank, self.key)
