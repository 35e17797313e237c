"""The policy: which environments are protected and who may approve, from the revision that has the say."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.cli.files import read_whole
from reconciler.cli.git import revision_of
from reconciler.config import load_text
from reconciler.domain.address import Kind, Owner
from reconciler.domain.state import LiveGroup
from reconciler.errors import ApprovalError, RefusedError, UsageError
from reconciler.planning.targets import WORKSPACE_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reconciler.domain.state import DesiredState, Entry, Environment
    from reconciler.planning.steps import Prepared

POLICY_REF = "RECONCILE_POLICY_REF"


@dataclass(frozen=True, slots=True)
class Policy:
    """Protection by environment, and the text of the allowed_signers file."""

    protection: Mapping[str, Environment]
    signers: str
    signers_name: str
    here: DesiredState
    there: DesiredState
    """What the policy's revision declares: the file at hand where no revision has the say."""

    @property
    def logins(self) -> tuple[str, ...]:
        """The accounts on GitHub that may approve, from where the policy is."""
        return self.there.approvers.github

    def protects(self, environments: tuple[str, ...]) -> list[str]:
        """Return those of the environments that are protected."""
        return [name for name in environments if self.protection[name].protected]


def policy_of(desired: DesiredState, file: Path) -> Policy:
    """Return the policy that holds for a desired state read from a file.

    Where `RECONCILE_POLICY_REF` names a revision, approvers come from there, and protection is the stricter of there
    and here, so that a change cannot loosen what it is judged by. An environment that the revision does not know is
    protected as strictly as any there. Raises `UsageError` for an empty or unknown revision, and `RefusedError` where
    the revision has no such file, or one cannot say which revision or file is meant.
    """
    named = os.environ.get(POLICY_REF)
    if named is None:
        name = desired.approvers.ssh
        path = file.parent / name if name else None
        text = read_whole(path, "allowed_signers file") if path is not None and path.exists() else ""
        return Policy(desired.environments, text, name or "approvers.ssh", desired, desired)
    if not named.strip():
        raise UsageError(
            f"{POLICY_REF} is set but empty, so it is not known which revision has the say",
            remedy="name one, such as refs/remotes/origin/main, or unset it",
        )
    revision = revision_of(named, file)
    text_there = revision.text()
    if text_there is None:
        raise RefusedError(
            f"{revision.path} does not exist at {named}, where {POLICY_REF} says that protection is decided",
            remedy="merge it there first",
        )
    there = load_text(text_there, f"{named}:{revision.path}")
    signers_name = there.approvers.ssh
    signers = revision.text(beside=signers_name) if signers_name else None
    return Policy(
        {name: _stricter(here, there) for name, here in desired.environments.items()},
        signers or "",
        f"{named}:{signers_name or 'approvers.ssh'}",
        desired,
        there,
    )


@dataclass(frozen=True, slots=True)
class Touched:
    """Something on Render that a plan changes or deploys, whose env groups it changes, or that values come from."""

    owner: Owner
    """Whose change it is: its own entry, or that of the group that reaches it where the file does not have it."""
    id: str
    name: str
    workspace_id: str
    how: str = "would write to"
    is_declared: bool = True


def require_unguarded(policy: Policy, prepared: Prepared) -> None:
    """Refuse to change, or to take from, what the policy's revision has in another, protected environment.

    A link or a value that is taken would hand a protected environment's secrets to one that nobody guards.
    """
    entries: dict[Owner, Entry] = {**policy.there.services, **policy.there.groups}
    for touched in (*_touched(prepared), *_shared_by_links(policy, prepared)):
        approved = {touched.owner.environment} if touched.is_declared else {*prepared.plan.scope.environments}
        guards = sorted(
            str(owner)
            for owner, entry in entries.items()
            if owner.environment not in approved
            and policy.there.environments[owner.environment].protected
            and _guards(policy, owner, entry, touched)
        )
        if guards:
            raise ApprovalError(
                f"{touched.owner} {touched.how} {touched.name} ({touched.id}), "
                f"which {policy.there.file} has in a protected environment, as {guards[0]}",
                remedy="merge the change of services.yaml first, or plan it in the protected environment",
            )


