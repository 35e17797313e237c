"""RC144 to RC147: what stands where the value should: masks, cut ends, placeholders, and broken passwords in URLs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from reconciler.domain.finding import Severity
from reconciler.domain.names import PUBLIC_PREFIXES
from reconciler.domain.state import EnvironmentKind
from reconciler.rules.example import database, one
from reconciler.rules.pasted import FAMILY
from reconciler.rules.rule import NAMES, Alone, Example, Kin, Rule
from reconciler.value_types import is_credential

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Setting

_LONGEST = 8192
_MASKED = re.compile(r"[!-~]*[•●∙▪]{2,}[!-~]*|\*{3,}|[A-Za-z0-9_-]{0,12}\*{4,}[A-Za-z0-9]{0,8}")
_CUT = re.compile(r"[!-~]*(?:\.{3}|…)|[!-~]*[A-Za-z0-9_-]{3}(?:\.{3}|…)[A-Za-z0-9]{2}[!-~]*")
_TEMPLATE = re.compile(
    r"your[-_][a-z0-9_-]{1,60}[-_]here|your[-_]?(?:api[-_]?)?(?:password|key|secret|token)(?:[-_]here)?"
    r"|(?:insert|enter|paste|put|replace)[-_]your(?:[-_][a-z0-9_-]{1,60})?|replace[-_]?me"
    r"|<(?:your|insert|enter|paste)[^<>]{0,60}>|\[(?:your|insert|enter|paste)[^\[\]]{0,60}\]",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"change[-_]?(?:me|this|it)(?:[-_][a-z0-9]{1,16}|[0-9]{1,4})?|dummy[-_](?:key|secret|token|password)", re.IGNORECASE
)
"""With a separator or a number behind, so that words that only begin so, such as `change_items`, are none."""
_SECRET_TEMPLATE = re.compile(
    r"(?:insert|enter|paste|put|replace)[-_](?:the|with|me|this)(?:[-_][a-z0-9_-]{1,60})?"
    r"|<(?:api|secret|password|key|token|project|db|database|host|user|region|ref)[^<>]{0,60}>"
    r"|\[(?:password|project|region)[^\[\]]{0,60}\]|\$\{\{[A-Za-z_. -]{1,60}\}\}",
    re.IGNORECASE,
)
_MEANINGLESS = re.compile(r"x{3,}|(?:[a-z0-9]{1,8}[-_]){1,3}x{4,}|todo|tbd|fixme|placeholder", re.IGNORECASE)
"""What only a variable that should hold a secret cannot mean, as the templates before."""
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|PWD|CREDENTIAL|DSN|DATABASE_URL", re.IGNORECASE)
_SHOWN_NAME = re.compile(
    r"(?:^|_)(?:MASK|REDACT|REDACTED|REDACTION|CENSOR|PLACEHOLDER|HINT|LABEL|FORMAT|PATTERN|TEMPLATE)(?:_|$)"
    r"|(?:^|_)(?:STOP|START|BEGIN|END|EOS|BOS|PAD|UNK|SEP|CLS|USER|SYSTEM|SPECIAL|DELIMITER|SEPARATOR)_TOKENS?$",
    re.IGNORECASE,
)
"""Names of what is shown or read in a secret's place, and of the tokens that language models know."""
_DEFAULT_STORE = re.compile(r"TRUST_?STORE|KEY_?STORE|CACERTS", re.IGNORECASE)
"""Java's own store of certificates has the password `changeit`, which guards nothing."""
_IN_URL = re.compile(r"\[YOUR-[A-Z-]{1,30}\]|\[(?:PASSWORD|PROJECT-REF|PROJECT-ID|REGION)\]", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"(?P<scheme>[a-z][a-z0-9]*)(?:\+[a-z0-9]+)?(?:\+srv)?://(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_CONNECTIONS = frozenset(
    {"postgres", "postgresql", "ecto", "postgis", "mysql", "mariadb", "redis", "rediss", "amqp", "amqps", "mongodb"}
)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _word(held: Held) -> str | None:
    """Return a text of one word that is short enough to be a value that somebody pasted, or `None`."""
    if held.reading is None or not held.reading.is_one_word or len(held.reading.text) > _LONGEST:
        return None
    return held.reading.text


def _masked(held: Held, _setting: Setting) -> str | None:
    text = _word(held)
    if text is None or not _MASKED.fullmatch(text):
        return None
    if not _should_be_secret(held) and not ("*" not in text and any(map(str.isalnum, text))):
        return None  # a line of stars or points may be there to look like one
    return "the value is masked: it was copied from where only its ends are shown"


def _cut(held: Held, _setting: Setting) -> str | None:
    text = _word(held)
    if text is None or held.key.startswith(PUBLIC_PREFIXES) or not _should_be_secret(held):
        return None
    if "://" not in text and ("/" in text or not any(map(str.isalnum, text))):
        return None  # patterns of paths, as Go and globs have them
    return "the value is cut: it has `...` where the rest belongs" if _CUT.fullmatch(text) else None


