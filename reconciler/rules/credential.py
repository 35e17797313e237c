"""Credentials by shapes that only secrets have: unlike `leak`, this errs towards no."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.value_types.supabase import key_role

if TYPE_CHECKING:
    from reconciler.rules.reading import Reading

_VENDORS = re.compile(
    r"sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|sb_secret_[A-Za-z0-9_-]{16,}|llx-[A-Za-z0-9]{16,}|rnd_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeprs]-[A-Za-z0-9-]{16,}|hvs\.[A-Za-z0-9_-]{16,}"
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{20,}|dop_v1_[a-f0-9]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}"
)
"""Prefixes that vendors document for keys that must not be known; publishable ones are left out."""
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def credential_noun(reading: Reading) -> str | None:
    """Say what kind of credential a value certainly is, or `None`."""
    if _PRIVATE_KEY.search(reading.text):
        return "a private key"
    if _VENDORS.fullmatch(reading.text):
        return "a vendor's secret key"
    if reading.claims is not None and key_role(reading.text) == "service_role":
        return "a `service_role` key"
    if reading.url is not None and any(host.has_password for host in reading.hosts):
        return "a URL with a password"
    return None
