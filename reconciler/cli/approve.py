"""`reconcile approve`: sign the very plan that is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.approvals import approvals_path, approvers_of, stored_approvals
from reconciler.cli.clock import SystemClock
from reconciler.cli.files import read_whole, write_whole
from reconciler.cli.git import signing_key
from reconciler.cli.policy import Policy, policy_of
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load
from reconciler.domain.approval import Approval, Statement
from reconciler.errors import ApprovalError, CheckFailedError, UsageError
from reconciler.planning.approval_file import dump_approvals, signed_bytes
from reconciler.planning.plan_file import load_plan
from reconciler.report.plan_text import plan_text
from reconciler.signatures import principals_of, sign

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.plan import Plan

DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")


@click.command()
@common_options
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with [default: git's, else ~/.ssh/id_*].")
@click.option("--identity", metavar="WHO", help="Your principal in allowed_signers [default: the key's own there].")
def approve(settings: Settings, plan_file: Path, key: Path | None, identity: str | None) -> None:
    """Sign a plan, so that it may be applied to the environments it protects."""
    plan = load_plan(read_whole(plan_file, "plan file"), str(plan_file))
    desired = load(settings.file)
    policy = policy_of(desired, settings.file)
    unknown = [name for name in plan.scope.environments if name not in desired.environments]
    if unknown:
        raise UsageError(f"{plan_file} is about {', '.join(unknown)}, which {settings.file} does not declare")
    settings.show(plan_text(plan, settings.width))
    if plan.summary.errors:
        raise CheckFailedError("the plan has check errors and could not be applied; there is nothing to approve")
    now = SystemClock().now().replace(microsecond=0)
    approval = _signed(plan, policy, key or _own_key(settings.file.parent), identity, now)
    # Whoever signs hears at once whether it will count, not the one who applies hours later.
    approvers_of(plan, [approval], _for_one(policy), now)
    approvals = [*stored_approvals(plan_file), approval]
    write_whole(approvals_path(plan_file), dump_approvals(approvals))
    settings.tell(f"\nApproved by {approval.identity} until {approval.statement.expires_at:%Y-%m-%d %H:%M} UTC.")
    try:
        approvers_of(plan, approvals, policy, now)
    except ApprovalError as error:
        settings.tell(error.message)
    else:
        settings.tell(f"Next: reconcile apply {plan_file}")


def _signed(plan: Plan, policy: Policy, key: Path, identity: str | None, now: datetime) -> Approval:
    lifetime = min(policy.protection[name].approval_ttl for name in plan.scope.environments)
    statement = Statement(plan.plan_id, plan.digest, plan.scope.environments, plan.created_by, now, now + lifetime)
    signature = sign(signed_bytes(statement), key)
    if identity is None:
        names = principals_of(signature, policy.signers)
        if len(names) != 1:
            found = f"lists that key for {', '.join(names)}" if names else "does not list that key"
            add = "an approver's key is added there by a change that others review"
            raise ApprovalError(
                f"{policy.signers_name} {found}", remedy="say who you are with --identity" if names else add
            )
        identity = names[0]
    return Approval(statement, identity, signature)


def _for_one(policy: Policy) -> Policy:
    """Return the policy as it would be if one approval were enough, to judge that one."""
    protection = {name: replace(environment, approvals=1) for name, environment in policy.protection.items()}
    return replace(policy, protection=protection)


def _own_key(folder: Path) -> Path:
    configured = signing_key(folder)
    if configured is not None:
        return Path(configured).expanduser()
    home = Path.home() / ".ssh"
    found = [home / name for name in DEFAULT_KEYS if (home / name).is_file()]
    if not found:
        raise UsageError("no SSH key to sign with", remedy="name one with --key FILE")
    return found[0]
