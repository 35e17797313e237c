"""Where differences come from, in words: which side changed, by whom and when, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Kind
from reconciler.domain.audit import ActorType
from reconciler.domain.provenance import UNEXPLAINED, ChangeOrigin
from reconciler.report.inline import count, inline

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.domain.address import Owner
    from reconciler.domain.audit import VariableEvent
    from reconciler.domain.change import ResourceChange
    from reconciler.domain.provenance import Explanation, Provenance

LITERAL = "literal"
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@dataclass(frozen=True, slots=True)
class Telling:
    """Says what an explanation holds, in times that passed until `now`, or in times of day where that is not given."""

    explanation: Explanation = UNEXPLAINED
    now: datetime | None = None

    def beside(self, change: ResourceChange) -> str:
        """Say where one difference comes from; nothing where that is not known."""
        provenance = self.explanation.provenances.get(change.address)
        if provenance is None:
            return ""
        on_render = "deleted on Render" if change.before is None else "changed on Render"
        in_file = "in services.yaml" if change.source in {LITERAL, None} else "in services.yaml or its secret store"
        by = self._by(provenance)
        match provenance.origin:
            case ChangeOrigin.RENDER:
                return on_render + by
            case ChangeOrigin.DESIRED:
                return f"changed {in_file}"
            case ChangeOrigin.BOTH:
                return f"{on_render}{by}{',' if by else ''} and changed {in_file}"
            case _:
                assert_never(provenance.origin)

    def below(self, owner: Owner) -> str:
        """Say who last changed a service's variables; nothing where that is not known, or bears on nothing."""
        event = self.explanation.last_changes.get(owner)
        if event is None:
            return ""
        return f"last change of this service's {_changed(event)}: {actor_text(event)}, {self._when(event.at)}"

    def _by(self, provenance: Provenance) -> str:
        if provenance.event is None:
            return ""
        earlier = " or earlier" if provenance.is_at_latest else ""
        return f" by {actor_text(provenance.event)}, {self._when(provenance.event.at)}{earlier}"

    def _when(self, at: datetime) -> str:
        return f"at {at:%Y-%m-%d %H:%M} UTC" if self.now is None else ago(self.now - at)


SILENT = Telling()
"""Says nothing, where nothing was asked."""


def actor_text(event: VariableEvent) -> str:
    """Say who did something, as far as the audit log names them."""
    name = None if event.actor is None else inline(event.actor)
    match event.actor_type:
        case ActorType.USER:
            return name or "a user"
        case ActorType.REST_API:
            return f"{name or 'somebody'} through the API"
        case ActorType.SYSTEM:
            return f"Render's system for {name}" if name else "Render's system"
        case ActorType.OTHER:
            return name or "somebody"
        case _:
            assert_never(event.actor_type)


def ago(passed: timedelta) -> str:
    """Say how long ago something was; a clock that is behind Render's makes nothing lie in the future."""
    for unit, noun in _UNITS:
        if passed >= unit:
            return f"{count(passed // unit, noun)} ago"
    return "less than a minute ago"


def _changed(event: VariableEvent) -> str:
    match event.changed:
        case Kind.ENV_VAR:
            return "variables"
        case Kind.SECRET_FILE:
            return "secret files"
        case _:
            return "variables or secret files"
