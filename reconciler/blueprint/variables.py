"""Variables of a Blueprint: each form of an item of `envVars` as a source of `services.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.config.names import ecma, shown
from reconciler.config.reference import looks_like_reference
from reconciler.domain.definition import (
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    Literal,
)
from reconciler.domain.draft import FoundVariable
from reconciler.domain.names import KEY_PATTERN
from reconciler.domain.value import Secret
from reconciler.planning.values import VARIABLE_LIMIT
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from reconciler.blueprint.document import EnvVar
    from reconciler.blueprint.document import FromService as ServiceSource

_KEY = ecma(KEY_PATTERN)
_PASSWORD_NAME = re.compile(r"PASS[WP]|(?:^|_|DB)PASS(?:_|$)|PWD|(?:^|_)PIN$|SECRET$", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|CREDENTIAL|PRIVATE|ENCRYPT|SIGNING|HMAC|API_?KEY|MNEMONIC|(?:^|_)(?:KEY(?:_BASE)?|KEYS|SALTS?|SEED"
    r"|COOKIE|DSN|AUTH|PAT|LICENSE|WEBHOOK(?:_URL)?)$",
    re.IGNORECASE,
)
_SWITCH = re.compile(r"true|false|yes|no|on|off", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?|[0-9]{1,6}(?:ms|s|m|h|d)")

_POSTGRES = {"connectionString": "internal_connection_string"} | {
    name: name for name in ("host", "port", "user", "password", "database")
}
_KEY_VALUE = {"connectionString": "internal_connection_string", "host": "host", "port": "port"}
_SERVICE = {"host": "host", "hostport": "hostport"}
_URL = "RENDER_EXTERNAL_URL"

_GENERATE = Generate()
"""256 bits in base64, as Render makes them."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a Blueprint makes besides services."""

    databases: Collection[str]
    key_values: Collection[str]


def variables_of(items: Iterable[EnvVar], names: Names) -> tuple[dict[str, FoundVariable], list[str]]:
    """Return the variables of a service or group, and what is to be said of those that cannot be declared."""
    found: dict[str, FoundVariable] = {}
    left_out: list[str] = []
    for item in items:
        key = item.key
        if key is None:
            if item.group is None:
                left_out.append("an item of envVars without a key was left out")
        elif not _KEY.match(key):
            left_out.append(f"{shown(key) or 'a variable'} was left out: no variable of Render's can have that name")
        elif item.value == "" and _gives_nothing_else(item):
            left_out.append(f"{key} was left out: it is empty in the Blueprint, which Render does not support")
        elif key in found:
            found[key] = _external("given twice in the Blueprint; kept as it is on Render")
        else:
            found[key] = _variable(key, item, names)
    return found, left_out


def _gives_nothing_else(item: EnvVar) -> bool:
    return not (item.generate or item.sync is False or item.database or item.service)


def _variable(key: str, item: EnvVar, names: Names) -> FoundVariable:
    if item.database is not None:
        return _database(item.database.name, item.database.property, names)
    if item.service is not None:
        return _service(item.service, names)
    if item.generate:
        return FoundVariable(_GENERATE)
    if item.sync is False:
        return _external("sync: false")
    if item.value is None:
        return _external("without a value in the Blueprint")
    return _literal(key, item.value)


def _database(name: str, prop: str, names: Names) -> FoundVariable:
    if name in names.key_values and name not in names.databases:
        return _key_value(name, prop)
    known = _POSTGRES.get(prop)
    if known is None:
        return _external(f"{prop} of database {name} cannot be taken by reconcile; kept as it is on Render")
    note = () if name in names.databases else (f"database {name} is not in the Blueprint; it has to exist",)
    return FoundVariable(FromPostgres(name, known), notes=note)


def _key_value(name: str, prop: str) -> FoundVariable:
    known = _KEY_VALUE.get(prop)
    if known is None:
        return _external(f"{prop} of Key Value {name} cannot be taken by reconcile; kept as it is on Render")
    return FoundVariable(FromKeyValue(name, known))


def _service(source: ServiceSource, names: Names) -> FoundVariable:
    if source.type == "database":
        # Not in Render's documentation, and in many a file.
        return _database(source.name, source.property or "", names)
    if source.type in {"keyvalue", "redis"} or (source.type is None and source.name in names.key_values):
        return _key_value(source.name, source.property or "")
    if source.variable == _URL:
        return FoundVariable(FromService(source.name, "url"))
    if source.variable is not None:
        return FoundVariable(FromVariable(source.name, source.variable))
    known = _SERVICE.get(source.property or "")
    if known is None:
        what = source.property or "nothing"
        return _external(f"{what} of service {source.name} cannot be taken by reconcile; kept as it is on Render")
    return FoundVariable(FromService(source.name, known))


def _literal(key: str, text: str) -> FoundVariable:
    if looks_secret(text) or _is_named_as_secret(key, text):
        return _external("decide: a value stands in the Blueprint that may be a secret, and was not copied")
    if looks_like_reference(text):
        return _external(
            "decide: its value in the Blueprint reads as a reference to a secret store, and was not copied"
        )
    if "\0" in text or len(text.encode("utf-8", "surrogatepass")) > VARIABLE_LIMIT:
        return _external("its value in the Blueprint is more than a variable can have; kept as it is on Render")
    return FoundVariable(Literal(Secret(text)))


def _is_named_as_secret(key: str, text: str) -> bool:
    """Whether a key says that its value is secret; of a number it does, where it is the name of a password."""
    if _SWITCH.fullmatch(text):
        return False
    is_number = _NUMBER.fullmatch(text) is not None
    return bool(_PASSWORD_NAME.search(key) or (_SECRET_NAME.search(key) and not is_number))


def _external(note: str) -> FoundVariable:
    return FoundVariable(External(), notes=(note,))
