"""The plan file: a plan as JSON and the way back, with a refusal for a file that is not what its digest says."""

from __future__ import annotations

import json
import re

from pydantic import ValidationError

from reconciler.domain.address import Address, Owner
from reconciler.domain.change import ResourceChange
from reconciler.domain.finding import Finding
from reconciler.domain.plan import (
    Estimate,
    GroupReach,
    Permissions,
    Plan,
    PlannedDeploy,
    Scope,
    Target,
)
from reconciler.domain.printable import printable
from reconciler.domain.state import LinkedService
from reconciler.domain.value import Fingerprint, Hidden, KnownAfterApply, Shown, Side
from reconciler.errors import Location, PlanFileError, TamperedPlanError
from reconciler.planning.contradiction import contradiction_in
from reconciler.planning.digest import plan_digest, side_document
from reconciler.planning.plan_document import (
    CheckDocument,
    HiddenDocument,
    PlaceDocument,
    PlanDocument,
    ReachDocument,
    ResourceChangeDocument,
    ShownDocument,
    SideDocument,
    UnknownDocument,
    first_mistake,
)

AGAIN = "make the plan anew with `reconcile plan -o FILE`"


def dump_plan(plan: Plan) -> str:
    """Return a plan as the JSON text of its file.

    Raises `PlanFileError` for a plan that no file can hold, such as one with a permission for what is no address.
    """
    try:
        document = PlanDocument.model_validate(_document(plan))
    except ValidationError as error:
        raise PlanFileError(f"the plan cannot be written as a file: {first_mistake(error)}") from None
    return escaped_json(document.model_dump_json(indent=2, exclude_unset=True)) + "\n"


def _document(plan: Plan) -> dict[str, object]:
    return {
        "format_version": plan.format_version,
        "plan_id": plan.plan_id,
        "kind": plan.kind,
        **({} if plan.run is None else {"run": plan.run}),
        "created_at": plan.created_at,
        "created_by": printable(plan.created_by),
        "commit": plan.commit,
        "scope": {"environments": plan.scope.environments, "services": plan.scope.services},
        "permissions": {
            "allow_deletes": plan.permissions.allow_deletes,
            "allow_rotation": plan.permissions.allow_rotation,
            "no_deploy": plan.permissions.no_deploy,
            "on_failure": plan.permissions.on_failure,
            "ephemeral_store": plan.permissions.ephemeral_store,
        },
        "config_digest": plan.config_digest,
        "key_id": plan.key_id,
        "digest": plan.digest,
        "targets": [
            {"address": str(target.owner), "id": target.id, "name": printable(target.name)} for target in plan.targets
        ],
        "resource_changes": [change_document(change) for change in plan.changes],
        "checks": [check_document(check) for check in plan.checks],
        "undeclared": [str(address) for address in plan.undeclared],
        "deploys": [
            {
                "address": str(deploy.owner),
                "target_id": deploy.target_id,
                "mode": deploy.mode,
                "owed_by": deploy.owed_by,
            }
            for deploy in plan.deploys
        ],
        "reaches": [
            {
                "address": str(reach.owner),
                "services": [str(owner) for owner in reach.services],
                "undeclared": [{"id": link.id, "name": printable(link.name)} for link in reach.undeclared],
            }
            for reach in plan.reaches
        ],
        "summary": {name: getattr(plan.summary, name) for name in plan.summary.__slots__},
        "estimate": {name: getattr(plan.estimate, name) for name in plan.estimate.__slots__},
    }


