"""RC107 to RC110: Supabase's keys in each other's places, and tokens whose time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.domain.finding import Severity
from reconciler.rules.example import NOW, REF, one, token
from reconciler.rules.rule import Alone, Example, Kin, Need, Rule
from reconciler.rules.supabase import FAMILY, KEYS
from reconciler.value_types.supabase import is_new_key, key_role

if TYPE_CHECKING:
    from reconciler.rules.scene import Held, Setting


def _role(held: Held) -> str | None:
    """Return the role of a value that is a Supabase key, or `None`."""
    if held.reading is None:
        return None
    if is_new_key(held.reading.text):
        return key_role(held.reading.text)
    return key_role(held.reading.text) if held.reading.claims is not None else None


def _wanted(held: Held) -> str | None:
    """Return the role that is declared, or else the one that the variable's name asks for."""
    declared = held.definition.type.options.get("role")
    if isinstance(declared, str):
        return declared
    name = held.key.upper().replace("-", "_")
    if "JWT" in name or ("SUPABASE" not in name and "SERVICE_ROLE" not in name and "ANON_KEY" not in name):
        return None
    if any(word in name for word in ("SERVICE_ROLE", "SERVICE_KEY", "SECRET_KEY")):
        return "service_role"
    return "anon" if any(word in name for word in ("ANON", "PUBLISHABLE")) else None


def _swapped(held: Held, _setting: Setting) -> str | None:
    role = _role(held)
    wanted = _wanted(held) if role is not None else None
    if wanted is None or role == wanted:
        return None
    if role == "service_role":
        return "the value is a `service_role` key, which passes by row-level security: put the `anon` key here"
    return "the value is an `anon` key: put the `service_role` key here"


def _wrong_slot(held: Held, _setting: Setting) -> str | None:
    name = held.key.upper()
    if "SUPABASE" not in name or _role(held) is None or held.reading is None:
        return None
    if "JWT_SECRET" in name:
        return "the value is an API key, and this variable is for the secret that tokens are signed with"
    if not is_new_key(held.reading.text) and name.endswith(("PUBLISHABLE_KEY", "SECRET_KEY")):
        return "the value is a legacy key, a token, and this variable is for the newer ones (sb_…)"
    return None


def _is_expired(held: Held, setting: Setting) -> bool:
    expires = (held.reading.claims or {}).get("exp") if held.reading else None
    if setting.moment is None or isinstance(expires, bool) or not isinstance(expires, int | float):
        return False
    return expires < setting.moment.timestamp()


def _expired_key(held: Held, setting: Setting) -> str | None:
    if not _is_expired(held, setting) or _role(held) is None:
        return None
    return "the value is a Supabase key that has expired"


def _expired_token(held: Held, setting: Setting) -> str | None:
    if not _is_expired(held, setting) or _role(held) is not None:
        return None
    return "the value is a token that has expired"


SWAPPED = Rule(
    code="RC107",
    name="supabase-key-role",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="A service_role key passes by row-level security; an anon key in its place is refused what it asks for.",
    fix="put the key of the role that `role:` or the variable's name says here",
    source=KEYS,
    look=Alone(_swapped, Kin.KEY),
    fires=Example(
        "a token with the role service_role in SUPABASE_ANON_KEY",
        lambda: one("SUPABASE_ANON_KEY", token(role="service_role", ref=REF)),
    ),
    passes=Example(
        "a token with the role anon in SUPABASE_ANON_KEY",
        lambda: one("SUPABASE_ANON_KEY", token(role="anon", ref=REF)),
    ),
)
EXPIRED_KEY = Rule(
    code="RC108",
    name="supabase-key-expired",
    family=FAMILY,
    severity=Severity.ERROR,
    reason="Supabase refuses every request with a key whose time is over.",
    fix="copy the key that the project has now from its API settings",
    source=KEYS,
    look=Alone(_expired_key, Kin.KEY),
    fires=Example(
        "a key whose claim exp lies before the check",
        lambda: one("SUPABASE_KEY", token(role="anon", ref=REF, exp=int(NOW.timestamp()) - 1)),
    ),
    passes=Example(
        "a key whose claim exp lies after it",
        lambda: one("SUPABASE_KEY", token(role="anon", ref=REF, exp=int(NOW.timestamp()) + 3600)),
    ),
    needs=Need.MOMENT,
)
EXPIRED_TOKEN = Rule(
    code="RC109",
    name="token-expired",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Most services refuse a token whose claim exp is over; some only read what it says.",
    fix="get a new token where this one came from",
    source="https://datatracker.ietf.org/doc/html/rfc7519#section-4.1.4",
    look=Alone(_expired_token, Kin.KEY),
    fires=Example(
        "a token whose claim exp lies before the check",
        lambda: one("VENDOR_TOKEN", token(sub="app", exp=int(NOW.timestamp()) - 1)),
    ),
    passes=Example("a token without the claim", lambda: one("VENDOR_TOKEN", token(sub="app"))),
    needs=Need.MOMENT,
)
WRONG_SLOT = Rule(
    code="RC110",
    name="supabase-key-slot",
    family=FAMILY,
    severity=Severity.WARNING,
    reason="Legacy keys, the newer keys and the secret that signs tokens look alike in a dashboard and are not.",
    fix="copy the value that the variable's name says, or rename the variable",
    source=KEYS,
    look=Alone(_wrong_slot, Kin.KEY),
    fires=Example(
        "a key of the form sb_secret_… in SUPABASE_JWT_SECRET",
        lambda: one("SUPABASE_JWT_SECRET", "sb_" + "secret_" + "Ab1" * 7),
    ),
    passes=Example(
        "a key of the form sb_secret_… in SUPABASE_SECRET_KEY",
        lambda: one("SUPABASE_SECRET_KEY", "sb_" + "secret_" + "Ab1" * 7),
    ),
)
