"""Declared: what `services.yaml` says of the services and groups that were found on Render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.definition import Literal
from reconciler.domain.state import DesiredGroup, DesiredService
from reconciler.value_types.supabase_project import project_ref
from reconciler.value_types.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.domain.definition import Definition
    from reconciler.domain.state import DesiredState, GroupSummary, ServiceSummary
    from reconciler.sandbox.lookalike import Lookalikes


class Declared:
    """The entries of a desired state, found by what they are called on Render; without one, none."""

    def __init__(self, desired: DesiredState | None) -> None:
        services = desired.services if desired else {}
        groups = desired.groups if desired else {}
        self._services = {(owner.environment, entry.target): entry for owner, entry in services.items()}
        self._groups = {(owner.environment, entry.target): entry for owner, entry in groups.items()}

    def service(self, environments: Sequence[str], found: ServiceSummary) -> DesiredService | None:
        """Return the entry that a service of some environments' workspace has, if it has one."""
        places = [(name, target) for name in environments for target in (found.id, found.name)]
        return next((self._services[place] for place in places if place in self._services), None)

    def group(self, environments: Sequence[str], found: GroupSummary) -> DesiredGroup | None:
        """Return the entry that an env group has, likewise."""
        places = [(name, target) for name in environments for target in (found.id, found.name)]
        return next((self._groups[place] for place in places if place in self._groups), None)

    def publish(self, lookalikes: Lookalikes) -> None:
        """Let the hosts and project references be themselves that the file itself names openly.

        Else what is made up would not belong to what is going to be written.
        """
        entries: Iterable[DesiredService | DesiredGroup] = [*self._services.values(), *self._groups.values()]
        for text in {text for entry in entries for each in definitions_of(entry).values() if (text := open_text(each))}:
            ref, url = project_ref(text), parse_url(text) if "://" in text else None
            if ref is not None:
                lookalikes.keep(ref)
            for host in url.hosts if url else ():
                lookalikes.keep_host(host.name)


def definitions_of(entry: DesiredService | DesiredGroup | None) -> Mapping[str, Definition]:
    """Return the definitions of variables and secret files by name; no name is both."""
    match entry:
        case DesiredService():
            return {**entry.secret_files, **entry.variables}
        case DesiredGroup():
            return entry.variables
        case None:
            return {}


def open_text(definition: Definition | None) -> str | None:
    """Return the value that the file itself says and that is not sensitive; `None` for any other."""
    if definition is None or definition.sensitive or not isinstance(definition.source, Literal):
        return None
    return definition.source.text.reveal()
