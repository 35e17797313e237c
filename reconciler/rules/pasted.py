"""RC140 to RC143 and RC148: what comes along when a value is copied from somewhere and pasted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.domain.address import Kind
from reconciler.domain.definition import Literal
from reconciler.domain.finding import Severity
from reconciler.rules.example import one
from reconciler.rules.rule import Alone, Example, Rule
from reconciler.rules.wrong_type import type_fault

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Setting

FAMILY = "Pasted wrongly"
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "\u2018": "\u2019", "„": "“", "«": "»"}
_POLICY = re.compile(r"'(?:self|none|strict-dynamic|report-sample|unsafe-[a-z-]+|nonce-.+|sha(?:256|384|512)-.+)'")
"""Sources of a Content-Security-Policy, whose quotes belong to them."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
"""All but tab, line ends and the escape that begins a terminal's colours."""
_HIDDEN = re.compile(
    r"[\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|[\x21-\x7e][\u200c\u200d]"
)
"""Joiners only where they follow a letter of ASCII: in emoji and in Persian they mean something."""


def _white_space(held: Held, _setting: Setting) -> str | None:
    if held.reading is None or held.kind is not Kind.ENV_VAR:
        return None
    text, inner = held.reading.text, held.reading.text.strip()
    if inner == text or not any(map(str.isalnum, inner)) or type_fault(held) is not None:
        return None
    if "\n" in inner and text.lstrip() == text:
        return None  # a block of lines ends with a line end
    if isinstance(held.definition.source, Literal) and not text.endswith("\n"):
        return None  # whoever writes quotes around spaces into a YAML file means them
    return "the value begins or ends with white space"


def _quotes(held: Held, _setting: Setting) -> str | None:
    if held.reading is None or held.kind is not Kind.ENV_VAR or held.definition.type.name == "json":
        return None
    text = held.reading.text
    if len(text) < 2 or _QUOTES.get(text[0]) != text[-1]:  # noqa: PLR2004 — one quote on each side
        return None
    if text[0] in text[1:-1] or text[-1] in text[1:-1] or _POLICY.fullmatch(text):
        return None
    return "the value has quotes around it, which are part of it on Render"


def _invisible(held: Held, _setting: Setting) -> str | None:
    if held.reading is None or (held.reading.text.isascii() and held.reading.text.isprintable()):
        return None
    if _CONTROL.search(held.reading.text):
        return "the value has control characters in it"
    if _HIDDEN.search(held.reading.text):
        return "the value has characters in it that nobody sees"
    return None


def _key_in_front(held: Held, _setting: Setting) -> str | None:
    text = held.reading.text if held.reading is not None else ""
    if held.key.lower() != held.key and text.removeprefix("export ").startswith(f"{held.key}="):
        return "the value begins with its own name and `=`"
    return None


def _crlf(held: Held, _setting: Setting) -> str | None:
    if held.reading is not None and "-----BEGIN " in held.reading.text and "\r" in held.reading.text:
        return "the value is PEM with the line ends of Windows"
    return None


WHITE_SPACE = Rule(
    code="RC140",
    name="surrounding-white-space",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="A space or line end that was copied along is part of the value: keys with it are refused.",
    fix="store the value again without it; of a block in YAML, `|-` leaves out the last line end",
    source="observed",
    look=Alone(_white_space),
    fires=Example("a value and a line end", lambda: one("VENDOR_ACCOUNT", "acme-42\n")),
    passes=Example("the value alone", lambda: one("VENDOR_ACCOUNT", "acme-42")),
)
QUOTES = Rule(
    code="RC141",
    name="wrapping-quotes",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Shells and .env files take quotes away; Render keeps them, and the program gets them.",
    fix="store the value without the quotes",
    source="observed",
    look=Alone(_quotes),
    fires=Example('"acme-42", with the quotes', lambda: one("VENDOR_ACCOUNT", '"acme-42"')),
    passes=Example("acme-42", lambda: one("VENDOR_ACCOUNT", "acme-42")),
)
INVISIBLE = Rule(
    code="RC142",
    name="invisible-characters",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Web pages and chats put in characters without width; two values then look the same and are not.",
    fix="type the value anew, or copy it from where it was made",
    source="observed",
    look=Alone(_invisible),
    fires=Example("a key with a zero-width space in it", lambda: one("VENDOR_ACCOUNT", "acme\u200b-42")),
    passes=Example("the key alone", lambda: one("VENDOR_ACCOUNT", "acme-42")),
)
KEY_IN_FRONT = Rule(
    code="RC143",
    name="key-in-value",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="A whole line of a .env file was pasted where only its value belongs.",
    fix="store what stands after the first `=`",
    source="observed",
    look=Alone(_key_in_front),
    fires=Example("VENDOR_ACCOUNT=acme-42 in VENDOR_ACCOUNT", lambda: one("VENDOR_ACCOUNT", "VENDOR_ACCOUNT=acme-42")),
    passes=Example("acme-42 in VENDOR_ACCOUNT", lambda: one("VENDOR_ACCOUNT", "acme-42")),
    explains_type=True,
)
CRLF = Rule(
    code="RC148",
    name="crlf-in-pem",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Several libraries, OpenSSH's among them, refuse keys whose lines end as on Windows.",
    fix="store it with the line ends of Unix",
    source="observed",
    look=Alone(_crlf),
    fires=Example("a BEGIN line that ends with CR and LF", lambda: one("CERTIFICATE", _block("\r\n"))),
    passes=Example("a BEGIN line that ends with LF", lambda: one("CERTIFICATE", _block("\n"))),
)


def _block(end: str) -> str:
    return end.join(["-----BEGIN CERTIFICATE-----", "abcd" * 4, "-----END CERTIFICATE-----", ""])
