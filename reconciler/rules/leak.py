"""Leaks: whether a text that nobody declared a secret looks like one all the same."""

from __future__ import annotations

import math
import re
from collections import Counter
from urllib.parse import urlsplit

_KNOWN_SHAPES = re.compile(
    r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"  # a JSON Web Token
    r"|-----BEGIN [A-Z ]*-----"  # PEM
    r"|\b(?:sk|pk|rk|rnd|llx|ghp|gho|ghs|github_pat|glpat|xox[abpr]|sb_secret)[-_][A-Za-z0-9_-]{12,}"
    r"|\b(?:hvs\.|AKIA|ASIA|AIza)[A-Za-z0-9_-]{12,}"
    r"|\b(?:npm|glsa|dop_v1)_[A-Za-z0-9]{12,}"
    r"|\bSG\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}"
    r"|\bbot[0-9]+:[A-Za-z0-9_-]{6,}"
    r"|^(?:Bearer|Basic) \S{8,}"
    r"|^(?!mailto:)[^/\s:@]+:(?!//)[^@\s]{6,}@"  # a password before a host, without a scheme
    r"|(?i:password|passwd|pwd|token|secret|api_?key)[\"']?\s*[=:]\s*\S{6,}"  # as in connection strings and JSON
    r"|\b(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{16,}\b"  # hexadecimal: fewer bits a character than base64
    r"|\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b"  # UUID
)
_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_RUN = re.compile(r"[A-Za-z0-9]{6,}")
_MINIMUM_BITS_PER_CHARACTER = 3.5
"""Random base64 of 20 characters or more is well above; most words and host names are below."""


def looks_secret(text: str) -> bool:
    """Whether a text has the shape of a credential: a known prefix, a password in a URL, or a long random token.

    Errs towards yes: the price is a fingerprint where a value could have been shown. UUIDs count as secrets, because
    vendors give out keys in that shape; names and paths made of words and numbers, such as those of models, do not.
    """
    return bool(_KNOWN_SHAPES.search(text)) or _has_password(text) or any(map(_is_random, _TOKEN.findall(text)))


def _has_password(text: str) -> bool:
    if "://" not in text:
        return False
    try:
        return bool(urlsplit(text.strip()).password)
    except ValueError:
        return True


def _is_random(token: str) -> bool:
    # In random text letters and digits stand side by side; in names a hyphen or slash keeps words from numbers.
    if not any(any(map(str.isdigit, run)) and any(map(str.isalpha, run)) for run in _RUN.findall(token)):
        return False
    total = len(token)
    bits = -sum(count / total * math.log2(count / total) for count in Counter(token).values())
    return bits >= _MINIMUM_BITS_PER_CHARACTER
