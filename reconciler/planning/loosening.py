"""Loosening: whether a change of `services.yaml` makes a protection weaker, and which one, in a sentence.

Judged on the canonical documents of both revisions. What weakens nothing gives `None`; a protection that is traded
for another one counts as weaker, since only people can tell which of the two is stricter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.state import EnvironmentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Json

ABSENT = "absent"


def environment_loosened(attribute: str, before: Json, after: Json) -> str | None:
    """Judge one attribute of an environment."""
    match attribute:
        case "protected" if before and not after:
            return "an apply needs no approval any more"
        case "approvals" if _number(after) < _number(before):
            return "fewer people have to approve"
        case "allow_self_approval" if after and not before:
            return "whoever makes a plan may approve it"
        case "approval_ttl_ms" if _number(after) > _number(before):
            return "an approval holds for longer"
        case "kind" if before == EnvironmentKind.PRODUCTION:
            return "it is judged as production no longer"
        case "kind" if after == EnvironmentKind.DEVELOPMENT:
            return "it is judged as development now"
        case _:
            return None


def approvers_loosened(attribute: str, before: Json, after: Json) -> str | None:
    """Judge who may approve."""
    match attribute:
        case "github" if more := _words(after) - _words(before):
            return f"{', '.join(sorted(more))} may approve now"
        case "ssh" if before is not None and after is not None:
            return "another file says who may approve"
        case _:
            return None


def service_loosened(attribute: str, before: Json, after: Json) -> str | None:
    """Judge one attribute of a service."""
    match attribute:
        case "read_only" if before and not after:
            return "it can be written to now"
        case "ignore" if more := _words(after) - _words(before):
            return f"what matches {', '.join(sorted(more))} is neither written nor reported any more"
        case "prune" if after:
            return "what Render has and the file does not name is deleted now"
        case "prune":
            return "what Render has and the file does not name stays now"
        case "health":
            return _health_loosened(_members(before), _members(after))
        case _:
            return None


def _health_loosened(before: Mapping[str, Json], after: Mapping[str, Json]) -> str | None:
    gone = [name for name in ("path", "log_ready") if before.get(name) is not None and not after.get(name)]
    gone += sorted(f"log_fatal {line}" for line in _words(before.get("log_fatal")) - _words(after.get("log_fatal")))
    if gone:
        return f"health is proven without {', '.join(gone)} now"
    other = [name for name in ("path", "log_ready") if before.get(name) not in (None, after.get(name))]
    return f"health is proven by another {' and '.join(other)} now" if other else None


def definition_loosened(attribute: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> str | None:
    """Judge one attribute of a variable or secret file."""
    match attribute:
        case "source" if before["source"] == ABSENT:
            return "it need not be absent any more"
        case "sensitive" if not after["sensitive"]:
            return "its value may be shown now"
        case "rotation_destructive" if not after["rotation_destructive"]:
            return "changing its value need not be asked for by name any more"
        case "shared" if after["shared"]:
            return "several environments may have the same value now"
        case "allow" if more := set(_members(after["allow"])) - set(_members(before["allow"])):
            return f"{', '.join(sorted(more))} may be broken now"
        case "type":
            return _type_loosened(before, after)
        case _:
            return None


def _type_loosened(before: Mapping[str, Json], after: Mapping[str, Json]) -> str | None:
    if after["type"] == "string" and not after["options"] and (before["type"] != "string" or before["options"]):
        return "nothing is demanded of its value any more"
    if before["type"] == after["type"]:
        gone = sorted(set(_members(before["options"])) - set(_members(after["options"])))
        return f"{', '.join(gone)} is not demanded of its value any more" if gone else None
    return None


def _number(item: Json) -> float:
    return item if isinstance(item, int | float) else 0


def _words(item: Json) -> set[str]:
    return {str(word) for word in item} if isinstance(item, list) else set()


def _members(item: Json) -> Mapping[str, Json]:
    return item if isinstance(item, dict) else {}
