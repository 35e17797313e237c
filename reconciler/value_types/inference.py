"""Inference: which type values have by their shape, for a first file that nobody has thought about yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.definition import TypeSpec
from reconciler.value_types.registry import check
from reconciler.value_types.supabase import ROLES, key_role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_LONGEST = 64 * 1024
"""Characters of a value that are looked at; no variable has more."""

_PREFIXES = (
    *("sk-ant-", "sk-", "sk_live_", "sk_test_", "pk_live_", "pk_test_", "rk_live_", "rk_test_", "whsec_"),
    *("ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "SG.", "re_", "llx-", "phc_", "npm_", "AKIA", "hf_"),
)
"""What the keys of some vendors begin with, by their documentation; the more particular one first."""

_DIGITS = re.compile(r"[+-]?[0-9]{1,15}")
_HEX = re.compile(r"[0-9a-f]{32,}")
_DURATION = re.compile(r"[0-9]+(?:ms|s|m|h|d)|P[0-9T].*")
_SUPABASE = re.compile(r"https://[a-z0-9]+\.supabase\.(?:co|com)/?")

# Each shape says of a variable's name and its value whether a type is likely; the type itself says whether it holds.


def _begins(*beginnings: str) -> Callable[[str, str], bool]:
    return lambda _key, text: text.startswith(beginnings)


def _matches(pattern: re.Pattern[str]) -> Callable[[str, str], bool]:
    return lambda _key, text: pattern.fullmatch(text) is not None


def _named(*words: str) -> Callable[[str, str], bool]:
    return lambda key, _text: any(key.upper() == word or key.upper().endswith(f"_{word}") for word in words)


def _of_role(role: str) -> Callable[[str, str], bool]:
    return lambda _key, text: key_role(text) == role


def _word(_key: str, text: str) -> bool:
    return text in {"true", "false", "1", "0"}


_CANDIDATES: Sequence[tuple[TypeSpec, Callable[[str, str], bool]]] = (
    (TypeSpec("pem", {"kind": "certificate"}), _begins("-----BEGIN CERT")),
    (TypeSpec("pem"), _begins("-----BEGIN ")),
    *((TypeSpec("supabase_key", {"role": role}), _of_role(role)) for role in ROLES),
    (TypeSpec("jwt"), _begins("eyJ")),
    (TypeSpec("postgres_url"), _begins("postgres")),
    (TypeSpec("redis_url"), _begins("redis")),
    (TypeSpec("amqp_url"), _begins("amqp")),
    (TypeSpec("mongodb_url"), _begins("mongodb")),
    (TypeSpec("supabase_url"), _matches(_SUPABASE)),
    (TypeSpec("https_url"), _begins("https://")),
    (TypeSpec("url"), _begins("http://", "https://", "ws://", "wss://", "smtp://", "smtps://")),
    *((TypeSpec("api_key", {"prefix": prefix}), _begins(prefix)) for prefix in _PREFIXES),
    (TypeSpec("port"), _named("PORT")),
    (TypeSpec("host"), _named("HOST", "HOSTNAME")),
    (TypeSpec("fernet_key"), _named("FERNET_KEY", "ENCRYPTION_KEY")),
    (TypeSpec("integer"), _matches(_DIGITS)),
    (TypeSpec("boolean"), _word),
    (TypeSpec("number"), lambda _key, text: text[:1].isdigit()),
    (TypeSpec("uuid"), lambda _key, text: text.count("-") == 4),  # noqa: PLR2004 — as many as a UUID has
    (TypeSpec("email"), lambda _key, text: text.count("@") == 1),
    (TypeSpec("json"), _begins("{", "[")),
    (TypeSpec("hex"), _matches(_HEX)),
    (TypeSpec("duration"), _matches(_DURATION)),
)
"""The narrower type before the wider one that takes the same values."""


def infer(key: str, texts: Iterable[str]) -> TypeSpec:
    """Return the first type that all values of a variable look like and have; `string` where there is none.

    Only the name of a type, and what a vendor's keys begin with, comes of the values.
    """
    distinct = list(dict.fromkeys(texts))
    if distinct and all(0 < len(text) <= _LONGEST for text in distinct):
        for spec, looks in _CANDIDATES:
            if all(looks(key, text) and check(spec, text) is None for text in distinct):
                return spec
    return TypeSpec()
