"""The plan file's form, version 1.0, as pydantic models; `schema/plan.schema.json` is made from them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason
from reconciler.domain.finding import Severity
from reconciler.domain.plan import FORMAT_VERSION, OnFailure, PlanKind
from reconciler.domain.state import DeployMode

OwnerText = Annotated[str, AfterValidator(lambda text: str(Owner.parse(text)))]
AddressText = Annotated[str, AfterValidator(lambda text: str(Address.parse(text)))]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Document(BaseModel):
    """The base of every record in a file; a later minor version may add members, which are passed over."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class PlaceDocument(Document):
    """A place in services.yaml; line and column count from 1."""

    file: str
    line: int
    column: int


class ShownDocument(Document):
    """A value that is not sensitive."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    value: str


class HiddenDocument(Document):
    """The keyed fingerprint of a sensitive value."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    fingerprint: str


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
    environment: str
    service: str | None = None
    group: str | None = None
    target_id: str
    kind: Kind
    key: str
    change: ChangeDocument
    action_reason: Reason
    source: str | None
    location: PlaceDocument | None


class CheckDocument(Document):
    """A finding; one of severity `error` keeps the plan from being applied."""

    code: str
    name: str
    severity: Severity
    message: str
    address: AddressText | None
    location: PlaceDocument | None
    fix: str | None


class ScopeDocument(Document):
    """What the plan is about; no services means all of them."""

    environments: list[str]
    services: list[str]


class PermissionsDocument(Document):
    """What the plan may do beyond the ordinary."""

    allow_deletes: int | None
    allow_rotation: list[str]
    no_deploy: bool
    on_failure: OnFailure
    ephemeral_store: bool


class TargetDocument(Document):
    """The service on Render that an owner resolved to."""

    address: OwnerText
    id: str
    name: str


class DeployDocument(Document):
    """One deploy that follows the writes."""

    address: OwnerText
    target_id: str
    mode: DeployMode


class SummaryDocument(Document):
    """The plan's counts."""

    add: int
    change: int
    destroy: int
    unchanged: int
    undeclared: int
    errors: int
    warnings: int


class EstimateDocument(Document):
    """Requests by kind that planning took, and what an apply will take; seconds of API calls, deploys not counted."""

    reads: dict[str, int]
    writes: int
    deploys: int
    seconds: int


class PlanDocument(Document):
    """A plan of `reconcile`: what would be done, and the digest that an approval signs."""

    format_version: Annotated[str, Field(pattern=r"^1\.\d+$", examples=[FORMAT_VERSION])]
    plan_id: str
    kind: PlanKind
    created_at: AwareDatetime
    created_by: str
    commit: str | None
    scope: ScopeDocument
    permissions: PermissionsDocument
    config_digest: Digest
    key_id: str
    digest: Digest
    targets: list[TargetDocument]
    resource_changes: list[ResourceChangeDocument]
    checks: list[CheckDocument]
    undeclared: list[AddressText]
    deploys: list[DeployDocument]
    summary: SummaryDocument
    estimate: EstimateDocument
