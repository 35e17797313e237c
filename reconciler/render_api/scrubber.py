"""Taking secrets out of text that a server wrote, in any encoding in which it may repeat them.

Render's own messages name keys, not values; but a proxy, or a mistake on the other side, may echo what it was sent.
"""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.domain.value import Secret

REDACTED = "[redacted]"
MESSAGE_LENGTH = 500
_LOOKED_AT = 2_000
"""Characters of a message that are looked at; what is cut off here is not shown either."""
_WINDOW = 8
"""A run of so many characters that is also in a secret counts as a piece of it."""
_SHORT = 4
"""Below this length a value such as `on` is part of many words; it is replaced only where it stands alone."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


def scrubbed(message: str, secrets: Iterable[Secret]) -> str:
    """Return a message as one bounded line without control characters and without any piece of the secrets."""
    text = _CONTROL.sub(" ", message[:_LOOKED_AT]).strip()
    hidden = [False] * len(text)
    windows: dict[str, list[int]] = {}
    for start in range(len(text) - _WINDOW + 1):
        windows.setdefault(text[start : start + _WINDOW], []).append(start)
    for secret in secrets:
        for form in _forms(secret.reveal()):
            _hide(text, form, hidden, windows)
    shown = "".join(_redacting(text, hidden))
    return shown if len(shown) <= MESSAGE_LENGTH else f"{shown[: MESSAGE_LENGTH - 1]}…"


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it is and in the encodings in which it could be repeated."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, value.strip(), _CONTROL.sub(" ", value).strip()}
    escaped = json.dumps(value)
    forms |= {escaped[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    forms.add(json.dumps(escaped)[3:-3])  # a quoted request in a message, which is JSON itself
    forms |= {quote(raw, safe=""), quote(raw), quote_plus(raw), html.escape(value), raw.hex()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        # Within a longer text in base64 a value begins at one of three places; at its edges it mixes with neighbours.
        for offset, mixed in enumerate((0, 2, 3)):
            encoded = encode(b"\0" * offset + raw).decode().rstrip("=")
            whole = encoded[mixed:] if (offset + len(raw)) % 3 == 0 else encoded[mixed:-1]
            forms.add(whole if len(whole) >= _SHORT else "")
    yield from (form for form in forms if form)


def _hide(text: str, form: str, hidden: list[bool], windows: dict[str, list[int]]) -> None:
    pattern = re.escape(form)
    if len(form) < _SHORT:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    if len(form) < _WINDOW:
        for match in re.finditer(pattern, text):
            hidden[match.start() : match.end()] = [True] * len(match.group())
        return
    if len(form) > _LOOKED_AT:  # a secret file: the message is shorter
        found = [window for window in windows if window in form]
    else:
        found = [form[start : start + _WINDOW] for start in range(len(form) - _WINDOW + 1)]
    for window in found:
        for place in windows.get(window, ()):
            hidden[place : place + _WINDOW] = [True] * _WINDOW


def _redacting(text: str, hidden: list[bool]) -> Iterator[str]:
    before = False
    for character, is_hidden in zip(text, hidden, strict=True):
        if not is_hidden:
            yield character
        elif not before:
            yield REDACTED
        before = is_hidden
