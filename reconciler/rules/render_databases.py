"""RC123 and RC124: Render's own databases, asked from where they cannot be reached, or the long way round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.definition import From
from reconciler.domain.finding import Severity
from reconciler.rules.example import database, held, place
from reconciler.rules.on_render import FAMILY
from reconciler.rules.rule import Among, Example, Need, Rule
from reconciler.rules.scene import Rendered, Scene

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Place

_INTERNAL = re.compile(r"(?P<prefix>dpg-|red-)[a-z0-9]{20}(?:-[a-z])?")
"""What an internal host looks like: the database's id."""
_EXTERNAL = re.compile(r"(?:[a-z0-9-]+\.)?(?P<region>[a-z]+)-(?:postgres|keyvalue|redis)\.render\.com")
SOURCE = "https://render.com/docs/postgresql-creating-connecting"
_MADE_UP = "dpg-d0example0example000-a"


def _elsewhere(held: Held, place: Place) -> str | None:
    for host in held.reading.hosts if held.reading else ():
        match = _INTERNAL.fullmatch(host.name)
        listed = place.datastores.get(match["prefix"]) if match else None
        if match is None or listed is None:
            continue
        if host.name not in listed:
            return "the value names the internal host of a database that this workspace does not have"
        region, own = listed[host.name], place.rendered.region if place.rendered else None
        if region is not None and own is not None and region != own:
            return "the value names the internal host of a database in another region than the service"
    return None


def _long_way(held: Held, place: Place) -> str | None:
    if isinstance(held.definition.source, From):
        return None  # whoever writes `property: external_connection_string` means it
    own = place.rendered.region if place.rendered else None
    for host in held.reading.hosts if held.reading else ():
        match = _EXTERNAL.fullmatch(host.name)
        if match is not None and match["region"] == own:
            return "the value names the external host of a database in the service's own region"
    return None


def _scene(host: str, *, region: str, listed: str | None = None) -> Scene:
    variable = held("DATABASE_URL", database(host, "app"), "postgres_url")
    rendered = Rendered(frozenset({"DATABASE_URL"}), region=region)
    datastores = {"dpg-": {_MADE_UP: listed}} if listed else {}
    return Scene((place(variable, rendered=rendered, datastores=datastores),))


ELSEWHERE = Rule(
    code="RC123",
    name="internal-host-elsewhere",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Internal hosts of databases are reached from services of the same workspace and region only.",
    fix="take the external address, or `from: {postgres: …}` of a database next to the service",
    source=SOURCE,
    look=Among(_elsewhere),
    fires=Example(
        "the host dpg-…-a of a database in frankfurt, on a service in oregon",
        lambda: _scene(_MADE_UP, region="oregon", listed="frankfurt"),
    ),
    passes=Example(
        "the host dpg-…-a of a database in oregon, on a service in oregon",
        lambda: _scene(_MADE_UP, region="oregon", listed="oregon"),
    ),
    needs=Need.RENDER | Need.DATASTORES,
)
LONG_WAY = Rule(
    code="RC124",
    name="external-host-inside",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="From the database's own region the internal host is faster and does not leave Render's network.",
    fix="take the internal address: the host dpg-…-a, or `from: {postgres: …, property: internal_connection_string}`",
    source=SOURCE,
    look=Among(_long_way),
    fires=Example(
        "the host dpg-…-a.oregon-postgres.render.com on a service in oregon",
        lambda: _scene(f"{_MADE_UP}.oregon-postgres.render.com", region="oregon"),
    ),
    passes=Example(
        "the same host on a service in frankfurt",
        lambda: _scene(f"{_MADE_UP}.oregon-postgres.render.com", region="frankfurt"),
    ),
    needs=Need.RENDER,
)
