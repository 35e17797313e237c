"""Canonical JSON and the digests over it: equal meaning gives equal bytes, whatever order it was written in."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.definition import (
    Absent,
    Definition,
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    Literal,
    Recorded,
    SecretRef,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.domain.definition import Json
    from reconciler.domain.state import DesiredGroup, DesiredService, DesiredState, Environment
    from reconciler.planning.fingerprint import FingerprintKey


def canonical_json(document: Json) -> bytes:
    """Return a document as JSON with sorted keys and no optional space, in UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def digest_of(document: Json) -> str:
    """Return the SHA-256 of a document's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def desired_document(desired: DesiredState, key: FingerprintKey) -> Json:
    """Say everything that a desired state means, and who protects it; descriptions and places in files mean nothing."""
    return {
        "approvers": {"ssh": desired.approvers.ssh, "github": _sorted(desired.approvers.github)},
        "environments": {name: _environment(environment) for name, environment in desired.environments.items()},
        "services": {str(owner): _service(service, key) for owner, service in desired.services.items()},
        "groups": {str(owner): _group(group, key) for owner, group in desired.groups.items()},
    }


def _environment(environment: Environment) -> Json:
    return {
        "kind": environment.kind,
        "workspace": environment.workspace,
        "api_key": environment.api_key,
        "protected": environment.protected,
        "approvals": environment.approvals,
        "allow_self_approval": environment.allow_self_approval,
        "approval_ttl_ms": _milliseconds(environment.approval_ttl),
    }


def _service(service: DesiredService, key: FingerprintKey) -> Json:
    health = service.health
    return {
        "target": service.target,
        "variables": _definitions(service.variables, key),
        "secret_files": _definitions(service.secret_files, key),
        "env_groups": _sorted(service.env_groups),
        "ignore": _sorted(service.ignore),
        "prune": service.prune,
        "read_only": service.read_only,
        "deploy": {
            "mode": service.deploy.mode,
            "after": _sorted(service.deploy.after),
            "timeout_ms": _milliseconds(service.deploy.timeout),
        },
        "health": None
        if health is None
        else {
            "path": health.path,
            "log_ready": None if health.log_ready is None else str(health.log_ready),
            "log_fatal": _sorted(tuple(str(pattern) for pattern in health.log_fatal)),
            "within_ms": _milliseconds(health.within),
        },
    }


def _group(group: DesiredGroup, key: FingerprintKey) -> Json:
    return {"target": group.target, "variables": _definitions(group.variables, key)}


def _definitions(definitions: Mapping[str, Definition], key: FingerprintKey) -> Json:
    return {name: _definition(definition, key) for name, definition in definitions.items()}


def _definition(definition: Definition, key: FingerprintKey) -> Json:
    return {**definition_traits(definition), "source": _source(definition, key)}


def definition_traits(definition: Definition) -> dict[str, Json]:
    """Say everything that a definition means but for where its value comes from."""
    return {
        "type": definition.type.name,
        "options": {name: _unordered(option) for name, option in definition.type.options.items()},
        "sensitive": definition.sensitive,
        "rotation_destructive": definition.rotation_destructive,
        "shared": definition.shared,
        "build_time": definition.build_time,
        "allow": dict(definition.allow),
    }


def _source(definition: Definition, key: FingerprintKey) -> Json:  # noqa: C901 — a case each source
    match definition.source:
        case Literal(text):
            # A literal may be declared sensitive; an unkeyed hash of it would be a leak.
            return {"fingerprint": key.fingerprint(text)} if definition.sensitive else {"literal": text.reveal()}
        case SecretRef() as reference:
            return {"secret": str(reference)}
        case Generate(bytes=count, encoding=encoding, shared_as=shared_as):
            return {"generate": {"bytes": count, "encoding": encoding, "shared_as": shared_as}}
        case FromPostgres(name, prop):
            return {"from_postgres": [name, prop]}
        case FromKeyValue(name, prop):
            return {"from_key_value": [name, prop]}
        case FromService(service, prop):
            return {"from_service": [service, prop]}
        case FromVariable(service, variable):
            return {"from_variable": [service, variable]}
        case External():
            return "external"
        case Absent():
            return "absent"
        case Recorded(run_id=run_id, value=value):
            return {"recorded": run_id, "fingerprint": None if value is None else key.fingerprint(value)}
        case _:
            assert_never(definition.source)


def _milliseconds(length: timedelta) -> int:
    """Return a length of time in the smallest unit that the language has."""
    return length // timedelta(milliseconds=1)


def _sorted(items: tuple[str, ...]) -> list[Json]:
    return [*sorted(items)]


def _unordered(option: Json) -> Json:
    """Put a list of words in order: an enum's values or a token's claims are a set to who reads the file."""
    if isinstance(option, list) and all(isinstance(item, str) for item in option):
        return sorted(option, key=str)
    return option
