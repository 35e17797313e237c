"""Recorded traffic with Render's API, replayed against another server whose ids are its own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    import httpx

ANONYMOUS_OWNER = "some-owner-id"
"""What the recordings have instead of the id of a workspace."""

_ID = re.compile(r"(srv|crn|dep|evg|evm|prj)-[a-z0-9]{20}")

# Fields that neither the request nor an earlier answer determines, whatever they stand in.
_FREE = {
    "createdAt": "a time",
    "updatedAt": "a time",
    "startedAt": "a time",
    "finishedAt": "a time",
    "cursor": "opaque",
    "dashboardUrl": "the server's address",
    "url": "the server's address",
    "sshAddress": "the server's address, and anonymised",
    "email": "anonymised",
    "sha": "what the registry says of the image",
    "slug": "depends on what is taken, by anybody's services",
    "owner/name": "the workspace's name",
    "INSTANCE_ID": "a generated value",
}


@dataclass(frozen=True, slots=True)
class Interaction:
    """One recorded request with its answer."""

    place: str
    """File and number, for messages."""
    method: str
    target: str
    """Path and query below the API's base."""
    content: bytes
    status: int
    answer: Any
    at: datetime
    """When it was answered, by the `Date` header; to the second."""


def interactions(path: Path) -> Iterator[Interaction]:
    """Yield what a file holds, oldest first."""
    for item in yaml.load(path.read_bytes(), yaml.CSafeLoader)["interactions"]:
        request, response = item["request"], item["response"]
        parts = urlsplit(request["url"])
        yield Interaction(
            place=f"{path.name}:{item['id']}",
            method=request["method"],
            target=parts.path.removeprefix("/v1") + (f"?{parts.query}" if parts.query else ""),
            content=request["body"].encode(),
            status=response["code"],
            answer=json.loads(response["body"]) if response["body"].strip() else None,
            at=parsedate_to_datetime(response["headers"]["Date"][0]),
        )


@dataclass(slots=True)
class Replay:
    """A recording under way: which of its ids and cursors stand for which of the server's, and what differed."""

    client: httpx.Client
    ids: dict[str, str]
    differences: list[str] = field(default_factory=list)

    def send(self, recorded: Interaction) -> None:
        """Send a recorded request, compare the answers, and learn the ids and cursors in them."""
        answer = self.client.request(
            recorded.method,
            self._mapped(recorded.target),
            content=self._mapped(recorded.content.decode()).encode(),
            headers={"Content-Type": "application/json"} if recorded.content else {},
        )
        if answer.status_code != recorded.status:
            self.differences.append(f"{recorded.place}: status {answer.status_code} instead of {recorded.status}")
            return
        body = answer.json() if answer.content else None
        for difference in self._compare("", recorded.answer, body):
            self.differences.append(f"{recorded.place}: {recorded.method} {recorded.target}: {difference}")

    def _mapped(self, text: str) -> str:
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return text

    def _compare(self, path: str, recorded: object, seen: object) -> Iterator[str]:
        match recorded, seen:
            case dict(), dict():
                yield from self._compare_objects(path, recorded, seen)
            case list(), list():
                if len(recorded) != len(seen):
                    yield f"{path} has {len(seen)} items instead of {len(recorded)}"
                for index, (one, other) in enumerate(zip(recorded, seen, strict=False)):
                    yield from self._compare(f"{path}/{index}", one, other)
            case _ if type(recorded) is not type(seen):
                yield f"{path} is {type(seen).__name__} instead of {type(recorded).__name__}"
            case str(), str():
                yield from self._compare_texts(path, recorded, seen)
            case _ if recorded != seen:
                yield f"{path} is {seen!r} instead of {recorded!r}"

    def _compare_objects(self, path: str, recorded: dict[str, Any], seen: dict[str, Any]) -> Iterator[str]:
        for key in sorted(recorded.keys() - seen.keys()):
            yield f"{path}/{key} is missing"
        for key in sorted(seen.keys() - recorded.keys()):
            yield f"{path}/{key} is not in the recording"
        for key in sorted(recorded.keys() & seen.keys()):
            # A variable's value goes by the variable's name, so that a generated one can be told.
            label = str(recorded.get("key")) if key == "value" else key
            yield from self._compare(f"{path}/{label}", recorded[key], seen[key])

    def _compare_texts(self, path: str, recorded: str, seen: str) -> Iterator[str]:
        if _ID.fullmatch(recorded):
            self.ids.setdefault(recorded, seen)
        elif path.endswith("/cursor"):
            # The newest of a place: what counts is where it leads.
            self.ids[recorded] = seen
        if kind(recorded) != kind(seen):
            yield f"{path} is {kind(seen)} instead of {kind(recorded)}"
        elif not any(path.endswith(f"/{name}") for name in _FREE) and self._mapped(recorded) != seen:
            yield f"{path} is not the recorded text"


def kind(text: str) -> str:
    """Return what sort of text it is: shapes differ where a time stands for a name, or an id of another sort."""
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
        return "moment"
    found = _ID.fullmatch(text)
    return f"id {found.group(1)}" if found else "text"
