"""Names that the file may give: of variables, secret files, and of environments, services and groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.names import KEY_PATTERN
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Neither control characters nor those that hide or turn text around: a name is shown where plans are approved.
FILE_PATTERN = r"^(?!\.{1,2}$)[^/\\\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]{1,255}$"
NAME_PATTERN = r"^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,128}$"
SERVICE_PATTERN = r"^(?!groups$)(?!\.{1,2}$)[A-Za-z0-9_.-]{1,128}$"
VARIABLE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
LOGIN_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$"

KEY_SENTENCE = "letters, digits, `_`, `-` and `.`, not starting with a digit"
NAME_SENTENCE = "letters, digits, `_`, `-` and `.`"


def ecma(pattern: str) -> re.Pattern[str]:
    """Compile a JSON Schema pattern: its `$` is the very end, and not also the place before a last newline."""
    return re.compile(pattern.replace("$", r"\Z"))


def _explain_key(name: str) -> str:
    if name == "RENDER" or name.startswith("RENDER_"):
        return f"`{name}`: Render sets `RENDER` and `RENDER_*` itself; choose another name"
    return _explain("a variable", name, KEY_SENTENCE)


def _explain_file(name: str) -> str:
    return _explain("a secret file", name, "one path segment, without `/`")


def _explain_name(name: str) -> str:
    return _explain("an environment or group", name, NAME_SENTENCE)


def _explain_service(name: str) -> str:
    if name == "groups":
        return "`groups` is no name for a service: addresses use it for env groups; choose another"
    return _explain("a service", name, NAME_SENTENCE)


def _explain(what: str, name: str, sentence: str) -> str:
    if not name:
        return f"{what} needs a name: {sentence}"
    if name in {".", ".."}:
        return f"`{name}` is no name for {what}: in a URL it means another thing"
    return f"{shown(name) or 'this'} is no name for {what}: use {sentence}"


def shown(name: str) -> str:
    """Return a key as an error may repeat it; nothing where it may be something pasted."""
    return f"`{name}`" if len(name) <= _LONGEST_SHOWN and name.isprintable() and not looks_secret(name) else ""


_LONGEST_SHOWN = 64

EXPLANATIONS: Mapping[str, Callable[[str], str]] = {
    KEY_PATTERN: _explain_key,
    FILE_PATTERN: _explain_file,
    NAME_PATTERN: _explain_name,
    SERVICE_PATTERN: _explain_service,
}
"""From a pattern of names to who says what is wrong with a name."""
