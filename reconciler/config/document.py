"""The whole of `services.yaml` as its author wrote it, before anything is merged or inferred."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from reconciler.config.definition_document import DefinitionDocument, Name, Part, Said, Scalar
from reconciler.config.duration import DURATION_PATTERN
from reconciler.config.names import FILE_PATTERN, LOGIN_PATTERN, NAME_PATTERN, SERVICE_PATTERN, VARIABLE_PATTERN
from reconciler.domain.names import KEY_PATTERN

Duration = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN, "minLength": 1, "examples": ["90s", "15m", "24h"]}),
]
Key = Annotated[str, WithJsonSchema({"type": "string", "pattern": KEY_PATTERN})]
File = Annotated[str, WithJsonSchema({"type": "string", "pattern": FILE_PATTERN})]
Service = Annotated[str, WithJsonSchema({"type": "string", "pattern": SERVICE_PATTERN})]
Login = Annotated[str, WithJsonSchema({"type": "string", "pattern": LOGIN_PATTERN})]
Group = Annotated[str, WithJsonSchema({"type": "string", "pattern": NAME_PATTERN})]
Target = Said | Annotated[dict[Name, Said], Field(min_length=1)]

SharedVariable = Annotated[Scalar | DefinitionDocument, Field(union_mode="left_to_right")]
Variable = Annotated[Scalar | DefinitionDocument | None, Field(union_mode="left_to_right")]
"""Nothing at all means: as defined under the top-level `variables:`."""


class EnvironmentDocument(Part):
    """An environment and what protects it."""

    kind: Literal["production", "staging", "development"] | None = None
    """What it is for; inferred where the environment has one of these names."""
    workspace: Said | None = Field(default=None, examples=["tea-d1example0example0ex"])
    """Id or name of the workspace on Render; may be left out when the API key sees one only."""
    api_key: Annotated[str, WithJsonSchema({"type": "string", "pattern": VARIABLE_PATTERN})] = "RENDER_API_KEY"
    """Name of the environment variable that holds the API key; never the key."""
    protected: bool = False
    """Whether an apply needs an approval of the very plan."""
    approvals: Annotated[int, Field(ge=1)] = 1
    """How many distinct approvers it needs."""
    allow_self_approval: bool = False
    """Whether whoever made the plan may approve it."""
    approval_ttl: Duration = "24h"
    """For how long an approval counts."""


class ApproversDocument(Part):
    """Who may approve a plan."""

    ssh: Said | None = Field(default=None, examples=[".reconcile/allowed_signers"])
    """An OpenSSH allowed_signers file, relative to this file."""
    github: list[Login] = Field(default=[])
    """Logins of people who may approve on GitHub."""


class HealthDocument(Part):
    """What proves that a service is healthy after a deploy."""

    path: Annotated[str, WithJsonSchema({"type": "string", "pattern": "^/"})] | None = Field(
        default=None, examples=["/health"]
    )
    """The path that answers when all is well."""
    log_ready: Said | None = Field(default=None, examples=["worker started", "/ready in [0-9]+ ms/"])
    """Text of a log line, or a regular expression between slashes, that says: ready."""
    log_fatal: list[Said] = Field(default=[])
    """Texts or regular expressions of log lines that say: will not become healthy."""
    within: Duration = "2m"
    """How long to wait for it."""


class DeployDocument(Part):
    """How a changed service is deployed."""

    mode: Literal["deploy_only", "build_and_deploy"] | None = None
    """Reuse the last build or build anew. Default: decided by what changed."""
    after: list[Said] = Field(default=[])
    """Services of this file that are deployed before."""
    timeout: Duration = "15m"
    """How long the deploy may take."""


class ServiceDocument(Part):
    """A service on Render and what it is to have."""

    render: Target = Field(examples=["api-{environment}", {"staging": "api-staging", "production": "api"}])
    """Name or id on Render: one text, with `{environment}` and `{service}` replaced, or one for each environment."""
    read_only: bool | Annotated[list[Said], Field(min_length=1)] = False
    """Audited, never written: everywhere (true) or in these environments."""
    health: HealthDocument | None = None
    """What proves that it is healthy after a deploy."""
    variables: dict[Key, Variable] = Field(default={})
    """By name: a value, a definition, or nothing for what the top-level `variables:` says."""
    secret_files: dict[File, SharedVariable] = Field(default={})
    """By file name: the content, or a definition."""
    env_groups: list[Said] = Field(default=[])
    """Env groups of this file that are linked to the service."""
    ignore: list[Said] = Field(default=[], examples=[["DD_*"]])
    """Patterns of undeclared names that are never touched and never reported."""
    prune: bool = False
    """Whether undeclared variables and secret files are deleted."""
    deploy: DeployDocument | None = None
    """How it is deployed when something changed."""


class GroupDocument(Part):
    """An env group on Render and what it is to have."""

    render: Target = Field(examples=["observability-{environment}"])
    """Name or id on Render: one text, with `{environment}` replaced, or one for each environment."""
    variables: dict[Key, Variable] = Field(default={})
    """By name: a value, a definition, or nothing for what the top-level `variables:` says."""


class Document(Part):
    """Which variables and secrets each service on Render is to have in each environment."""

    version: Literal[1]
    """The version of this language."""
    environments: Annotated[dict[Name, EnvironmentDocument | None], Field(min_length=1)]
    """The environments, by name; nothing at all means that all is as usual."""
    approvers: ApproversDocument | None = None
    """Who may approve a plan."""
    variables: dict[Key, SharedVariable] = Field(default={})
    """What a variable is, said once; services use it by its name."""
    services: dict[Service, ServiceDocument] = Field(default={})
    """The services, by name."""
    env_groups: dict[Group, GroupDocument] = Field(default={})
    """The env groups, by name."""
