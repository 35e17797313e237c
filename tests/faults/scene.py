"""The scene of every fault: four services and a plan of forty steps, laid out once and copied for each test."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES = ("api", "worker", "mailer", "reports")
PRUNED = "reports"
"""Its undeclared variables and files are deleted; on the others undeclared ones are left alone."""
_ENDINGS = (
    "",
    "\n",
    " 'quoted' \"twice\" $x `y` \\n",
    " ü 😀 #not=a;comment",
    "\n-----END-----\n",
    "=" * 3,
    '\t{"a": [1, null]}\r\n',
    "x" * 5000,
)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A variable, or a secret file, of a service."""

    service: str
    name: str
    is_file: bool = False

    @property
    def path(self) -> str:
        """The last part of a request's label."""
        return f"{self.service}/{'secret-files' if self.is_file else 'env-vars'}/{self.name}"

    @property
    def address(self) -> str:
        return f"staging/{self.service}/{'files/' if self.is_file else ''}{self.name}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there, what is wanted, and what nobody may touch; values are made up at run time."""

    before: Mapping[Key, str]
    after: Mapping[Key, str]
    undeclared: Mapping[Key, str]
    stray: tuple[Key, ...] = field(default=())
    """Those of `before` that the file does not name, and `prune` deletes."""

    @property
    def steps(self) -> list[Key]:
        """Every key that the plan writes or deletes."""
        return sorted(key for key in {**self.before, **self.after} if self.before.get(key) != self.after.get(key))

    def action(self, key: Key) -> str:
        if key not in self.after:
            return "delete"
        return "update" if key in self.before else "create"

    @property
    def values(self) -> list[str]:
        """Everything that must not appear anywhere."""
        return [*self.before.values(), *self.after.values(), *self.undeclared.values()]

    @property
    def document(self) -> str:
        """The file that says so."""
        lines = ["version: 1", "environments:", "  staging: {workspace: tea-d1example0example0ex}", "services:"]
        for service in SERVICES:
            lines += [f"  {service}:", f"    render: {service}"]
            lines += ["    deploy: {after: [api]}"] * (service == "worker")
            lines += ['    health: {log_ready: "started with", within: 60s}'] * (service == "api")
            lines += ["    prune: true"] * (service == PRUNED)
            lines += ["    variables:"]
            lines += [
                f"      {key.name}: {{secret: {reference(key)}}}" for key in self._declared(service, is_file=False)
            ]
            lines += [
                f"      {key.name}: {{absent: true}}"
                for key in sorted(set(self.before) - set(self.after) - set(self.stray))
                if key.service == service
            ]
            lines += ["    secret_files:"]
            lines += [
                f"      {key.name}: {{secret: {reference(key)}}}" for key in self._declared(service, is_file=True)
            ]
        return "\n".join([*lines, ""])

    def _declared(self, service: str, *, is_file: bool) -> list[Key]:
        return sorted(key for key in self.after if key.service == service and key.is_file is is_file)


def reference(key: Key) -> str:
    return f'"file://{source_of(key)}?trim=false"'


def source_of(key: Key) -> str:
    """The file that holds the desired value, beside services.yaml."""
    return f"given/{key.service}-{'file' if key.is_file else 'variable'}-{key.name}"


@cache
def scene() -> Scene:
    """Make up the scene; each process has its own values."""
    before: dict[Key, str] = {}
    after: dict[Key, str] = {}
    undeclared: dict[Key, str] = {}
    stray: list[Key] = []
    for service in SERVICES:
        created = [Key(service, f"CREATED_{number}") for number in range(1, 5)]
        updated = [Key(service, f"UPDATED_{number}") for number in range(1, 4)]
        created.append(Key(service, "created.txt", is_file=True))
        deleted = Key(service, "DELETED")
        if service == PRUNED:
            updated.append(Key(service, "updated.txt", is_file=True))
            created.pop(0)
            dropped = Key(service, "stale.txt", is_file=True)
            before |= {deleted: _value("old"), dropped: _value("old")}
            stray += [deleted, dropped]
        else:
            updated.append(Key(service, "updated.txt", is_file=True))
            before |= {deleted: _value("old")}
            undeclared |= {Key(service, name): _value("mine") for name in ("MINE_1", "MINE_2")}
            undeclared |= {Key(service, "mine.txt", is_file=True): _value("mine")}
        before |= {key: _value("old") for key in updated}
        after |= {key: _value("new") for key in (*created, *updated)}
        kept = Key(service, "KEPT")
        before[kept] = after[kept] = _value("kept")
    return Scene(before, after, undeclared, tuple(stray))


def _value(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(12)}{secrets.choice(_ENDINGS)}"
