"""What may stand under the name of a variable or secret file, as the file has it before anything is merged."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from reconciler.config.names import NAME_PATTERN
from reconciler.domain.names import KEY_PATTERN

Scalar = Annotated[str | bool | int | float, Field(union_mode="left_to_right")]
"""A value: what counts are the characters that were typed, which the nodes have."""

Name = Annotated[str, WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
"""The name of an environment; patterns are left to jsonschema, which has checked the file before pydantic sees it."""

ByEnvironment = dict[Name, Scalar]
Said = Annotated[str, Field(min_length=1)]
"""Text that says something."""

SOURCES = ("value", "secret", "generate", "from", "external", "absent")
"""The keys of which a definition has exactly one."""


class Part(BaseModel):
    """A mapping of the language, which knows all of its keys."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, use_attribute_docstrings=True
    )


class GenerateDocument(Part):
    """A value that is made once, when it is missing, and then kept."""

    bytes: Annotated[int, Field(ge=1, le=4096)] = 32
    """How many random bytes."""
    encoding: Literal["base64", "urlsafe", "hex"] = "base64"
    """How they are written as text."""


class FromPostgresDocument(Part):
    """A property of a Postgres database on Render."""

    postgres: Said
    """Name or id of the database."""
    property: Literal[
        "internal_connection_string", "external_connection_string", "host", "port", "user", "password", "database"
    ]
    """What of it is taken."""


class FromKeyValueDocument(Part):
    """A property of a Key Value instance on Render."""

    key_value: Said
    """Name or id of the instance."""
    property: Literal["internal_connection_string", "external_connection_string", "host", "port"]
    """What of it is taken."""


class FromServiceDocument(Part):
    """A property of another service of this file."""

    service: Said
    """The service's name in this file."""
    property: Literal["url", "host", "hostport"]
    """What of it is taken."""


class FromVariableDocument(Part):
    """What another service of this file is to have in one of its variables."""

    service: Said
    """The service's name in this file."""
    variable: Said
    """The name of one of its variables."""


FromDocument = FromPostgresDocument | FromKeyValueDocument | FromServiceDocument | FromVariableDocument


class DefinitionDocument(Part):
    """What a variable or secret file is, where its value comes from, and how it may change."""

    description: str | None = None
    """What it is for; shown to people, means nothing to a plan."""
    type: str = "string"
    """What the value must be; each type has options of its own, which stand beside it."""
    sensitive: bool | None = None
    """Whether the value is hidden. Default: false for a `value` of a type without credentials, else true."""
    environments: Annotated[list[Said], Field(min_length=1)] | None = None
    """The environments in which it is declared. Default: all that the service has."""
    rotation: Literal["destructive"] | None = None
    """`destructive`: changing an existing value must be asked for by name."""
    shared: bool = False
    """Whether the same value in several environments is intended."""
    build_time: bool | None = None
    """Whether a change needs a build. Default: inferred from public prefixes such as NEXT_PUBLIC_."""
    allow: dict[Said, Said] | None = Field(default=None, examples=[{"RULE": "why it is right here"}])
    """Rules that do not count here, each with the reason."""

    value: Scalar | ByEnvironment | None = None
    """The value itself, for every environment or one for each."""
    secret: Said | dict[Name, Said] | None = Field(
        default=None,
        examples=["vault://kv/app/{environment}#/key", "sops://secrets/{environment}.yaml#/key", "env://NAME"],
    )
    """Where a secret store has the value, for every environment or one for each."""
    generate: GenerateDocument | None = None
    """Made once when missing, then kept."""
    from_: FromDocument | dict[Name, FromDocument] | None = Field(default=None, alias="from")
    """Read from Render, for every environment or one for each."""
    external: Literal[True] | None = None
    """People set it on Render: it must exist, is checked and is kept."""
    absent: Literal[True] | None = None
    """It must not exist."""

    pattern: str | None = None
    """Types string, api_key: a regular expression that the value matches."""
    min_length: Annotated[int, Field(ge=0)] | None = None
    """Type string: the fewest characters."""
    max_length: Annotated[int, Field(ge=0)] | None = None
    """Type string: the most characters."""
    min: int | float | None = None
    """Types integer, number: the smallest value."""
    max: int | float | None = None
    """Types integer, number: the largest value."""
    values: Annotated[list[Scalar], Field(min_length=1)] | None = None
    """Type enum: what the value may be."""
    schema_: dict[str, Any] | bool | None = Field(default=None, alias="schema")
    """Type json: the JSON Schema of the value."""
    pool_mode: str | None = Field(default=None, examples=["transaction", "session", "direct"])
    """Type postgres_url: how Supabase's pooler is to be used."""
    driver: str | None = None
    """Type postgres_url: the driver that the URL is for."""
    same_project_as: Annotated[str, WithJsonSchema({"type": "string", "pattern": KEY_PATTERN})] | None = None
    """Types postgres_url, supabase_key: the variable whose Supabase project this one belongs to."""
    ipv4_addon: bool | None = None
    """Type postgres_url: whether the Supabase project has the IPv4 add-on."""
    role: str | None = Field(default=None, examples=["service_role", "anon"])
    """Type supabase_key: the role that the key is for."""
    claims: list[str] | dict[str, Any] | None = None
    """Type jwt: the claims that the token must have."""
    bytes: Annotated[int, Field(ge=1)] | None = None
    """Types base64, hex: how many bytes the value stands for."""
    kind: str | None = None
    """Type pem: what the block holds."""
    prefix: str | None = None
    """Type api_key: what the value starts with."""


OPTIONS = {
    "pattern": "pattern",
    "min_length": "min_length",
    "max_length": "max_length",
    "min": "min",
    "max": "max",
    "values": "values",
    "schema": "schema_",
    "pool_mode": "pool_mode",
    "driver": "driver",
    "same_project_as": "same_project_as",
    "ipv4_addon": "ipv4_addon",
    "role": "role",
    "claims": "claims",
    "bytes": "bytes",
    "kind": "kind",
    "prefix": "prefix",
}
"""Every type's own options, by the names of the language, and the fields that hold them."""
