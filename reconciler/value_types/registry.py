"""The registry of all value types, and the questions that the rest of the program asks of it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from reconciler.value_types.connection import AMQP_URL, MONGODB_URL, REDIS_URL
from reconciler.value_types.encoding import BASE64, FERNET_KEY, HEX
from reconciler.value_types.identifier import DURATION, UUID
from reconciler.value_types.json_text import JSON
from reconciler.value_types.network import EMAIL, HOST
from reconciler.value_types.number import BOOLEAN, INTEGER, NUMBER, PORT
from reconciler.value_types.pem import PEM
from reconciler.value_types.postgres import POSTGRES_URL
from reconciler.value_types.supabase import SUPABASE_KEY, SUPABASE_URL
from reconciler.value_types.text import ENUM, STRING
from reconciler.value_types.token import API_KEY, JWT
from reconciler.value_types.url import HTTPS_URL, URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.domain.definition import Json, TypeSpec
    from reconciler.value_types.option import Option
    from reconciler.value_types.value_type import ValueType

_ALL = (
    *(STRING, INTEGER, NUMBER, BOOLEAN, ENUM, JSON),
    *(URL, HTTPS_URL, HOST, PORT, EMAIL, UUID, DURATION),
    *(POSTGRES_URL, REDIS_URL, AMQP_URL, MONGODB_URL),
    *(SUPABASE_URL, SUPABASE_KEY, JWT, FERNET_KEY, BASE64, HEX, PEM, API_KEY),
)
_TYPES: Mapping[str, ValueType] = {one.name: one for one in _ALL}

TYPE_NAMES: tuple[str, ...] = tuple(_TYPES)
"""All types of the language, in the order of its documentation."""

OPTION_NAMES: Mapping[str, frozenset[str]] = {one.name: frozenset(one.options) for one in _ALL}
"""The options of each type."""


def check(spec: TypeSpec, text: str) -> str | None:
    """Say in one sentence what is wrong with a text and what right looks like, without any of it; `None` if right.

    It never raises: what a library throws may quote the text, and would carry it into a traceback.
    """
    value_type = _TYPES.get(spec.name)
    if (value_type is None or spec.options or value_type.required) and (problems := check_options(spec)):
        return f"the value cannot be checked: {problems[0]}"
    if value_type is None:
        return None
    try:
        return value_type.fault(spec.options, text)
    except Exception:  # noqa: BLE001 — see the docstring
        return f"the value cannot be read as {spec.name}: see that it is well formed, and that the type's options are"


def check_options(spec: TypeSpec) -> list[str]:
    """Return what is wrong with a type's name and options, a sentence each; options' values are not quoted."""
    value_type = _TYPES.get(spec.name)
    if value_type is None:
        return [f"type `{spec.name}` is unknown{_nearest(spec.name, TYPE_NAMES)}"]
    problems = [
        f"option `{name}` is missing: type `{spec.name}` needs it"
        for name in sorted(value_type.required - spec.options.keys())
    ]
    for name, value in spec.options.items():
        option = value_type.options.get(name)
        if option is None:
            problems.append(f"type `{spec.name}` has no option `{name}`{_nearest(name, value_type.options)}")
        elif not option.accepts(value):
            problems.append(f"option `{name}` of type `{spec.name}` must be {option.expects}{_meant(option, value)}")
    if not problems and value_type.conflict and (conflict := value_type.conflict(spec.options)):
        problems.append(conflict)
    return problems


def is_credential(spec: TypeSpec) -> bool:
    """Whether a type's values carry credentials, so that they are sensitive unless said otherwise."""
    value_type = _TYPES.get(spec.name)
    return value_type is None or value_type.credential


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), list(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


def _meant(option: Option, value: Json) -> str:
    return _nearest(value, option.words) if isinstance(value, str) else ""
