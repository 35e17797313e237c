"""Times by the store's clock: machines that share a store need not agree on what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StoreNow(ColumnElement[int]):
    """The time of day in milliseconds since 1970, asked of the database when the statement runs.

    Whole numbers compare and add up alike in every database, which their types for times do not.
    """

    inherit_cache = True
    type = BigInteger()


@compiles(StoreNow, "sqlite")
def _sqlite(_element: StoreNow, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401 — SQLAlchemy's signature
    # 2440587.5 is 1970 as a Julian day. SQLite keeps these in whole milliseconds; rounding undoes the division.
    return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


@compiles(StoreNow, "postgresql")
def _postgresql(_element: StoreNow, _compiler: SQLCompiler, **_options: Any) -> str:  # noqa: ANN401 — SQLAlchemy's signature
    # CURRENT_TIMESTAMP would be the transaction's start, from before it waited for another one's rows.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


def moment(milliseconds: int) -> datetime:
    """Return a stored time."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds(time: datetime) -> int:
    """Return a time as it is stored, rounded down."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def moment_or_none(milliseconds: int | None) -> datetime | None:
    """Return a stored time, where there is one."""
    return None if milliseconds is None else moment(milliseconds)


def in_words(time: datetime) -> str:
    """Return a time as messages say it."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
