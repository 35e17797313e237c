"""The values that were read of each service, each once, to keep them out of what is said about it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.domain.value import Secret


class SeenValues:
    """Grows only by values that differ from those seen before under the same name, however often a list is read."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[Secret]]] = {}

    def add(self, service_id: str, values: Mapping[str, Secret]) -> None:
        """Note values by the names of their variables or files."""
        service = self._values.setdefault(service_id, {})
        for name, value in values.items():
            known = service.setdefault(name, [])
            if value not in known:
                known.append(value)

    def about(self, names: Sequence[str]) -> Iterator[Secret]:
        """Yield what was seen of the service that a request names first."""
        for known in self._values.get(names[0], {}).values() if names else ():
            yield from known
