"""The plan file's form, version 1.0, as pydantic models; `schema/plan.schema.json` is made from them."""

from __future__ import annotations

import re
from collections.abc import Collection  # noqa: TC003 — pydantic reads this module's annotations
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason
from reconciler.domain.finding import Severity
from reconciler.domain.plan import FORMAT_VERSION, OnFailure, PlanKind
from reconciler.domain.printable import printable
from reconciler.domain.state import DeployMode

NAME_PATTERN = r"^[A-Za-z0-9_.-]{1,128}$"
"""Names of environments, services and groups, as services.yaml takes them."""

REPOSITORY_PATTERN = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_.-]{1,100}$"
"""A repository on GitHub: its owner and its name."""


def _owner(text: str) -> str:
    return str(_checked(Owner.parse(text)))


def _address(text: str) -> str:
    address = Address.parse(text)
    _checked(address.owner)
    _key(address.key)
    return str(address)


def _checked(owner: Owner) -> Owner:
    names = (owner.environment, owner.name)
    if not all(re.fullmatch(NAME_PATTERN, name) and name not in {".", ".."} for name in names):
        message = "not the address of a service or a group"
        raise ValueError(message)
    if owner.service == "groups":
        message = "`groups` is no name for a service"
        raise ValueError(message)
    return owner


def _key(text: str) -> str:
    # What a service has and nobody declared may have any other name; it is escaped wherever it is shown, which a
    # backslash of its own could look like.
    if text in {"", ".", ".."} or set(text) & {"/", "\\", "\0"}:
        message = "not the name of a variable or a secret file"
        raise ValueError(message)
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        message = "has a line end, or a character that does not show"
        raise ValueError(message)
    return text


OwnerText = Annotated[str, AfterValidator(_owner)]
AddressText = Annotated[str, AfterValidator(_address)]
NameText = Annotated[str, Field(pattern=NAME_PATTERN)]
KeyText = Annotated[str, AfterValidator(_key)]
IdText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
LineText = Annotated[str, AfterValidator(_printable), Field(max_length=8192, description="One line that prints")]
WhoText = Annotated[str, AfterValidator(_printable), Field(min_length=1, max_length=256)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Document(BaseModel):
    """The base of every record in a file; a later minor version may add members, which are passed over."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class PlaceDocument(Document):
    """A place in services.yaml; line and column count from 1."""

    file: LineText
    line: Count
    column: Count


class ShownDocument(Document):
    """A value that is not sensitive."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    value: str


class HiddenDocument(Document):
    """The keyed fingerprint of a sensitive value."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class UnknownDocument(Document):
    """A value that is made while the plan is applied."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    known_after_apply: Literal[True]


SideDocument = ShownDocument | HiddenDocument | UnknownDocument | None


class ChangeDocument(Document):
    """What happens to the value."""

    actions: Annotated[list[Action], Field(min_length=1, max_length=1)]
    before: SideDocument
    after: SideDocument
    before_sensitive: bool
    after_sensitive: bool


class ResourceChangeDocument(Document):
    """One address of the plan."""

    address: AddressText
    environment: NameText
    service: NameText | None = None
    group: NameText | None = None
    target_id: IdText
    kind: Kind
    key: KeyText
    change: ChangeDocument
    action_reason: Reason
    source: LineText | None
    location: PlaceDocument | None


class CheckDocument(Document):
    """A finding; one of severity `error` keeps the plan from being applied."""

    code: Annotated[str, Field(pattern=r"^RC[0-9]{3}$")]
    name: Annotated[str, Field(pattern=r"^[a-z-]{1,100}$")]
    severity: Severity
    message: LineText
    address: AddressText | None
    location: PlaceDocument | None
    fix: LineText | None


class WorkflowRunDocument(Document):
    """The run of GitHub's Actions that the plan was made in; the attempt counts from 1."""

    repository: Annotated[str, Field(pattern=REPOSITORY_PATTERN)]
    id: Annotated[int, Field(ge=1, lt=10**18)]
    attempt: Annotated[int, Field(ge=1, lt=10**9)]


class ScopeDocument(Document):
    """What the plan is about; no services means all of them."""

    environments: list[NameText]
    services: list[NameText]


class PermissionsDocument(Document):
    """What the plan may do beyond the ordinary."""

    allow_deletes: Count | None
    allow_rotation: list[AddressText]
    no_deploy: bool
    on_failure: OnFailure
    ephemeral_store: bool


class TargetDocument(Document):
    """The service or env group on Render that an owner resolved to."""

    address: OwnerText
    id: IdText
    name: LineText


class DeployDocument(Document):
    """One deploy that follows the writes; or those of an earlier run, which still wait for one."""

    address: OwnerText
    target_id: IdText
    mode: DeployMode
    owed_by: Annotated[int, Field(ge=1)] | None = None


class LinkedServiceDocument(Document):
    """A service that only Render knows."""

    id: IdText
    name: LineText


class ReachDocument(Document):
    """Whom the changes of an env group reach, by links that are there or are made by the plan."""

    address: OwnerText
    services: list[OwnerText]
    undeclared: list[LinkedServiceDocument]


class SummaryDocument(Document):
    """The plan's counts."""

    add: Count
    change: Count
    destroy: Count
    unchanged: Count
    undeclared: Count
    errors: Count
    warnings: Count


class EstimateDocument(Document):
    """Requests by kind that planning took, and what an apply will take; seconds of API calls, deploys not counted."""

    reads: dict[NameText, Count]
    writes: Count
    deploys: Count
    seconds: Count


class PlanDocument(Document):
    """A plan of `reconcile`: what would be done, and the digest that an approval signs."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": PlanKind.ROLLBACK.value}}},
            "then": {"required": ["run"], "properties": {"run": {"type": "integer"}}},
            "else": {"properties": {"run": {"type": "null"}}},
        }
    )
    format_version: Annotated[str, Field(pattern=r"^1\.[0-9]{1,4}$", examples=[FORMAT_VERSION])]
    plan_id: IdText
    kind: PlanKind
    run: Annotated[int | None, Field(ge=1, description="The run that a rollback undoes; there only for a rollback")] = (
        None
    )
    created_at: AwareDatetime
    created_by: WhoText
    commit: WhoText | None
    workflow_run: WorkflowRunDocument | None = None
    scope: ScopeDocument
    permissions: PermissionsDocument
    config_digest: Digest
    key_id: IdText
    digest: Digest
    targets: list[TargetDocument]
    resource_changes: list[ResourceChangeDocument]
    checks: list[CheckDocument]
    undeclared: list[AddressText]
    deploys: list[DeployDocument]
    reaches: list[ReachDocument]
    summary: SummaryDocument
    estimate: EstimateDocument


def first_mistake(error: ValidationError, forms: Collection[str] = ()) -> str:
    """Say where a document is first not what it has to be, and why, without what stands there.

    `forms` are the names that alternatives have in pydantic's places, and nowhere in the document.
    """
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in forms)
    return printable(f"{place}: {first['msg']}" if place else first["msg"])
