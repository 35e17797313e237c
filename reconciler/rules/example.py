"""Scenes for examples: a service made up for them, with values that are made when somebody asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind, Owner
from reconciler.domain.definition import Definition, External, TypeSpec
from reconciler.domain.state import EnvironmentKind
from reconciler.domain.value import Secret
from reconciler.errors import Location
from reconciler.rules.reading import Reading
from reconciler.rules.scene import Held, Place, Rendered, Scene, Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Source, TypeOptions
    from reconciler.rules.scene import Datastores

# Made up: references to projects that do not exist.
REF, OTHER_REF = "abcdefghijklmnopqrst", "zyxwvutsrqponmlkjihg"
POOLER = "aws-0-eu-central-1.pooler.supabase.com"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = {kind.value: kind for kind in EnvironmentKind}


def database(host: str = f"{POOLER}:6543", user: str = f"postgres.{REF}", scheme: str = "postgresql") -> str:
    """Return the address of a database that does not exist, with a password."""
    return f"{scheme}://{user}:{'p' * 8}@{host}/postgres"


def token(**claims: object) -> str:
    """Return a token that nobody accepts, with these claims."""
    import jwt  # noqa: PLC0415 — slow to import, and only examples make tokens

    return jwt.encode(claims, "k" * 32, algorithm="HS256")


def held(  # noqa: PLR0913 — what a definition has
    key: str,
    text: str | None,
    type_name: str = "string",
    *,
    kind: Kind = Kind.ENV_VAR,
    source: Source | None = None,
    sensitive: bool = True,
    shared: bool = False,
    allow: Mapping[str, str] | None = None,
    line: int = 1,
    options: TypeOptions | None = None,
) -> Held:
    """Return a variable with its value; `None` is one that is not known."""
    definition = Definition(
        key,
        source or External(),
        Location("services.yaml", line, 7),
        TypeSpec(type_name, options or {}),
        sensitive=sensitive,
        shared=shared,
        allow=allow or {},
    )
    return Held(kind, definition, None if text is None else Reading(Secret(text)))


def place(
    *holdings: Held,
    environment: str = "production",
    group: str | None = None,
    groups: tuple[Place, ...] = (),
    rendered: Rendered | None = None,
    datastores: Datastores | None = None,
) -> Place:
    """Return a service or group that has these."""
    owner = Owner(environment, group=group) if group else Owner(environment, service="worker")
    others = tuple((name, kind) for name, kind in KINDS.items() if name != environment)
    return Place(
        owner,
        Setting(environment, KINDS[environment], others, NOW),
        Location("services.yaml", 1, 3),
        {one.key: one for one in holdings if one.kind is Kind.ENV_VAR},
        {one.key: one for one in holdings if one.kind is Kind.SECRET_FILE},
        groups,
        rendered,
        datastores or {},
    )


def one(key: str, text: str, type_name: str = "string", options: TypeOptions | None = None) -> Scene:
    """Return a scene with one variable of production."""
    return Scene((place(held(key, text, type_name, options=options)),))


def several(*holdings: Held) -> Scene:
    """Return a scene with one service of production."""
    return Scene((place(*holdings),))