def _should_be_secret(held: Held) -> bool:
    """Whether a variable is for a credential, by its type or its name: elsewhere points and stars mean many things."""
    return is_credential(held.definition.type) or _is_secret_name(held.key)


@lru_cache(NAMES)
def _is_secret_name(key: str) -> bool:
    return bool(_SECRET_NAME.search(key) and not _SHOWN_NAME.search(key))


def _placeholder(held: Held, setting: Setting) -> str | None:
    text = _word(held)
    if text is None:
        return None
    password = _password(text)
    for what, part in (("is", text), ("has", password)):
        if part is not None and _is_placeholder(
            part, held, setting, is_secret=part is password or _should_be_secret(held)
        ):
            return f"the value {what} a placeholder{'' if part == text else ' for the password'}, as templates have it"
    if "://" in text and _IN_URL.search(text):
        return "the value still has a placeholder of the dashboard's in it"
    return None


def _is_placeholder(text: str, held: Held, setting: Setting, *, is_secret: bool) -> bool:
    if _TEMPLATE.fullmatch(text) or (is_secret and _SECRET_TEMPLATE.fullmatch(text)):
        return True
    if is_secret and text == f"${{{held.key}}}":
        return True  # a name that stands for itself; others are read by programs, as Spring does
    if setting.kind is EnvironmentKind.DEVELOPMENT or (text == "changeit" and _DEFAULT_STORE.search(held.key)):
        return False
    return bool(_STAND_IN.fullmatch(text) or (is_secret and _MEANINGLESS.fullmatch(text)))


def _password(text: str) -> str | None:
    """Return the password of a URL as it is meant, or `None`."""
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    user = re.split(r"[/?#]", match["rest"], maxsplit=1)[0].rpartition("@")[0]
    return unquote(user.partition(":")[2]) or None


def _unescaped(held: Held, _setting: Setting) -> str | None:
    text = held.reading.text if held.reading is not None else ""
    match = _AUTHORITY.fullmatch(text) if "://" in text and len(text) <= _LONGEST else None
    if match is None or match["scheme"].lower() not in _CONNECTIONS:
        return None
    head, rest = re.split(r"(?=[/?#])", match["rest"] + "/", maxsplit=1)
    user, at, _ = head.rpartition("@")
    if at:
        wrong = head.count("@") > head.count(",") + 1 or bool(_BARE_PERCENT.search(user.partition(":")[2]))
    else:
        # What looks like host and port is user and password, cut off by a character of the password.
        name, colon, port = head.rpartition(":")
        wrong = "@" in rest and bool(colon) and not port.isdigit() and not name.startswith("[")
    return "the password in the value has characters that end it in a URL" if wrong else None


MASKED = Rule(
    code="RC144",
    name="masked-value",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="Dashboards show keys as ••••, and copying takes the dots, not the key.",
    fix="copy the value where it is shown in full, or make a new one",
    source="observed",
    look=Alone(_masked),
    fires=Example("sk-••••••••1234", lambda: one("VENDOR_KEY", "sk-" + "•" * 8 + "1234")),
    passes=Example("a single •, as a separator", lambda: one("SEPARATOR", "•")),
    explains_type=True,
)
CUT = Rule(
    code="RC145",
    name="cut-value",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Lists of keys show the beginning and `...`; no key has these in it.",
    fix="copy the whole value, or make a new one",
    source="observed",
    look=Alone(_cut),
    fires=Example("acme-4f2a...", lambda: one("VENDOR_KEY", "acme-4f2a...")),
    passes=Example("./..., a pattern", lambda: one("TEST_PACKAGES", "./...")),
)
PLACEHOLDER = Rule(
    code="RC146",
    name="placeholder",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="A template was copied and one value was forgotten, in a URL's password too.",
    fix="put the real value in its place",
    source="observed",
    look=Alone(_placeholder),
    fires=Example(
        "postgresql://app:[YOUR-PASSWORD]@db.example.com/app",
        lambda: one("DATABASE_URL", database("db.example.com", "app").replace("p" * 8, "[YOUR-PASSWORD]")),
    ),
    passes=Example("a URL with a password", lambda: one("DATABASE_URL", database("db.example.com", "app"))),
    explains_type=True,
)
UNESCAPED = Rule(
    code="RC147",
    name="url-password-unescaped",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="`@`, `/`, `?`, `#` and `%` end or change what stands before them; programs disagree on where.",
    fix="write them in the password as %40, %2F, %3F, %23 and %25",
    source="https://datatracker.ietf.org/doc/html/rfc3986#section-3.2.1",
    look=Alone(_unescaped, Kin.URL),
    fires=Example(
        "postgresql://app:p#ss@db.example.com/app",
        lambda: one("DATABASE_URL", database("db.example.com", "app").replace("p" * 8, "p#ss")),
    ),
    passes=Example(
        "postgresql://app:p%23ss@db.example.com/app",
        lambda: one("DATABASE_URL", database("db.example.com", "app").replace("p" * 8, "p%23ss")),
    ),
    explains_type=True,
)