def _touched(prepared: Prepared) -> Iterator[Touched]:
    """Return what a plan writes to or deploys, itself or by a group, and whatever its values and links may be of."""
    if prepared.plan.is_empty:
        return
    for entry in prepared.entries:
        if entry.steps or entry.reached_by or entry.deploy:
            how = "would write to" if entry.steps or entry.reached_by else "would deploy"
            yield Touched(entry.owner, entry.target.id, entry.target.name, entry.target.workspace_id, how)
    workspaces = {group.owner: group.target.workspace_id for group in prepared.groups}
    for reach in prepared.plan.reaches:
        for link in reach.undeclared:
            yield Touched(reach.owner, link.id, link.name, workspaces[reach.owner], is_declared=False)
    for owner, live in prepared.looked_into.items():
        yield Touched(owner, live.summary.id, live.summary.name, live.summary.workspace_id, "stands for")


def _shared_by_links(policy: Policy, prepared: Prepared) -> Iterator[Touched]:
    """Return the services that have a group's values already, where a plan links one to it that nobody reviewed."""
    for change in prepared.plan.pending:
        if change.address.kind is not Kind.ENV_GROUP_LINK:
            continue
        owner = Owner(change.address.owner.environment, group=change.address.key)
        group = prepared.looked_into[owner]
        if isinstance(group, LiveGroup) and not _is_merged(policy, owner):
            for link in group.links:
                how, workspace_id = "would share the values of", group.summary.workspace_id
                yield Touched(owner, link.id, link.name, workspace_id, how, is_declared=False)


def _guards(policy: Policy, owner: Owner, entry: Entry, touched: Touched) -> bool:
    """Tell whether an entry at the policy's revision is what a plan would change."""
    is_group = touched.is_declared and touched.owner.group is not None
    if entry.target != touched.name or (owner.group is not None) is not is_group:
        return entry.target == touched.id
    known = _is_in_workspace(policy, owner, touched)
    # Where only Render could tell, it is taken for the same, unless the revision itself has both side by side.
    return not (touched.is_declared and _is_merged(policy, touched.owner)) if known is None else known


def _is_in_workspace(policy: Policy, owner: Owner, touched: Touched) -> bool | None:
    """Tell whether an environment at the policy's revision is in the workspace of a target; nothing where unknown."""
    there = policy.there.environments[owner.environment]
    if there.workspace is not None and there.workspace.startswith(WORKSPACE_PREFIXES):
        return there.workspace == touched.workspace_id
    here = policy.here.environments[touched.owner.environment]
    # Without a workspace it is the one that the key sees.
    return True if there.api_key == here.api_key and there.workspace in {None, here.workspace} else None


def _is_merged(policy: Policy, owner: Owner) -> bool:
    """Tell whether the policy's revision declares an entry as the file at hand does, in the same place."""
    here, there = (_placed(state, owner) for state in (policy.here, policy.there))
    return here == there


def _placed(state: DesiredState, owner: Owner) -> tuple[str | None, str, str] | None:
    """Return where an entry is and what it is called there; nothing where it does not exist."""
    entries: dict[Owner, Entry] = {**state.services, **state.groups}
    if owner not in entries:
        return None
    environment = state.environments[owner.environment]
    return (environment.workspace, environment.api_key, entries[owner].target)


def _stricter(here: Environment, revision: DesiredState) -> Environment:
    """Return the stricter of an environment here and there; one that is unknown there is held to the strictest."""
    known = revision.environments.get(here.name)
    there = [known] if known is not None else list(revision.environments.values())
    return replace(
        here,
        protected=here.protected or known is None or known.protected,
        approvals=max(here.approvals, *(environment.approvals for environment in there)),
        allow_self_approval=here.allow_self_approval and known is not None and known.allow_self_approval,
        approval_ttl=min(here.approval_ttl, *(environment.approval_ttl for environment in there)),
    )
