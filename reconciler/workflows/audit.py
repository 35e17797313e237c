"""Audit: every declared variable of every environment against what Render has, the rules, and each other; read only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.matrix import Audit
from reconciler.domain.plan import Scope
from reconciler.planning.auditing import audit_of
from reconciler.planning.code_use import code_use
from reconciler.planning.comparison import compared
from reconciler.planning.scope import within
from reconciler.workflows.look import look

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from reconciler.domain.source_use import Scan
    from reconciler.domain.state import DesiredState
    from reconciler.ports import LiveReader, Progress, SecretResolver


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What to audit."""

    desired: DesiredState
    scope: Scope
    moment: datetime
    against: str | None = None
    """An environment to compare with; it is read besides, and not judged unless it is in scope."""
    code: Scan | None = None
    """What source code reads, where it was looked at."""


async def make_audit(
    request: AuditRequest,
    readers: Mapping[str, LiveReader | str],
    resolver: SecretResolver,
    progress: Progress,
) -> Audit:
    """Audit what can be seen and count what cannot; it takes readers, so it cannot write.

    `readers` holds, for every environment that is read, a reader or the reason why there is none.
    """
    desired, scope = request.desired, request.scope
    seen_scope = _with_against(scope, request.against)
    sight = await look(desired, seen_scope, readers, resolver, progress)
    audited = audit_of(desired, seen_scope, sight, request.moment)
    chosen = within(desired, scope)
    owners = tuple(sorted((*chosen.services, *chosen.groups), key=lambda owner: (owner.group or "", str(owner))))
    in_scope = {owner.environment for owner in owners}
    return Audit(
        checked_at=request.moment,
        scope=scope,
        owners=owners,
        cells=tuple(cell for cell in audited.cells if cell.address.owner.environment in in_scope),
        findings=tuple(
            each for each in audited.findings if each.address is None or each.address.owner.environment in in_scope
        ),
        unread=sight.unread,
        against=request.against,
        comparisons=() if request.against is None else compared(desired, sight, owners, request.against),
        code=None if request.code is None else code_use(request.code, _contract(desired, scope)),
        file=desired.file,
    )


def _with_against(scope: Scope, against: str | None) -> Scope:
    if against is None or against in scope.environments:
        return scope
    return Scope(tuple(sorted((*scope.environments, against))), scope.services)


def _contract(desired: DesiredState, scope: Scope) -> DesiredState:
    """Return what declares variables of the code: the chosen services, or all, in every environment, and all groups."""
    everywhere = within(desired, Scope(tuple(sorted(desired.environments)), scope.services))
    return replace(everywhere, groups=desired.groups)
