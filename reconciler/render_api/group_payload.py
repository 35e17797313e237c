"""The shapes of Render's answers about env groups."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter, model_validator

from reconciler.domain.state import GroupSummary, LinkedService
from reconciler.render_api.payload import WHEN_USED, Id, Item, Name, Payload, VariablePayload


class LinkPayload(Payload):
    """A service that a group is linked to."""

    id: Id
    name: Name


class GroupSummaryPayload(Payload):
    """An env group, without what is in it."""

    id: Id
    name: Annotated[Name, Field(min_length=1)]
    owner_id: Id = Field(alias="ownerId")

    def summary(self) -> GroupSummary:
        """Return what the program knows a group by."""
        return GroupSummary(self.id, self.name, self.owner_id)


class GroupPayload(GroupSummaryPayload):
    """An env group with its variables and links; its secret files are not looked at."""

    variables: list[VariablePayload] = Field(alias="envVars")
    links: list[LinkPayload] = Field(alias="serviceLinks")

    def linked(self) -> tuple[LinkedService, ...]:
        """Return the services that the group is linked to, in the order of their ids."""
        return tuple(LinkedService(link.id, link.name) for link in sorted(self.links, key=lambda link: link.id))


class GroupItem(Item):
    """One env group of a list: in an envelope as everywhere else, or bare as the OpenAPI document declares it."""

    content: GroupSummaryPayload = Field(alias="envGroup")

    @model_validator(mode="before")
    @classmethod
    def _enveloped(cls, raw: object) -> object:
        return {"envGroup": raw} if isinstance(raw, dict) and "envGroup" not in raw else raw


GROUPS = TypeAdapter(list[GroupItem], config=WHEN_USED)
GROUP = TypeAdapter(GroupPayload)
