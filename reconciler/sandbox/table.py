"""Rows in the order they were added, found by id or by name, and read in pages without walking what came before."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Named(Protocol):
    """What a row must have."""

    @property
    def id(self) -> str:
        """Return the row's identifier."""
        ...

    @property
    def name(self) -> str:
        """Return the row's name, which need not be unique."""
        ...


Row = TypeVar("Row", bound=Named)


class Table(Generic[Row]):
    """A table of frozen rows; a change replaces the row and keeps its position."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._positions: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._order: list[int] = []
        self._named: dict[str, set[str]] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def get(self, row_id: str) -> Row | None:
        """Return a row by its id."""
        return self._rows.get(row_id)

    def put(self, row: Row) -> Row:
        """Add a row, or replace the one with its id."""
        old = self._rows.get(row.id)
        if old is None:
            self._last += 1
            self._positions[row.id] = self._last
            self._ids[self._last] = row.id
            self._order.append(self._last)
        else:
            self._named[old.name].discard(row.id)
        self._rows[row.id] = row
        self._named.setdefault(row.name, set()).add(row.id)
        return row

    def remove(self, row_id: str) -> None:
        """Drop a row."""
        row = self._rows.pop(row_id)
        position = self._positions.pop(row_id)
        del self._ids[position]
        del self._order[bisect_right(self._order, position) - 1]
        self._named[row.name].discard(row_id)

    def named(self, name: str) -> tuple[Row, ...]:
        """Return every row of that name, oldest first."""
        ids = sorted(self._named.get(name, ()), key=self._positions.__getitem__)
        return tuple(self._rows[row_id] for row_id in ids)

    def after(self, position: int, names: Iterable[str] | None = None) -> Iterator[tuple[int, Row]]:
        """Yield rows behind a position with their own positions; only those of the names, if any are given."""
        if names is None:
            for index in range(bisect_right(self._order, position), len(self._order)):
                place = self._order[index]
                yield place, self._rows[self._ids[place]]
            return
        places = sorted(self._positions[row_id] for name in set(names) for row_id in self._named.get(name, ()))
        for place in places[bisect_right(places, position) :]:
            yield place, self._rows[self._ids[place]]
