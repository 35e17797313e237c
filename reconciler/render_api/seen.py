"""The values that a run has read, was given or has sent, to keep them out of everything that is said later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.domain.value import Secret


class SeenValues:
    """Grows only by values that differ from those seen before under the same name, however often a list is read.

    Connections that share one keep each other's values, and each other's API keys, out of their messages.
    """

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[Secret]]] = {}

    def __iter__(self) -> Iterator[Secret]:
        for service in tuple(self._values.values()):
            for known in tuple(service.values()):
                yield from known

    def add(self, service_id: str, values: Mapping[str, Secret]) -> None:
        """Note values of a service by the names of their variables or files."""
        service = self._values.setdefault(service_id, {})
        for name, value in values.items():
            known = service.setdefault(name, [])
            if value not in known:
                known.append(value)

    def add_nameless(self, values: Iterable[Secret]) -> None:
        """Note values that belong to no service, such as API keys."""
        for value in values:
            self.add("", {"": value})
