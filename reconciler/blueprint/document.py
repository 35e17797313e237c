"""The shape of a Blueprint, as far as it is about variables; fields that are not known are counted, never refused.

Source: https://render.com/docs/blueprint-spec. Every scalar is the text that was typed, as Render takes values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterator


class Part(BaseModel):
    """What all parts have in common."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    passed_over: ClassVar[frozenset[str]] = frozenset()
    """Fields that Render documents and that say nothing of variables."""

    def unknown(self) -> Iterator[str]:
        """Yield the names of fields that are not known, those of the parts within included."""
        yield from sorted((self.model_extra or {}).keys() - self.passed_over)
        for name in type(self).model_fields:
            held = getattr(self, name)
            for part in held if isinstance(held, list) else [held]:
                if isinstance(part, Part):
                    yield from part.unknown()


class FromDatabase(Part):
    """A property of a database."""

    name: str
    property: str


class FromService(Part):
    """A property of another service, or one of its variables."""

    name: str
    type: str | None = None
    property: str | None = None
    variable: str | None = Field(default=None, alias="envVarKey")


class EnvVar(Part):
    """One item of `envVars`."""

    key: str | None = None
    value: str | None = None
    generate: bool | None = Field(default=None, alias="generateValue")
    sync: bool | None = None
    database: FromDatabase | None = Field(default=None, alias="fromDatabase")
    service: FromService | None = Field(default=None, alias="fromService")
    group: str | None = Field(default=None, alias="fromGroup")
    preview_value: str | None = Field(default=None, alias="previewValue")


class Service(Part):
    """A service, or a Key Value instance, which Blueprints list among them."""

    passed_over = frozenset(
        {
            *("autoDeploy", "autoDeployTrigger", "branch", "buildCommand", "buildFilter", "buildPlan", "disk"),
            *("dockerCommand", "dockerContext", "dockerfilePath", "domains", "env", "headers", "healthCheckPath"),
            *("image", "initialDeployHook", "ipAllowList", "maintenanceMode", "maxShutdownDelaySeconds"),
            *("maxmemoryPolicy", "numInstances", "persistenceMode", "plan", "preDeployCommand", "previewPlan"),
            *("previews", "pullRequestPreviewsEnabled", "region", "registryCredential", "renderSubdomainPolicy"),
            *("repo", "rootDir", "routes", "runtime", "scaling", "schedule", "startCommand", "staticPublishPath"),
        }
    )

    name: str
    type: str
    variables: list[EnvVar] | None = Field(default=None, alias="envVars")


class Group(Part):
    """An env group."""

    name: str
    variables: list[EnvVar] | None = Field(default=None, alias="envVars")


class Database(Part):
    """A Postgres database."""

    passed_over = frozenset(
        {
            *("connectionPool", "databaseName", "diskSizeGB", "highAvailability", "ipAllowList", "plan"),
            *("postgresMajorVersion", "previewDiskSizeGB", "previewPlan", "readReplicas", "region"),
            *("storageAutoscalingEnabled", "user"),
        }
    )

    name: str


class Section(Part):
    """What may stand at the top, in an environment, or under `ungrouped`."""

    passed_over = frozenset(
        {"ipAllowList", "name", "networkIsolation", "networking", "permissions", "protectedStatus", "version"}
    )

    services: list[Service] | None = None
    databases: list[Database] | None = None
    groups: list[Group] | None = Field(default=None, alias="envVarGroups")


class Environment(Section):
    """An environment of a project."""

    name: str


class Project(Part):
    """A project."""

    name: str
    groups: list[Group] | None = Field(default=None, alias="envVarGroups")
    environments: list[Environment] | None = None


class Blueprint(Section):
    """A whole `render.yaml`."""

    passed_over = frozenset({"previews", "previewsEnabled", "previewsExpireAfterDays", "version"})

    projects: list[Project] | None = None
    ungrouped: Section | list[Section] | None = None

    def sections(self) -> Iterator[tuple[str | None, Section]]:
        """Walk everything that has services or groups, each with the name of its environment where it has one."""
        yield None, self
        ungrouped = self.ungrouped
        for section in ungrouped if isinstance(ungrouped, list) else [ungrouped]:
            if section is not None:
                yield None, section
        for project in self.projects or ():
            yield None, Section(groups=project.groups)
            for environment in project.environments or ():
                yield environment.name, environment
