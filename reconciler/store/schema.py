"""The schema's version: a new database gets the tables, an older one is brought forward, a newer one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, inspect, select, text, update

from reconciler.store.database import RESTORE, wait_for_others
from reconciler.store.tables import matches, metadata, schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.store.database import Database

# Any number that other programs are unlikely to have chosen for the same database.
_MIGRATING = 7_263_636_279


def _first_version(connection: Connection) -> None:
    metadata.create_all(connection)


def _second_version(connection: Connection) -> None:
    # A database that is made now has it already.
    matches.create(connection, checkfirst=True)


MIGRATIONS: Sequence[Callable[[Connection], None]] = (_first_version, _second_version)
"""What brings a schema forward: the one at place N makes version N + 1 of version N."""

VERSION = len(MIGRATIONS)


def prepare(database: Database) -> None:
    """Make sure that the database is whole, may be written and has the tables; raises `StoreError`."""
    with database.writing() as connection:
        _require_whole(database, connection)
        wait_for_others(connection, _MIGRATING)
        version = _version(database, connection)
        if version is None:
            schema.create(connection)
            connection.execute(insert(schema).values(version=0))
        for migrate in MIGRATIONS[version or 0 :]:
            migrate(connection)
        # Where nothing had to change, this finds out whether anything could: reading works on a replica too.
        connection.execute(update(schema).values(version=VERSION))


def has_tables(database: Database) -> bool:
    """Return whether there is a journal to read, and change nothing; raises `StoreError` unless it is whole."""
    with database.reading() as connection:
        _require_whole(database, connection)
        # Version 0 has no tables yet: whoever made it was stopped before they were there.
        return bool(_version(database, connection))


def _require_whole(database: Database, connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return  # a server looks after its own files
    if connection.execute(text("PRAGMA quick_check(1)")).scalar() != "ok":
        raise database.error("is damaged", RESTORE)


def _version(database: Database, connection: Connection) -> int | None:
    """Return the version that the tables have; `None` for no tables."""
    names = inspect(connection).get_table_names()
    if schema.name not in names:
        if names and connection.dialect.name == "sqlite":
            raise database.error(
                "is a database of some other program", "name a file of reconcile's own in RECONCILE_STORE_URL"
            )
        return None
    match connection.execute(select(schema.c.version)).scalars().all():
        case [int(version)] if version > VERSION:
            raise database.error(
                f"was written by a newer reconcile: it has version {version}, this one knows {VERSION}",
                "use that newer version of reconcile here too",
            )
        case [int(version)] if version >= 0:
            return version
        case _:
            raise database.error("is damaged: it does not say which version it has", RESTORE)
