"""Rivals: look, after a deploy, for others that appeared beside it and were not asked for here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import RenderError
from reconciler.planning.rivals import BLUEPRINT_SYNC, is_foreign, last_blueprint_deploy, triggered_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.domain.deploy import Deploy
    from reconciler.workflows.watch import Watch


@dataclass(frozen=True, slots=True)
class Rivals:
    """What was seen of other controllers."""

    sentence: str | None = None
    """What to say of them; `None` where there was none."""
    may_have_written: bool = False
    """Whether one of them writes variables, and came after the last look at them."""


@dataclass(frozen=True, slots=True)
class Own:
    """The deploy that was asked for here."""

    requested: Deploy
    is_certain: bool
    """Whether an answer of Render's named it; else another one that came through the API may be the one asked for."""
    told: str | None
    """The id of the deploy that the outcome names already."""


async def rivals(watch: Watch, service_id: str, own: Own, before: Sequence[Deploy]) -> Rivals:
    """Look once at the service's deploys; `before` were there before the request.

    What cannot be read is not said: it changes nothing of what was seen of the deploy itself.
    """
    try:
        deploys = await watch.reader.deploys(service_id)
    except RenderError:
        return Rivals()
    known = {own.requested.id, *(deploy.id for deploy in before)}
    new = [deploy for deploy in reversed(deploys) if deploy.id not in known and _is_after(deploy, before)]
    sentences = [
        f"{deploy.id} appeared meanwhile, {triggered_by(deploy)}"
        for deploy in new
        if deploy.id != own.told and (own.is_certain or is_foreign(deploy))
    ]
    synced = any(deploy.trigger == BLUEPRINT_SYNC for deploy in [own.requested, *new])
    earlier = last_blueprint_deploy(before, watch.clock.now())
    if earlier is not None and not synced:
        at = f"{earlier.created_at:%Y-%m-%d %H:%M} UTC"
        sentences.append(f"{earlier.id}, of {at}, was {triggered_by(earlier)}")
    return Rivals("; ".join(sentences) or None, may_have_written=synced)


def _is_after(deploy: Deploy, before: Sequence[Deploy]) -> bool:
    """Whether a deploy is newer than those of the earlier list, which has the newest only."""
    return not before or deploy.created_at >= before[0].created_at
