"""Projects on Render: the environments that people have sorted their services into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProjectEnvironment:
    """An environment of a project on Render, and what is in it."""

    id: str
    name: str
    service_ids: frozenset[str] = frozenset()
    group_ids: frozenset[str] = frozenset()
