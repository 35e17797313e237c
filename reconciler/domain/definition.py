"""What `services.yaml` says a variable or secret file is, for one service in one environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from typing import Literal as OneOf

if TYPE_CHECKING:
    from reconciler.domain.value import Secret
    from reconciler.errors import Location

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""Any JSON value."""

TypeOptions = Mapping[str, Json]
"""A type's own options, as written: `{"pool_mode": "transaction"}`."""


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """A type's name and its options."""

    name: str = "string"
    options: TypeOptions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Literal:
    """The value stands in `services.yaml`, as the characters that were typed."""

    text: Secret


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The value is in a secret store: `SCHEME://PATH[?param=value…][#/json/pointer]`, placeholders replaced.

    Hashable and without any value, so that each distinct reference is fetched once.
    """

    scheme: str
    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    pointer: str | None = None

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.parameters)
        fragment = "" if self.pointer is None else f"#{self.pointer}"
        return f"{self.scheme}://{self.path}{'?' + query if query else ''}{fragment}"


@dataclass(frozen=True, slots=True)
class Generate:
    """The value is made once, when it is missing, and then kept."""

    bytes: int = 32
    encoding: OneOf["base64", "urlsafe", "hex"] = "base64"
    shared_as: str | None = None
    """The shared definition whose one value goes to all who declare it; each has one of its own where it is `None`."""


@dataclass(frozen=True, slots=True)
class FromPostgres:
    """The value is a property of a Postgres database on Render."""

    name: str
    property: str


@dataclass(frozen=True, slots=True)
class FromKeyValue:
    """The value is a property of a Key Value instance on Render."""

    name: str
    property: str


@dataclass(frozen=True, slots=True)
class FromService:
    """The value is a property of another declared service: `url`, `host` or `hostport`."""

    service: str
    property: str


@dataclass(frozen=True, slots=True)
class FromVariable:
    """The value is what another declared service is to have in one of its variables."""

    service: str
    variable: str


@dataclass(frozen=True, slots=True)
class External:
    """People set the value on Render; it must exist, is checked and is kept."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The variable must not exist."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The value is what was there before a run, as the journal kept it; `None` where nothing was there."""

    run_id: int
    value: Secret | None


Offer = FromPostgres | FromKeyValue | FromService
"""What Render itself offers, whatever variables are set."""

From = Offer | FromVariable
Source = Literal | SecretRef | Generate | From | External | Absent | Recorded


@dataclass(frozen=True, slots=True)
class Definition:
    """One variable or secret file of one service (or group) in one environment, everything merged and inferred."""

    key: str
    source: Source
    location: Location
    type: TypeSpec = field(default_factory=TypeSpec)
    sensitive: bool = True
    rotation_destructive: bool = False
    shared: bool = False
    build_time: bool = False
    allow: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    is_shared: bool = False
    """Whether its source stands among the definitions at the top of the file; it means the same wherever it stands."""
