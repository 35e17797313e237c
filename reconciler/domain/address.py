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

    @classmethod
    def parse(cls, text: str) -> Owner:
        """Read an owner back from its text; raises `ValueError` for anything else."""
        match text.split("/"):
            case [environment, "groups", group]:
                return cls(environment, group=group)
            case [environment, service]:
                return cls(environment, service=service)
            case _:
                message = "not the address of a service or a group"
                raise ValueError(message)


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

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address back from its text; raises `ValueError` for anything else."""
        match text.split("/"):
            case [environment, "groups", group, key]:
                return cls(Owner(environment, group=group), Kind.ENV_VAR, key)
            case [environment, service, "files", name]:
                return cls(Owner(environment, service=service), Kind.SECRET_FILE, name)
            case [environment, service, "groups", group]:
                return cls(Owner(environment, service=service), Kind.ENV_GROUP_LINK, group)
            case [environment, service, key]:
                return cls(Owner(environment, service=service), Kind.ENV_VAR, key)
            case _:
                message = "not the address of a variable, a secret file or a group link"
                raise ValueError(message)

    @property
    def sort_key(self) -> tuple[str, str, str, str, str]:
        """Order of plans and outputs: by environment, services before groups, owner, kind, key."""
        rank = {Kind.ENV_VAR: "0", Kind.SECRET_FILE: "1", Kind.ENV_GROUP_LINK: "2"}[self.kind]
        return (self.owner.environment, "0" if self.owner.service else "1", self.owner.name, rank, self.key)
