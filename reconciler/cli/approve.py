"""`reconcile approve`: sign the very plan that is shown, or take what was said about it on GitHub."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.approvals import (
    approvals_path,
    approvers_of,
    evidence_for,
    is_name,
    places_of,
    stored_approvals,
)
from reconciler.cli.clock import SystemClock
from reconciler.cli.files import read_whole, write_whole
from reconciler.cli.git import signing_key
from reconciler.cli.keys import PLAN_KEY
from reconciler.cli.policy import Policy, policy_of
from reconciler.cli.settings import Settings, common_options
from reconciler.config import load
from reconciler.domain.approval import Approval, Statement
from reconciler.domain.plan import OnFailure
from reconciler.errors import ApprovalError, CheckFailedError, RefusedError, UsageError
from reconciler.planning.approval_file import dump_approvals, signed_bytes
from reconciler.planning.plan_file import load_plan
from reconciler.report.inline import inline
from reconciler.report.plan_text import plan_text
from reconciler.signatures import principals_of, sign

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reconciler.domain.approval import StoredApproval
    from reconciler.domain.plan import Plan

API_KEY_ORIGIN = "api"
"""What the id of a fingerprint key begins with that was derived from API keys."""
DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")


@click.command()
@common_options
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="SSH key to sign with [default: git's, else ~/.ssh/id_*].")
@click.option("--identity", metavar="WHO", help="Your principal in allowed_signers [default: the key's own there].")
@click.option("--from-github-run", is_flag=True, help="Take what reviewers of this workflow run said.")
@click.option("--from-github-reviews", is_flag=True, help="Take the reviews of the pull request.")
def approve(
    settings: Settings,
    plan_file: Path,
    *,
    key: Path | None,
    identity: str | None,
    from_github_run: bool,
    from_github_reviews: bool,
) -> None:
    """Sign a plan, or take approvals from GitHub, so that it may be applied to the environments it protects."""
    is_signed = not (from_github_run or from_github_reviews)
    if (from_github_run and from_github_reviews) or not (is_signed or (key is None and identity is None)):
        raise UsageError("an approval is signed, with --key and --identity, or taken from one place on GitHub")
    plan = load_plan(read_whole(plan_file, "plan file"), str(plan_file))
    desired = load(settings.file)
    policy = policy_of(desired, settings.file)
    unknown = [name for name in plan.scope.environments if name not in desired.environments]
    if unknown:
        raise UsageError(f"{plan_file} is about {', '.join(unknown)}, which {settings.file} does not declare")
    _require_plan_key(plan, policy)
    settings.show(plan_text(plan, settings.width))
    settings.show("\n" + "\n".join(_answered_for(plan)))
    if plan.summary.errors:
        raise CheckFailedError("the plan has check errors and could not be applied; there is nothing to approve")
    if is_signed:
        if sys.stdin.isatty() and sys.stderr.isatty():
            _ask()
        now = SystemClock().now().replace(microsecond=0)
        approval = _signed(plan, policy, key or _own_key(settings.file.parent), identity, now)
        until = f"{approval.statement.expires_at:%Y-%m-%d %H:%M} UTC"
        _keep(plan_file, plan, policy, [approval], now)
        settings.tell(f"\nApproved by {approval.identity} until {until}.")
    else:
        places = places_of(plan, in_run=from_github_run)
        who = _keep(plan_file, plan, policy, places, SystemClock().now())
        settings.tell(f"\nApproved by {', '.join(who) or 'nobody; nothing in its scope is protected'}.")
    try:
        approvers_of(plan, evidence_for(plan, stored_approvals(plan_file), policy), policy, SystemClock().now())
    except ApprovalError as error:
        settings.tell(error.message)
    else:
        settings.tell(f"Next: reconcile apply {plan_file}")


def _keep(
    plan_file: Path, plan: Plan, policy: Policy, found: Sequence[StoredApproval], now: datetime
) -> tuple[str, ...]:
    """Put approvals beside the plan and return whose they are; raises `ApprovalError` for those that do not count.

    Whoever approves hears at once whether it will count, not the one who applies hours later.
    """
    who = approvers_of(plan, evidence_for(plan, found, policy), _for_one(policy), now)
    others = [one for one in stored_approvals(plan_file) if isinstance(one, Approval) or one not in found]
    write_whole(approvals_path(plan_file), dump_approvals([*others, *found]))
    return who.by


def _require_plan_key(plan: Plan, policy: Policy) -> None:
    """Refuse to approve what apply could never accept: fingerprints under a key that whoever applies need not have."""
    if plan.key_id.startswith(f"{API_KEY_ORIGIN}-") and (names := policy.protects(plan.scope.environments)):
        raise ApprovalError(
            f"{' and '.join(names)}: the plan's fingerprints were not made under {PLAN_KEY}, so it cannot be applied",
            remedy=f"set {PLAN_KEY} where plans are made, and make the plan anew",
        )


def _answered_for(plan: Plan) -> list[str]:
    """Say what an approver answers for besides the changes: whose plan it is, for what, and all that it may do."""
    allowed = plan.permissions
    scope = f"all services of {_list(plan.scope.environments)}"
    if plan.scope.services:
        scope = f"{_list(plan.scope.services)} of {_list(plan.scope.environments)}"
    permissions = [
        *(["--no-deploy: it leaves the deploys to somebody else"] if allowed.no_deploy else []),
        *(f"--allow-rotation {inline(address, None)}" for address in allowed.allow_rotation),
        *([] if allowed.allow_deletes is None else [f"--allow-deletes {allowed.allow_deletes}"]),
        *([] if allowed.on_failure is OnFailure.STOP else [f"--on-failure {allowed.on_failure}"]),
        *(["--ephemeral-store"] if allowed.ephemeral_store else []),
    ]
    return [
        f"Made by {inline(plan.created_by, None)} at {plan.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.",
        f"Scope: {scope}.",
        *([click.style("It may, beyond the ordinary:", bold=True)] if permissions else []),
        *(f"  {permission}" for permission in permissions),
    ]


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(inline(name, None) for name in names)


def _ask() -> None:
    click.echo("\nSign this plan? Only 'yes' will be accepted to approve.", err=True)
    if click.prompt("  Enter a value", err=True, default="", show_default=False) != "yes":
        raise RefusedError("the plan was not approved; nothing was signed")


def _signed(plan: Plan, policy: Policy, key: Path, identity: str | None, now: datetime) -> Approval:
    lifetime = min(policy.protection[name].approval_ttl for name in plan.scope.environments)
    statement = Statement(plan.plan_id, plan.digest, plan.scope.environments, plan.created_by, now, now + lifetime)
    if identity is not None and not is_name(identity):
        raise UsageError("--identity is nobody's name")
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
