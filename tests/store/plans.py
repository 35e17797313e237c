"""Plans for the journal to remember, one variable of one service for each name."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from reconciler.domain.address import Address, Kind, Owner
from reconciler.domain.change import Action, Reason, ResourceChange
from reconciler.domain.journal import Intent, Reach
from reconciler.domain.plan import Estimate, Permissions, Plan, PlanKind, Scope
from reconciler.domain.state import DeployMode
from reconciler.domain.value import Fingerprint, Shown

WORKER = Owner("production", service="worker")
API = Owner("production", service="api")
KEY_ID = "plan-0a1b2c3d"


def variable(name: str, owner: Owner = WORKER) -> Address:
    return Address(owner, Kind.ENV_VAR, name)


def target_of(owner: Owner) -> str:
    return f"srv-{owner.environment}-{owner.name}"


def fingerprint(text: str) -> Fingerprint:
    return Fingerprint(hashlib.sha256(text.encode()).hexdigest()[:32])


def plan_of(*addresses: Address, plan_id: str | None = None, key_id: str = KEY_ID, shown: str = "shown") -> Plan:
    changes = tuple(
        ResourceChange(
            address, target_of(address.owner), Action.UPDATE, Reason.DIFFERENT, Shown(f"{shown}-old"), Shown(shown)
        )
        for address in addresses
    )
    return Plan(
        plan_id=plan_id or f"plan-{secrets.token_hex(8)}",
        kind=PlanKind.APPLY,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        created_by="alice@example.com",
        scope=Scope(("production",)),
        permissions=Permissions(),
        config_digest="c0ffee",
        key_id=key_id,
        targets=(),
        changes=changes,
        checks=(),
        undeclared=(),
        deploys=(),
        estimate=Estimate(),
        digest="d1935700",
    )


def reach_of(owner: Owner, mode: DeployMode = DeployMode.DEPLOY_ONLY, *, is_left_out: bool = False) -> Reach:
    return Reach(owner, target_of(owner), mode, is_left_out)


def intent(address: Address, after: str | None = "new", *, reaches: tuple[Reach, ...] | None = None) -> Intent:
    """Write to a variable, which reaches the service it is of unless that is said otherwise."""
    return Intent(
        address,
        target_of(address.owner),
        Action.DELETE if after is None else Action.UPDATE,
        fingerprint("old"),
        None if after is None else fingerprint(after),
        (reach_of(address.owner),) if reaches is None else reaches,
    )
