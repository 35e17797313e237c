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

from reconciler.render_api.unescaped import bare, has_escapes, readings

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
_UNPRINTED = re.compile("\0+")


def scrubbed(message: str, secrets: Iterable[Secret]) -> str:
    """Return a message as one bounded line without control characters and without any piece of the secrets."""
    text = _one_line(message[:_LOOKED_AT])
    hidden = [False] * len(text)
    windows = _windows(text)
    unescaped = {reading.text: (reading, _windows(reading.text)) for reading in readings(text)}
    for secret in secrets:
        value = secret.reveal()
        for form in _forms(value):
            for start, end in _found(text, form, windows):
                hidden[start:end] = [True] * (end - start)
        for form in _bare_forms(value):
            for reading, its_windows in unescaped.values():
                for start, end in _found(reading.text, form, its_windows):
                    first, last = reading.spans[start][0], reading.spans[end - 1][1]
                    hidden[first:last] = [True] * (last - first)
    shown = "".join(_redacting(text, hidden))
    return shown if len(shown) <= MESSAGE_LENGTH else f"{shown[: MESSAGE_LENGTH - 1]}…"


def _forms(value: str) -> Iterator[str]:
    """Yield a value as it is and in the encodings in which it could be repeated."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, value.strip(), _one_line(value)}
    escaped = json.dumps(value)
    forms |= {escaped[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    forms.add(json.dumps(escaped)[3:-3])  # a quoted request in a message, which is JSON itself
    forms |= {quote(raw, safe=""), quote(raw), quote_plus(raw), html.escape(value)}
    forms |= {raw.hex(), raw.hex().upper()}
    forms |= _in_base64(raw)
    yield from (form for form in forms if form)


def _in_base64(raw: bytes) -> set[str]:
    """Return what of a value's bytes in base64 does not depend on what stands beside them."""
    forms: set[str] = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        # Within a longer text in base64 a value begins at one of three places; at its edges it mixes with neighbours.
        for offset, mixed in enumerate((0, 2, 3)):
            encoded = encode(b"\0" * offset + raw).decode().rstrip("=")
            whole = encoded[mixed:] if (offset + len(raw)) % 3 == 0 else encoded[mixed:-1]
            forms.add(whole if len(whole) >= _SHORT else "")
    return forms


def _bare_forms(value: str) -> Iterator[str]:
    """Yield a value without quotes, escapes and blanks, and what encodings of it would be without those."""
    raw = value.encode("utf-8", "surrogatepass")
    texts = {bare(value)}
    if len(value) <= _LOOKED_AT and has_escapes(value):
        texts |= {reading.text for reading in readings(value)}
    yield from (form for form in texts if len(form) >= _SHORT)
    encoded = {raw.hex(), raw.hex().upper(), *(bare(form) for form in _in_base64(raw))}
    yield from (form for form in encoded if len(form) >= _WINDOW)


def _one_line(text: str) -> str:
    return _UNPRINTED.sub(" ", "".join(each if each.isprintable() else "\0" for each in text)).strip()


def _windows(text: str) -> dict[str, list[int]]:
    windows: dict[str, list[int]] = {}
    for start in range(len(text) - _WINDOW + 1):
        windows.setdefault(text[start : start + _WINDOW], []).append(start)
    return windows


def _found(text: str, form: str, windows: dict[str, list[int]]) -> Iterator[tuple[int, int]]:
    """Yield from where to where a form of a secret, or a piece of it, stands in a text."""
    if len(form) < _WINDOW:
        if form in text:
            pattern = re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
            yield from (match.span() for match in re.finditer(pattern, text))
        return
    if len(form) > _LOOKED_AT:  # a secret file: the message is shorter
        found = [window for window in windows if window in form]
    else:
        found = [form[start : start + _WINDOW] for start in range(len(form) - _WINDOW + 1)]
    if windows.keys().isdisjoint(found):
        return
    for window in found:
        yield from ((place, place + _WINDOW) for place in windows.get(window, ()))


def _redacting(text: str, hidden: list[bool]) -> Iterator[str]:
    before = False
    for character, is_hidden in zip(text, hidden, strict=True):
        if not is_hidden:
            yield character
        elif not before:
            yield REDACTED
        before = is_hidden
