"""References to secrets: `SCHEME://PATH[?param=value…][#/json/pointer]`, texts that merely look so, placeholders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.config.problems import listed, nearest
from reconciler.domain.definition import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES = (
    "env",
    "dotenv",
    "file",
    "sops",
    "vault",
    "awssecrets",
    "awsssm",
    "gcpsecrets",
    "azurekeyvault",
    "op",
    "doppler",
    "infisical",
    "keyring",
)
"""Every scheme of the language, whether or not it can be fetched here and now."""

OWN_KEYS = frozenset({"RENDER_API_KEY", "RECONCILE_PLAN_KEY", "RECONCILE_STORE_URL"})
"""reconcile's own keys, beside those that environments name."""

_PREFIX = r"(?:ref\+|secretref\+)"
_KNOWN = "|".join(SCHEMES)
_SHAPE = re.compile(rf"({_PREFIX})?([A-Za-z][A-Za-z0-9+.-]*)://(.*)\Z", re.DOTALL)
_WITHIN = re.compile(rf"{_PREFIX}[A-Za-z0-9]+://|(?<![A-Za-z0-9+.-])(?:{_KNOWN})://", re.IGNORECASE)
_AT_START = re.compile(rf"[\s\"'({{<$]*(?:{_PREFIX}[A-Za-z0-9]+:|(?:{_KNOWN})://)", re.IGNORECASE)
# `file://` and `env://` stand within many an honest text, such as options of the Java VM; these do not.
_UNMISTAKABLE = re.compile(
    rf"{_PREFIX}[A-Za-z0-9]+://|(?<![A-Za-z0-9+.-])(?:vault|sops|awssecrets|awsssm|gcpsecrets|azurekeyvault)://",
    re.IGNORECASE,
)
_SPACED = frozenset({"dotenv", "file", "sops", "op", "keyring", "infisical", "doppler"})
"""Schemes whose paths are names that people gave, which may have spaces."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def looks_like_reference(text: str) -> bool:
    """Whether a text that stands as a literal was meant to be fetched."""
    if "://" not in text and "ref+" not in text:
        return False
    return bool(_AT_START.match(text) or _UNMISTAKABLE.search(text))


def parse_reference(text: str, names: Mapping[str, str]) -> SecretRef:
    """Read a reference and fill its placeholders; raises `ValueError`, whose text goes on after the key's name."""
    shape = _SHAPE.match(text)
    if shape is None or text != text.strip():
        raise ValueError(_not_one(text))
    prefix, scheme, rest = shape[1], shape[2], shape[3]
    if scheme not in SCHEMES:
        raise ValueError(_unknown_scheme(scheme))
    if _CONTROL.search(rest):
        raise ValueError("has a line end or control character; a reference is one line")
    if not rest.isprintable():
        raise ValueError("has a character that does not show, or that turns the text around it; write it without")
    if _WITHIN.search(rest) or (prefix and rest.endswith("+")):
        raise ValueError("has text around a reference; a reference is a whole value, so put all of it in the store")
    rest, hash_sign, pointer = rest.partition("#")
    path, question_mark, query = rest.partition("?")
    if " " in query or " " in pointer or (" " in path and scheme not in _SPACED):
        raise ValueError("has a space; a reference is a whole value, without text before or after it")
    if hash_sign and not pointer.startswith("/"):
        raise ValueError("has a `#` that no `/` follows; a JSON pointer starts with `#/`")
    reference = SecretRef(
        scheme,
        fill(path, names),
        tuple(_parameter(part, names) for part in query.split("&")) if question_mark else (),
        fill(pointer, names) if hash_sign else None,
    )
    if not reference.path.strip("/ "):
        raise ValueError(f"names nothing after `{scheme}://`; write what to fetch")
    return reference


def _parameter(part: str, names: Mapping[str, str]) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not name or not equals:
        raise ValueError("has a parameter that is not `name=value` after the `?`")
    return fill(name, names), fill(value, names)


def _not_one(text: str) -> str:
    if _WITHIN.search(text):
        return "has text around a reference; a reference is a whole value, so put all of it in the store"
    return "is not a reference; write `SCHEME://PATH`, or `value:` where the value itself is meant"


def _unknown_scheme(scheme: str) -> str:
    near = nearest(scheme, SCHEMES)
    if not near:
        return f"does not start with a scheme that is known; known: {', '.join(SCHEMES)}"
    return f"has an unknown scheme{near}"


_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def fill(text: str, names: Mapping[str, str]) -> str:
    """Replace the placeholders; raises `ValueError` (the end of a sentence) for braces around other text."""
    if "{" not in text and "}" not in text:
        return text

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            raise ValueError("has a brace without its other half; only placeholders stand in braces")
        if name not in names:
            known = listed([f"{{{known}}}" for known in sorted(names)])
            raise ValueError(f"has another text in braces, where only {known} can stand")
        return names[name]

    return _BRACES.sub(replacement, text)