def load_plan(text: str, name: str) -> Plan:
    """Read a plan back from its file's text; `name` is the file's, for messages.

    Raises `PlanFileError` for text that is no plan or one of a newer format, and `TamperedPlanError` for a plan whose
    content is not what its digest stands for: what is shown to an approver must be what the signature covers.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanFileError(f"{name} is not a whole plan file: it does not read as JSON", remedy=AGAIN) from error
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if not isinstance(version, str):
        raise PlanFileError(f"{name} is not a plan file: it has no format_version", remedy=AGAIN)
    if version.partition(".")[0] != "1":
        raise PlanFileError(
            f"{name} has plan format {version[:20]!r}; this reconcile reads 1.x",
            remedy="use the version of reconcile that made the plan, or make the plan anew with this one",
        )
    try:
        document = PlanDocument.model_validate_json(text)
    except ValidationError as error:
        raise PlanFileError(f"{name} is not a plan file: {first_mistake(error)}", remedy=AGAIN) from None
    plan = _plan(document)
    contradiction = contradiction_in(document, plan)
    if contradiction is not None:
        raise TamperedPlanError(
            f"{name} was changed after it was made: it contradicts itself ({contradiction})", remedy=AGAIN
        )
    if plan_digest(plan) != plan.digest:
        raise TamperedPlanError(
            f"{name} was changed after it was made: its content is not what its digest stands for", remedy=AGAIN
        )
    return plan


def escaped_json(text: str) -> str:
    """Return JSON with every character that does not print as its escape: it may be read on a terminal.

    Or printed by a job of GitHub's Actions, whose runner looks for commands of the form `##[…]` within lines.
    """
    # Outside of strings JSON is printable but for its line ends, and within them those are escaped already.
    shown = "\n".join(line if line.isprintable() else _ESCAPED.sub(_escape, line) for line in text.split("\n"))
    return shown.replace("##[", r"\u0023#[")


_ESCAPED = re.compile(r"[^\x20-\x7e]")


def _escape(match: re.Match[str]) -> str:
    return match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1]


def check_document(check: Finding) -> dict[str, object]:
    """Return a finding as it stands in files."""
    return {
        "code": check.code,
        "name": check.name,
        "severity": check.severity,
        "message": printable(check.message),
        "address": None if check.address is None else str(check.address),
        "location": _place_document(check.location),
        "fix": None if check.fix is None else printable(check.fix),
    }


def change_document(change: ResourceChange) -> dict[str, object]:
    """Return a change as it stands in files."""
    owner = change.address.owner
    return {
        "address": str(change.address),
        "environment": owner.environment,
        **({"service": owner.service} if owner.service else {"group": owner.group}),
        "target_id": change.target_id,
        "kind": change.address.kind,
        "key": change.address.key,
        "change": {
            "actions": [change.action],
            "before": side_document(change.before),
            "after": side_document(change.after),
            "before_sensitive": _is_sensitive(change.before),
            "after_sensitive": _is_sensitive(change.after),
        },
        "action_reason": change.reason,
        "source": change.source,
        "location": _place_document(change.location),
    }


def _is_sensitive(side: Side | None) -> bool:
    return side is not None and not isinstance(side, Shown)


def _place_document(location: Location | None) -> dict[str, object] | None:
    if location is None:
        return None
    return {"file": printable(location.file), "line": location.line, "column": location.column}


def _plan(document: PlanDocument) -> Plan:
    return Plan(
        plan_id=document.plan_id,
        kind=document.kind,
        created_at=document.created_at,
        created_by=document.created_by,
        commit=document.commit,
        run=document.run,
        scope=Scope(tuple(document.scope.environments), tuple(document.scope.services)),
        permissions=Permissions(
            document.permissions.allow_deletes,
            tuple(document.permissions.allow_rotation),
            document.permissions.no_deploy,
            document.permissions.on_failure,
            document.permissions.ephemeral_store,
        ),
        config_digest=document.config_digest,
        key_id=document.key_id,
        targets=tuple(Target(Owner.parse(target.address), target.id, target.name) for target in document.targets),
        changes=tuple(_change(change) for change in document.resource_changes),
        checks=tuple(_finding(check) for check in document.checks),
        undeclared=tuple(Address.parse(address) for address in document.undeclared),
        deploys=tuple(
            PlannedDeploy(Owner.parse(deploy.address), deploy.target_id, deploy.mode, deploy.owed_by)
            for deploy in document.deploys
        ),
        reaches=tuple(_reach(reach) for reach in document.reaches),
        estimate=Estimate(
            document.estimate.reads, document.estimate.writes, document.estimate.deploys, document.estimate.seconds
        ),
        digest=document.digest,
        format_version=document.format_version,
    )


def _reach(document: ReachDocument) -> GroupReach:
    return GroupReach(
        Owner.parse(document.address),
        tuple(Owner.parse(service) for service in document.services),
        tuple(LinkedService(link.id, link.name) for link in document.undeclared),
    )


def _change(document: ResourceChangeDocument) -> ResourceChange:
    return ResourceChange(
        Address.parse(document.address),
        document.target_id,
        document.change.actions[0],
        document.action_reason,
        _side(document.change.before),
        _side(document.change.after),
        document.source,
        _location(document.location),
    )


def _finding(document: CheckDocument) -> Finding:
    return Finding(
        document.code,
        document.name,
        document.severity,
        document.message,
        Address.parse(document.address) if document.address else None,
        _location(document.location),
        document.fix,
    )


def _side(document: SideDocument) -> Side | None:
    match document:
        case None:
            return None
        case ShownDocument(value=value):
            return Shown(value)
        case HiddenDocument(fingerprint=fingerprint):
            return Hidden(Fingerprint(fingerprint))
        case UnknownDocument():
            return KnownAfterApply()


def _location(document: PlaceDocument | None) -> Location | None:
    return None if document is None else Location(document.file, document.line, document.column)
