"""Faults on demand: what may go wrong between a client and Render, told to the sandbox by `POST /control/faults`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from reconciler.sandbox.refusal import bad_request
from reconciler.sandbox.rival import BlueprintSync, ForeignDeploy


class Break(StrEnum):
    """When the connection is dropped."""

    BEFORE = "before"
    """Nothing was carried out."""
    AFTER = "after"
    """All was carried out, and not a byte of the answer arrives."""
    TRUNCATE = "truncate"
    """All was carried out, and half of the answer arrives."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person changes in the dashboard just before the request is handled."""

    service: str
    key: str
    value: str | None = None
    """None deletes the variable."""
    email: str = "someone@example.com"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to which requests."""

    id: int
    method: str | None = None
    path: str | None = None
    path_regex: str | None = None
    times: int | None = None
    after: int = 0
    latency: float = 0.0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] | None = None
    carried_out: bool = False
    broken: Break | None = None
    lie: Any = None
    lies: bool = False
    rate_limit: int | None = None
    edit: Edit | None = None
    deploy: ForeignDeploy | None = None
    sync: BlueprintSync | None = None

    def concerns(self, method: str, path: str) -> bool:
        """Tell whether a request is meant; patterns may be written with or without `/v1`."""
        if self.method and self.method != method:
            return False
        paths = (path, path.removeprefix("/v1"))
        if self.path and not any(fnmatchcase(each, self.path) for each in paths):
            return False
        return not self.path_regex or any(re.fullmatch(self.path_regex, each) for each in paths)


class Faults:
    """The faults in force; of several that concern a request, the oldest that still acts is taken."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._matches: dict[int, int] = {}
        self._last = 0

    def add(self, payload: object) -> Fault:
        """Put a fault in force, or refuse a body that means nothing."""
        self._last += 1
        fault = _fault_of(self._last, payload)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything work again."""
        self._faults.clear()
        self._matches.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults in force and how often each has acted."""
        return [{"id": fault.id, "hits": self._hits(fault)} for fault in self._faults]

    def strike(self, method: str, path: str) -> Fault | None:
        """Count a request for every fault that concerns it, and return the one that acts on it."""
        struck: Fault | None = None
        for fault in self._faults:
            if not fault.concerns(method, path):
                continue
            spent = fault.times is not None and self._hits(fault) >= fault.times
            # A fault that waits for its turn counts even while another acts; one that could act is not used up by that.
            waiting = self._matches.get(fault.id, 0) < fault.after
            if waiting or (struck is None and not spent):
                self._matches[fault.id] = self._matches.get(fault.id, 0) + 1
                struck = struck or (None if waiting else fault)
        return struck

    def _hits(self, fault: Fault) -> int:
        return max(0, self._matches.get(fault.id, 0) - fault.after)


_FIELDS = {"method", "path", "path_regex", "times", "after", "latency", "status", "body", "headers", "carried_out"}
_SPECIAL = {"break", "lie", "rate_limit", "edit", "deploy", "blueprint_sync"}


def _fault_of(number: int, payload: object) -> Fault:
    if not isinstance(payload, dict) or payload.keys() - _FIELDS - _SPECIAL:
        known = ", ".join(sorted(_FIELDS | _SPECIAL))
        raise bad_request(f"a fault is an object with some of: {known}")
    try:
        fields: dict[str, Any] = {name: payload[name] for name in _FIELDS & payload.keys()}
        if "break" in payload:
            fields["broken"] = Break(payload["break"])
        if "lie" in payload:
            fields |= {"lie": payload["lie"], "lies": True}
        if "rate_limit" in payload:
            fields["rate_limit"] = int(payload["rate_limit"])
        if "edit" in payload:
            fields["edit"] = Edit(**payload["edit"])
        if "deploy" in payload:
            fields["deploy"] = ForeignDeploy(**payload["deploy"])
        if "blueprint_sync" in payload:
            fields["sync"] = BlueprintSync(**payload["blueprint_sync"])
        fault = Fault(id=number, **fields)
        re.compile(fault.path_regex or "")
    except (TypeError, ValueError, re.error) as error:
        raise bad_request(f"invalid fault: {error}") from error
    return fault
